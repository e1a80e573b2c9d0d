"""frp's compression: the snappy framing format, google/snappy framing_format.txt, one chunk or more for each write."""

from __future__ import annotations

import cramjam

from frpg.errors import ProtocolError
from frpg.proto.stage import Buffer

IDENTIFIER = b"\xff\x06\x00\x00sNaPpY"  # opens each direction

_HEADER = 4  # bytes: type, length u24 little endian
_CRC = 4  # bytes, counted in a data chunk's length
_COMPRESSED, _RAW, _FIRST_SKIPPABLE, _IDENTIFIER = 0x00, 0x01, 0x80, 0xFF
# A chunk holds at most 65536 bytes; compressing ones that do not compress makes them a sixth larger.
_MAX_SIZE = {_COMPRESSED: _CRC + 76490, _RAW: _CRC + 65536}


class Snappy:
    """Stage. Nothing is held back: a write is on the wire at once. A silent direction sends nothing.

    cramjam's one-shot calls are used rather than its Compressor: that costs 2.5 us a write, but nothing at rest,
    where each Compressor holds 80 to 240 KiB. They also check the CRC of each chunk.
    """

    def __init__(self) -> None:
        self._has_sent = False
        self._has_identifier = False  # of the peer
        self._skip = 0  # bytes still to come of a chunk to ignore
        self._buffer = bytearray()  # received, less than one chunk after each decode

    def encode(self, data: Buffer) -> bytes:
        """See Stage."""
        if not data:
            return b""
        compressed = memoryview(cramjam.snappy.compress(data))
        start = len(IDENTIFIER) if self._has_sent else 0
        self._has_sent = True
        return bytes(compressed[start:])

    def decode(self, data: Buffer) -> bytes:
        """See Stage. The output is at most 22 times the input and one chunk."""
        buffer = self._buffer
        buffer += data
        output = []
        start = position = self._skipped(0)  # from start to position: whole data chunks, decoded in one go
        while not self._skip and len(buffer) - position >= _HEADER:
            kind, size = buffer[position], int.from_bytes(buffer[position + 1 : position + _HEADER], "little")
            self._check(kind, size)
            end = position + _HEADER + size
            if kind in _MAX_SIZE:
                if end > len(buffer):
                    break
                position = end
                continue
            if kind == _IDENTIFIER and end > len(buffer):
                break
            output.append(_decompress(buffer[start:position]))
            start = position = self._control_chunk(kind, position, size)
        output.append(_decompress(buffer[start:position]))
        del buffer[:position]
        return b"".join(output)

    def _check(self, kind: int, size: int) -> None:
        if not self._has_identifier and kind != _IDENTIFIER:
            raise ProtocolError("snappy stream without identifier")
        if _RAW < kind < _FIRST_SKIPPABLE:
            raise ProtocolError(f"snappy chunk of unknown type {kind:#04x}")
        if kind in _MAX_SIZE and not _CRC <= size <= _MAX_SIZE[kind]:
            raise ProtocolError(f"snappy chunk of {size} bytes")
        if kind == _IDENTIFIER and size != len(IDENTIFIER) - _HEADER:
            raise ProtocolError("snappy identifier is wrong")

    def _control_chunk(self, kind: int, position: int, size: int) -> int:
        """Take a whole identifier, or what is there of a chunk to skip; return the position behind it."""
        if kind == _IDENTIFIER:
            end = position + len(IDENTIFIER)
            if self._buffer[position:end] != IDENTIFIER:
                raise ProtocolError("snappy identifier is wrong")
            self._has_identifier = True
            return end
        self._skip = size
        return self._skipped(position + _HEADER)

    def _skipped(self, position: int) -> int:
        step = min(self._skip, len(self._buffer) - position)
        self._skip -= step
        return position + step


def _decompress(chunks: bytearray) -> bytes:
    if not chunks:
        return b""
    try:
        return bytes(cramjam.snappy.decompress(IDENTIFIER + chunks))
    except cramjam.DecompressionError as error:
        raise ProtocolError(str(error)) from None
