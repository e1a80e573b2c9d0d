"""The work connections of one session that wait for a user, and the users that wait for a work connection."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from gevent import Timeout, get_hub, getcurrent

from frpg.errors import FrpgError
from frpg.net.stream import Stream
from frpg.proto.stage import Buffer

logger = logging.getLogger(__name__)

EXTRA = 10  # work connections taken beyond the pool size


class NoWorkConnection(FrpgError):
    """Reaction: close this user connection."""

    reason = "control is already closed"


class PoolFull(FrpgError):
    """Reaction: refuse this work connection."""

    reason = "work connection pool is full, discarding"


class Waits:
    """How long users of all sessions have waited for a work connection, since the server started."""

    __slots__ = ("count", "seconds", "timeouts")

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.timeouts = 0


class WorkPool:
    """Owns the idle streams. Source of the rules: server spec 6.3.

    Args:
        size: streams to keep ready.
        request: asks the client for that many work connections; must not yield.
        timeout: seconds that a taker waits.
        waits: counts who had to.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        size: int,
        *,
        request: Callable[[int], None],
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
        waits: Waits | None = None,
    ) -> None:
        self.size = size
        self.is_closed = False
        self._request = request
        self._timeout = timeout
        self._clock = clock
        self._waits = waits or Waits()
        self._idle: deque[_Idle] = deque()
        self._waiting: deque[_Waiter] = deque()
        self._asked: deque[float] = deque()  # when, for each request that is not answered yet

    def __len__(self) -> int:
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """Users that wait for a stream."""
        return len(self._waiting)

    def fill(self) -> None:
        """Ask for the first `size` streams."""
        if self.size:
            self._ask(self.size, self._clock())

    def put(self, stream: Stream) -> None:
        """Own `stream`. Raises PoolFull, NoWorkConnection; it is then still the caller's."""
        if self.is_closed:
            raise NoWorkConnection
        if self._asked:
            self._asked.popleft()
        if self._waiting:
            self._waiting.popleft().give(stream)
            return
        if len(self._idle) >= self.size + EXTRA:
            raise PoolFull
        idle = _Idle(stream, self._idle)
        self._idle.append(idle)
        stream.attach(idle)

    def take(self) -> Stream:
        """A stream that the caller owns from now on, the one that waited longest. Raises NoWorkConnection."""
        stream = self._idle.popleft().stream if self._idle else self._wait()
        self._top_up()
        return stream

    def _wait(self) -> Stream:
        if self.is_closed:
            raise NoWorkConnection
        waiter = _Waiter()
        self._waiting.append(waiter)
        began, waits = self._clock(), self._waits
        waits.count += 1
        try:
            self._top_up()
            with Timeout(self._timeout, NoWorkConnection(reason="timeout trying to get work connection")):
                return waiter.wait()
        except BaseException as error:
            self._forget(waiter)
            waits.timeouts += isinstance(error, NoWorkConnection)
            raise
        finally:
            waits.seconds += self._clock() - began

    def _forget(self, waiter: _Waiter) -> None:
        """It gave up; what reached it at the last moment is for the next one."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        stream = waiter.leave()
        if stream is not None:
            try:
                self.put(stream)
            except FrpgError:
                stream.close()

    def _top_up(self) -> None:
        """Ask for what is missing. Requests under way count, or a burst of users would ask for far too many."""
        now = self._clock()
        asked = self._asked
        while asked and now - asked[0] > self._timeout:  # the client could not serve that one
            asked.popleft()
        missing = len(self._waiting) + (self.size or 1) - len(self._idle) - len(asked)
        if missing > 0 and not self.is_closed:
            self._ask(missing, now)

    def _ask(self, count: int, now: float) -> None:
        self._asked.extend([now] * count)
        self._request(count)

    def close(self) -> None:
        """Close the idle streams; who waits gets NoWorkConnection. Idempotent."""
        self.is_closed = True
        while self._idle:
            self._idle.popleft().stream.close()
        while self._waiting:
            self._waiting.popleft().fail(NoWorkConnection())


class _Idle:
    """The sink of a stream that waits in the pool: one that ends there leaves it."""

    __slots__ = ("_pool", "stream")

    def __init__(self, stream: Stream, pool: deque[_Idle]) -> None:
        self.stream = stream
        self._pool = pool

    def on_data(self, views: list[Buffer], size: int) -> None:
        logger.debug("a work connection of %s spoke before it was started", self.stream.remote_addr)
        self._leave()

    def on_drain(self) -> None:
        pass

    def on_end(self) -> None:
        self._leave()

    def on_error(self, error: OSError) -> None:
        self._leave()

    def _leave(self) -> None:
        if self in self._pool:  # not when it was taken in the same moment: the taker will see
            self._pool.remove(self)
            self.stream.close()


class _Waiter:
    """A greenlet that waits for a stream."""

    __slots__ = ("_error", "_greenlet", "_stream")

    def __init__(self) -> None:
        self._greenlet: Any = getcurrent()
        self._stream: Stream | None = None
        self._error: FrpgError | None = None

    def wait(self) -> Stream:
        while self._stream is None:
            if self._error is not None:
                raise self._error
            get_hub().switch()
        self._greenlet = None
        return self._stream

    def give(self, stream: Stream) -> None:
        self._stream = stream
        get_hub().loop.run_callback(self._wake)

    def fail(self, error: FrpgError) -> None:
        self._error = error
        get_hub().loop.run_callback(self._wake)

    def leave(self) -> Stream | None:
        """Wait no more; returns what came in the meantime."""
        self._greenlet = None
        return self._stream

    def _wake(self) -> None:
        if self._greenlet is not None:  # it may have timed out in between
            self._greenlet.switch()
