"""Frames of wire protocol v2: type u16, flags u16 (0), length u32, payload; all big endian."""

from __future__ import annotations

import struct
from enum import IntEnum

from frpg.errors import ProtocolError

V2_MAGIC = b"FRP\x00\x02\r\n"  # opens every v2 stream
MAX_PAYLOAD = 65536  # bytes
HEADER = struct.Struct("!HHI")  # frame type, flags, payload length


class FrameType(IntEnum):
    """What the payload is. A message's payload begins with its id, u16."""

    CLIENT_HELLO = 1
    SERVER_HELLO = 2
    MESSAGE = 16


def encode_frame(frame_type: int, payload: bytes) -> bytes:
    """Raises ProtocolError when the payload is too large."""
    if len(payload) > MAX_PAYLOAD:
        raise ProtocolError(f"frame payload of {len(payload)} bytes exceeds the limit {MAX_PAYLOAD}")
    return HEADER.pack(frame_type, 0, len(payload)) + payload


def check_header(flags: int, length: int) -> None:
    """Raises ProtocolError for a header that no frame has."""
    if flags:
        raise ProtocolError(f"unsupported frame flags {flags:#06x}")
    if length > MAX_PAYLOAD:
        raise ProtocolError(f"frame payload of {length} bytes exceeds the limit {MAX_PAYLOAD}")


class FrameDecoder:
    """Received bytes, cut anywhere, to frames of any type."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._position = 0  # what lies before is consumed; cut off once per receive_data

    def receive_data(self, data: bytes) -> None:
        """Take the next bytes."""
        del self._buffer[: self._position]
        self._position = 0
        self._buffer += data

    def next_frame(self) -> tuple[int, bytes] | None:
        """The next complete frame as (type, payload), or None. Raises ProtocolError."""
        buffer, position = self._buffer, self._position
        start = position + HEADER.size
        if len(buffer) < start:
            return None
        frame_type, flags, length = HEADER.unpack_from(buffer, position)
        check_header(flags, length)
        if len(buffer) < start + length:
            return None
        self._position = start + length
        return frame_type, bytes(buffer[start : start + length])

    def unread(self) -> bytes:
        """The bytes after the last frame taken; the decoder forgets them."""
        rest = bytes(self._buffer[self._position :])
        self._buffer.clear()
        self._position = 0
        return rest
