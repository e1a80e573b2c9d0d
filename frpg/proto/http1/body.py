"""A request's body, counted or in chunks, apart from what follows it."""

from __future__ import annotations

from frpg.proto.http1.chunked import ChunkedDecoder
from frpg.proto.http1.fields import Field
from frpg.proto.http1.request import CHUNKED
from frpg.proto.stage import Buffer


class BodyDecoder:
    """Takes a body cut anywhere. `trailers` is set when it is complete.

    Args:
        size: bytes, more than 0, or CHUNKED.
    """

    __slots__ = ("_chunks", "_missing", "received", "trailers")

    def __init__(self, size: int) -> None:
        self.received = 0  # bytes of it so far
        self.trailers: list[Field] | None = None
        self._chunks = ChunkedDecoder() if size == CHUNKED else None
        self._missing = size

    def receive_data(self, data: Buffer) -> tuple[list[Buffer], Buffer]:
        """(pieces of the body, what follows it). Raises BadMessage."""
        pieces: list[Buffer]
        if self._chunks is not None:
            pieces, rest = self._chunks.receive_data(data)
            self.trailers = self._chunks.trailers
        else:
            pieces, rest = [data[: self._missing]], data[self._missing :]
            self._missing -= len(pieces[0])
            self.trailers = None if self._missing else []
        self.received += sum(map(len, pieces))
        return pieces, rest
