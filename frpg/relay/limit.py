"""Bandwidth limit: one token bucket per proxy, shared by its connections and both their directions."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from gevent import get_hub

from frpg.net.layer import LayerStream
from frpg.net.stream import Stream
from frpg.proto.stage import Buffer


class Limiter:
    """Token bucket: rate and burst are both `bytes_per_second`. Source: wire spec 6.4."""

    def __init__(self, bytes_per_second: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst = max(1, bytes_per_second)
        self._clock = clock
        self._tokens = float(self.burst)
        self._filled = clock()

    def reserve(self, size: int) -> float:
        """Take `size` tokens, at most `burst`; returns the seconds to wait before they may be used."""
        now = self._clock()
        self._tokens = min(self.burst, self._tokens + (now - self._filled) * self.burst)
        self._filled = now
        self._tokens -= size
        return max(0.0, -self._tokens / self.burst)


class _Gate:
    """One direction: hands pieces to `pass_on` when their tokens are there, in order."""

    __slots__ = ("_emptied", "_limiter", "_pass_on", "_queue", "_timer")

    def __init__(self, limiter: Limiter, pass_on: Callable[[bytes], None], emptied: Callable[[], None]) -> None:
        self._limiter = limiter
        self._pass_on = pass_on
        self._emptied = emptied
        self._queue: deque[bytes] = deque()
        self._timer: Any = None

    @property
    def is_empty(self) -> bool:
        return self._timer is None and not self._queue

    def put(self, data: bytes) -> bool:
        """True when all went through at once; else `emptied` is called when it did."""
        was_empty = self.is_empty
        for start in range(0, len(data), self._limiter.burst):
            self._queue.append(data[start : start + self._limiter.burst])
        if was_empty:
            self._run()
        return self.is_empty

    def _run(self) -> None:
        while self._queue:
            delay = self._limiter.reserve(len(self._queue[0]))
            if delay > 0:
                self._timer = get_hub().loop.timer(delay)
                self._timer.start(self._go_on)
                return
            self._pass_on(self._queue.popleft())

    def _go_on(self) -> None:
        self.stop_timer()
        self._pass_on(self._queue.popleft())
        self._run()
        if self.is_empty:
            self._emptied()

    def stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def clear(self) -> None:
        self.stop_timer()
        self._queue.clear()


class LimitedStream(LayerStream):
    """`inner`, which it owns, slowed down by `limiter` in both directions."""

    __slots__ = ("_finishing", "_got_end", "_incoming", "_is_full", "_outgoing")

    def __init__(self, inner: Stream, limiter: Limiter) -> None:
        super().__init__(inner)
        self._incoming = _Gate(limiter, self._deliver, self._incoming_empty)
        self._outgoing = _Gate(limiter, self._send, self._outgoing_empty)
        self._is_full = False  # `inner` is congested
        self._finishing = False
        self._got_end = False

    @property
    def is_congested(self) -> bool:
        return not self._outgoing.is_empty or super().is_congested

    # --- towards the wire

    def write(self, views: Sequence[Buffer]) -> bool:
        if self.is_closed or self._finishing:
            return False
        if not self._started:
            self._begin()
        return self._outgoing.put(b"".join(views)) and not self._is_full

    def _send(self, data: bytes) -> None:
        if not self._inner.write([data]):
            self._is_full = True

    def _outgoing_empty(self) -> None:
        if self.is_closed:
            self._inner.close()
        elif self._finishing:
            self._inner.finish()
        elif self._sink is not None and not self._is_full:
            self._sink.on_drain()

    def resume(self) -> None:
        if not self._started:
            self._started = True
            self._inner.attach(self)
        elif self._incoming.is_empty:
            self._inner.resume()

    def finish(self) -> None:
        if not self._finishing:
            self._finishing = True
            if self._outgoing.is_empty:
                self._inner.finish()

    def abort(self) -> None:
        if not self.is_closed:
            self._leave()
            self._outgoing.clear()
            self._inner.abort()

    def close(self) -> None:
        if not self.is_closed:
            self._leave()
            if self._outgoing.is_empty:
                self._inner.close()

    def _leave(self) -> None:
        self.is_closed = True
        self._incoming.clear()
        self._drop_sink()

    # --- the sink of `inner`

    def on_data(self, views: list[Buffer], size: int) -> None:
        if not self._incoming.put(b"".join(views)):
            self._inner.pause()

    def _deliver(self, data: bytes) -> None:
        if self._sink is not None:
            self._sink.on_data([data], len(data))

    def _incoming_empty(self) -> None:
        if self._got_end:
            self.on_end()
        elif not self.is_closed:
            self._inner.resume()

    def on_drain(self) -> None:
        self._is_full = False
        if self._sink is not None and self._outgoing.is_empty:
            self._sink.on_drain()

    def on_end(self) -> None:
        self._got_end = True
        if self._sink is not None and self._incoming.is_empty:
            self._sink.on_end()

    def on_error(self, error: OSError) -> None:
        self._outgoing.clear()
        if self._sink is not None:
            self._sink.on_error(error)
