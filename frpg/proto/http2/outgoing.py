"""What is to be sent on one stream of HTTP/2: it waits here for the peer's windows."""

from __future__ import annotations

from collections.abc import Sequence

from frpg.proto.http2.connection import Connection
from frpg.proto.http2.heads import Fields
from frpg.proto.stage import Buffer


class Outgoing:
    """A body and its end. `add` takes all there is: who calls it stops while `is_empty` is False."""

    __slots__ = ("_connection", "_data", "_end", "_stream_id", "is_ended")

    def __init__(self, connection: Connection, stream_id: int) -> None:
        self._connection = connection
        self._stream_id = stream_id
        self._data = bytearray()
        self._end: Fields | None = None  # the trailers, when nothing follows
        self.is_ended = False  # the end is sent too

    @property
    def is_empty(self) -> bool:
        return not self._data

    def add(self, views: Sequence[Buffer]) -> None:
        for view in views:
            self._data += view

    def finish(self, trailers: Fields) -> None:
        """Nothing follows."""
        if self._end is None:
            self._end = trailers

    def pump(self, limit: int) -> bool:
        """Give the connection what the windows allow, about `limit` bytes at most; whether that was anything."""
        given = 0
        while self._data and given < limit and (room := self._room()) > 0:
            size = min(room, len(self._data))
            self._send(size)
            given += size
        if not self._data and self._end is not None and not self.is_ended:
            self._send_end(self._end)
            return True
        return given > 0

    def _room(self) -> int:
        connection = self._connection
        return min(connection.local_flow_control_window(self._stream_id), connection.max_outbound_frame_size)

    def _send(self, size: int) -> None:
        is_last = size == len(self._data) and self._end == []
        with memoryview(self._data) as view:
            self._connection.send_data(self._stream_id, view[:size].tobytes(), end_stream=is_last)
        del self._data[:size]
        self.is_ended = is_last

    def _send_end(self, trailers: Fields) -> None:
        self.is_ended = True
        if trailers:
            self._connection.send_headers(self._stream_id, trailers, end_stream=True)
        else:
            self._connection.end_stream(self._stream_id)
