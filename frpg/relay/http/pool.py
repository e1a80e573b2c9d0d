"""Connections to a service's backend that wait for the next request."""

from __future__ import annotations

import time
from typing import Any, Protocol

from gevent import get_hub

from frpg.net.stream import Address

MAX_IDLE = 64  # connections kept of one service
IDLE_SECONDS = 60.0
_SWEEP_SECONDS = 5.0


class Idle(Protocol):
    """What the pool knows of a connection."""

    source: Address  # the visitor that it was opened for
    idle_since: float  # monotonic seconds

    def close(self) -> None:
        """End it. Idempotent, does not yield."""


class Sweeper:
    """One timer for the pools of a server: thousands of services may have an idle connection each."""

    def __init__(self) -> None:
        self._pools: set[BackendPool] = set()
        self._timer: Any = None

    def watch(self, pool: BackendPool) -> None:
        """Call `pool.sweep` now and then until it is empty. Idempotent."""
        self._pools.add(pool)
        if self._timer is None:
            self._timer = get_hub().loop.timer(_SWEEP_SECONDS, _SWEEP_SECONDS)
            self._timer.start(self._sweep)

    def forget(self, pool: BackendPool) -> None:
        """`pool` is empty, or closed."""
        self._pools.discard(pool)
        if not self._pools and self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def _sweep(self) -> None:
        now = time.monotonic()
        for pool in list(self._pools):
            pool.sweep(now)


class BackendPool:
    """Owns the idle connections of one service.

    Args:
        is_shared: whether a connection opened for one visitor may serve another one.
    """

    def __init__(self, sweeper: Sweeper, *, is_shared: bool = True) -> None:
        self.is_closed = False
        self._sweeper = sweeper
        self._is_shared = is_shared
        self._idle: list[Any] = []  # the longest idle first

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, source: Address, max_rest: float = IDLE_SECONDS) -> Any | None:
        """The one used last, for a request of the visitor at `source`; None when it has rested longer than `max_rest`.

        The caller owns it.
        """
        idle = self._idle
        if self._is_shared:
            if idle and (max_rest >= IDLE_SECONDS or time.monotonic() - idle[-1].idle_since <= max_rest):
                return idle.pop()
            return None
        for index in range(len(idle) - 1, -1, -1):
            if idle[index].source == source and time.monotonic() - idle[index].idle_since <= max_rest:
                return idle.pop(index)
        return None

    def put(self, backend: Idle) -> None:
        """Own `backend`; one too many is closed."""
        if self.is_closed or len(self._idle) >= MAX_IDLE:
            backend.close()
            return
        backend.idle_since = time.monotonic()
        if not self._idle:
            self._sweeper.watch(self)
        self._idle.append(backend)

    def remove(self, backend: Idle) -> None:
        """`backend` has ended by itself."""
        if backend in self._idle:
            self._idle.remove(backend)

    def sweep(self, now: float) -> None:
        """Close what has been idle for too long at `now`, monotonic seconds."""
        while self._idle and now - self._idle[0].idle_since > IDLE_SECONDS:
            self._idle.pop(0).close()
        if not self._idle:
            self._sweeper.forget(self)

    def close(self) -> None:
        """Close the idle connections; those in use are closed when they come back. Idempotent."""
        self.is_closed = True
        self._sweeper.forget(self)
        while self._idle:
            self._idle.pop().close()
