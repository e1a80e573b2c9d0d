"""The chunked coding: decoded strictly, so that what is sent on has one meaning only."""

from __future__ import annotations

import re

from frpg.proto.http1.fields import BadMessage, Field, parse_trailers
from frpg.proto.stage import Buffer

MAX_LINE = 4096  # bytes of a chunk's head with its extensions, which are dropped
MAX_TRAILERS = 16384  # bytes
_WINDOW = 256  # bytes looked at for the end of a line
LAST_CHUNK = b"0\r\n\r\n"

_HEAD = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*+(?:;[^\x00-\x08\x0a-\x1f\x7f]*+)?\r\n")


class ChunkedDecoder:
    """Takes a body cut anywhere. `trailers` is set when the body is complete."""

    __slots__ = ("_is_closing", "_kept", "_line", "_missing", "trailers")

    def __init__(self) -> None:
        self._missing = 0  # bytes of the current chunk; negative behind the last one
        self._is_closing = False  # the line end behind a chunk comes next
        self._line = b""  # of a line, what is here
        self._kept = b""  # trailer lines
        self.trailers: list[Field] | None = None

    def receive_data(self, data: Buffer) -> tuple[list[Buffer], Buffer]:
        """(pieces of the payload, what follows the body). Raises BadMessage."""
        view, position = memoryview(data), 0
        pieces: list[Buffer] = []
        while position < len(view) and self.trailers is None:
            if self._missing > 0:
                piece = view[position : position + self._missing]
                pieces.append(piece)
                position += len(piece)
                self._missing -= len(piece)
                self._is_closing = self._missing == 0
            else:
                position += self._take_line(bytes(view[position : position + _WINDOW]))
        return pieces, view[position:]

    def _take_line(self, window: bytes) -> int:
        """Read from `window` up to the end of one line; returns the bytes used."""
        end = window.find(b"\n") + 1
        used = end or len(window)
        self._line += window[:used]
        if len(self._line) > MAX_LINE:
            raise BadMessage("line of a chunked body too long")
        if end:
            line, self._line = self._line, b""
            self._read_line(line)
        return used

    def _read_line(self, line: bytes) -> None:
        if self._is_closing:
            self._is_closing = False
            if line != b"\r\n":
                raise BadMessage("chunk longer than its size")
        elif self._missing < 0:
            self._read_trailer(line)
        else:
            match = _HEAD.fullmatch(line)
            if match is None:
                raise BadMessage("malformed chunk")
            self._missing = int(match[1], 16) or -1

    def _read_trailer(self, line: bytes) -> None:
        if line == b"\r\n":
            self.trailers = parse_trailers(self._kept)
            return
        self._kept += line
        if len(self._kept) > MAX_TRAILERS:
            raise BadMessage("trailers too long")


def write_chunk(pieces: list[Buffer], size: int) -> list[Buffer]:
    """One chunk of `size` bytes, more than 0."""
    return [b"%x\r\n" % size, *pieces, b"\r\n"]


def write_last_chunk(trailers: list[Field]) -> bytes:
    """The end of a body."""
    return b"".join((b"0\r\n", *(b"%b\r\n" % field.line for field in trailers), b"\r\n")) if trailers else LAST_CHUNK
