"""The greenlet pair: two streams joined by pull words alone. Right for every stream, and the reference."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import gevent

from frpg.errors import FrpgError
from frpg.relay.counter import Counter
from frpg.relay.idle import IdleWatch

CHUNK = 65536


class Pair:
    """Owns both streams until its two greenlets have ended."""

    def __init__(
        self,
        a: Any,
        b: Any,
        counters: tuple[Counter, Counter],
        done: Callable[[], None] | None,
        ends_all: tuple[bool, bool],
        idle: float,
    ) -> None:
        self._done = done
        self._idle = idle  # seconds
        self._sizes = [0, 0]  # bytes, a to b and b to a
        self._watch: IdleWatch | None = None
        self._streams = (a, b)
        self._pumps = [
            gevent.spawn(self._pump, 0, a, b, counters[0], ends_all[0]),
            gevent.spawn(self._pump, 1, b, a, counters[1], ends_all[1]),
        ]
        for pump in self._pumps:
            pump.link(self._ended)

    @property
    def moved(self) -> tuple[int, int]:
        """See Relay."""
        return (self._sizes[0], self._sizes[1]) if self._pumps else (0, 0)

    def _pump(self, way: int, source: Any, target: Any, counter: Counter, ends_all: bool) -> None:
        try:
            while data := source.recv(CHUNK):
                target.sendall(data)  # blocks while the target is slow: that is the back-pressure
                counter.value += len(data)
                self._sizes[way] += len(data)
            if ends_all:
                self._close()
            else:
                target.shutdown(socket.SHUT_WR)
        except (OSError, FrpgError):  # reset, idle, or closed under us: neither direction can go on
            self._close()

    def _close(self) -> None:
        for stream in self._streams:
            stream.close()

    def _close_soon(self) -> None:
        gevent.spawn(self._close)  # a plain socket's close may yield, which the hub must not

    def _ended(self, pump: Any) -> None:
        self._pumps.remove(pump)
        if pump.exception is not None:
            self._close()
        if self._pumps:
            self._watch = IdleWatch(self._idle, lambda: sum(self._sizes), self._close_soon)
            return
        if self._watch is not None:
            self._watch.close()
        self._close()
        if self._done is not None:
            self._done()
