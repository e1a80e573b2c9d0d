"""HTTP connections between two requests."""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent

from frpg.net.stream import Inbox, Stream
from frpg.proto.stage import Buffer


class Pool:
    """Each with the origin that it leads to.

    Args:
        size: connections at most.
        timeout: seconds without a request after which one is closed.
    """

    def __init__(self, size: int, timeout: float) -> None:
        self._size = size
        self._timeout = timeout
        self._idle: list[_Idle] = []  # the longest unused first
        self._sweeper: gevent.Greenlet[[], None] | None = None
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, origin: object) -> Stream | None:
        """The one used last, ready to be read from; the caller owns it."""
        for idle in reversed(self._idle):
            if idle.origin == origin:
                self._idle.remove(idle)
                idle.stream.attach(Inbox(idle.stream))
                return idle.stream
        return None

    def put(self, origin: object, stream: Stream) -> None:
        """Own `stream`."""
        if self._is_closed:
            stream.close()
            return
        idle = _Idle(origin, stream, time.monotonic() + self._timeout, self._drop)
        self._idle.append(idle)
        stream.attach(idle)  # may drop it at once
        if len(self._idle) > self._size:
            self._drop(self._idle[0])
        if self._idle and self._sweeper is None:
            self._sweeper = gevent.spawn_later(self._timeout, self._sweep)

    def _drop(self, idle: _Idle) -> None:
        if idle in self._idle:
            self._idle.remove(idle)
            idle.stream.close()

    def _sweep(self) -> None:
        while self._idle:
            left = self._idle[0].until - time.monotonic()
            if left > 0:
                gevent.sleep(left)
            else:
                self._drop(self._idle[0])
        self._sweeper = None

    def close(self) -> None:
        """Close them; later ones are closed at once. Idempotent, does not yield."""
        self._is_closed = True
        if self._sweeper is not None:
            self._sweeper.kill(block=False)
            self._sweeper = None
        for idle in list(self._idle):
            self._drop(idle)


class _Idle:
    """The sink of an idle connection: whatever comes now, it is not the answer to the next request."""

    def __init__(self, origin: object, stream: Stream, until: float, drop: Callable[[_Idle], None]) -> None:
        self.origin = origin
        self.stream = stream
        self.until = until  # monotonic seconds
        self._drop = drop

    def on_data(self, views: list[Buffer], size: int) -> None:
        self._drop(self)

    def on_drain(self) -> None:
        pass

    def on_end(self) -> None:
        self._drop(self)

    def on_error(self, error: OSError) -> None:
        self._drop(self)
