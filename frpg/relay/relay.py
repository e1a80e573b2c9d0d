"""Joining two streams: the one function behind every user connection, and its two ways of working."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from frpg.net.stream import Stream
from frpg.relay.counter import Counter
from frpg.relay.lane import Lane
from frpg.relay.pair import Pair

IDLE_AFTER_END = 60.0  # seconds without a byte after one direction has ended


class PullStream(Protocol):
    """What the greenlet pair needs: a blocking socket's words."""

    def recv(self, size: int, /) -> bytes: ...
    def sendall(self, data: bytes, /) -> None: ...
    def shutdown(self, how: int, /) -> None: ...
    def close(self) -> None: ...
    def settimeout(self, seconds: float | None, /) -> None: ...


class Relay(Protocol):
    """A relay under way."""

    @property
    def moved(self) -> tuple[int, int]:
        """Bytes a to b, and b to a, so far; both 0 when it has ended."""


def relay(
    a: Stream | PullStream,
    b: Stream | PullStream,
    *,
    counters: tuple[Counter, Counter] | None = None,
    done: Callable[[], None] | None = None,
    ends_all: tuple[bool, bool] = (False, False),
    idle_after_end: float = IDLE_AFTER_END,
) -> Relay:
    """Own two streams: join them until both directions have ended, then close them. Returns at once.

    An end is passed on as a half-close, so a user that has sent all still gets its answer; when nothing moves for
    `idle_after_end` seconds after the first end, both are closed. A failure of either resets the other.

    Args:
        counters: add bytes a to b, and b to a, while they move.
        done: called once, after both are closed, and must not yield.
        ends_all: whether an end of a, or of b, is the end of all: its peer knows no half-close.
    """
    counts = counters or (Counter(), Counter())
    if isinstance(a, Stream) and isinstance(b, Stream):
        return Lane(a, b, counts, done, ends_all, idle_after_end)
    return Pair(a, b, counts, done, ends_all, idle_after_end)
