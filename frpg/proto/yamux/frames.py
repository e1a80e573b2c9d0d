"""The 12 bytes in front of every yamux frame, and the numbers both ends agree on."""

from __future__ import annotations

import struct

HEADER = struct.Struct("!BBHII")  # version, type, flags, stream id, length; big endian
HEADER_SIZE = HEADER.size

DATA, WINDOW_UPDATE, PING, GO_AWAY = range(4)
SYN, ACK, FIN, RST = 1, 2, 4, 8
GO_AWAY_NORMAL, GO_AWAY_PROTOCOL_ERROR, GO_AWAY_INTERNAL_ERROR = range(3)

INITIAL_WINDOW = 256 * 1024  # bytes, before any update
MAX_WINDOW = 6 * 1024 * 1024  # bytes; frp sets it on both ends
WINDOW_DELTA = MAX_WINDOW - INITIAL_WINDOW  # what a SYN or an ACK adds
MAX_STREAM_ID = 0xFFFFFFFD


def window_update(stream_id: int, delta: int, flags: int = 0) -> bytes:
    return HEADER.pack(0, WINDOW_UPDATE, flags, stream_id, delta)


def ping(value: int, flags: int) -> bytes:
    return HEADER.pack(0, PING, flags, 0, value)


def go_away(code: int) -> bytes:
    return HEADER.pack(0, GO_AWAY, 0, 0, code)
