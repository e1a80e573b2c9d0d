"""The ports that tcp or udp proxies may have: allowed, used, and kept for a proxy that comes back."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from frpg.errors import RouteConflict

RESERVED_SECONDS = 24 * 3600.0  # a closed proxy's port stays in mind that long
SWEEP_SECONDS = 3600.0
_TRIES = 5  # random ports tried before giving up
_FIRST, _LAST = 1, 65535

TrialBind = Callable[[int], bool]


@dataclass(slots=True)
class _Reservation:
    port: int
    closed_at: float | None = None  # monotonic seconds; None while the proxy lives


class PortManager:
    """One for tcp, one for udp. Keeps numbers only: whoever acquired a port binds it. Source: server spec 1.3.

    Args:
        allowed: inclusive ranges; none means every port.
        trial: whether a port can be bound at this moment.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        allowed: Iterable[tuple[int, int]],
        *,
        trial: TrialBind,
        clock: Callable[[], float],
        chance: random.Random | None = None,
    ) -> None:
        self.allow(allowed)
        self._trial = trial
        self._clock = clock
        self._chance = chance or random.SystemRandom()
        self._used: dict[int, str] = {}  # port: proxy name
        self._reserved: dict[str, _Reservation] = {}  # by proxy name
        self._swept_at = clock()

    def allow(self, ranges: Iterable[tuple[int, int]]) -> None:
        """These from now on, none means every port; who has another one keeps it."""
        self._allowed = _Ranges(list(ranges) or [(_FIRST, _LAST)])

    def acquire(self, proxy_name: str, port: int = 0) -> int:
        """Take `port`, or for 0 the one this proxy had before, else a random one. Raises RouteConflict."""
        self._sweep()
        port = self._take_asked(port) if port else self._choose(proxy_name)
        self._used[port] = proxy_name
        self._reserved[proxy_name] = _Reservation(port)
        return port

    def release(self, port: int) -> None:
        """Give `port` back; its proxy may ask for it again within a day. Unknown ports are ignored."""
        proxy_name = self._used.pop(port, None)
        if proxy_name is not None:
            reservation = self._reserved.get(proxy_name)
            if reservation is not None and reservation.port == port:
                reservation.closed_at = self._clock()

    @property
    def used(self) -> dict[int, str]:
        """A copy: port to proxy name."""
        return dict(self._used)

    def _take_asked(self, port: int) -> int:
        if port in self._used:
            raise RouteConflict(reason="port already used")
        if port not in self._allowed:
            raise RouteConflict(reason="port not allowed")
        if not self._trial(port):
            raise RouteConflict(reason="port unavailable")
        return port

    def _choose(self, proxy_name: str) -> int:
        reservation = self._reserved.get(proxy_name)
        if reservation is not None and reservation.port not in self._used and self._trial(reservation.port):
            return reservation.port
        for port in self._random_free():
            if self._trial(port):
                return port
        raise RouteConflict(reason="no available port")

    def _random_free(self) -> Iterator[int]:
        """Up to `_TRIES` different free ports."""
        size = len(self._allowed)
        if size > 2 * (len(self._used) + _TRIES):
            # A set of 65535 free ports would weigh 4 MB, so the used ones are drawn and passed over.
            tried: set[int] = set()
            while len(tried) < _TRIES:
                port = self._allowed[self._chance.randrange(size)]
                if port not in self._used and port not in tried:
                    tried.add(port)
                    yield port
            return
        free = [port for port in self._allowed if port not in self._used]
        yield from self._chance.sample(free, min(_TRIES, len(free)))

    def _sweep(self) -> None:
        now = self._clock()
        if now - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = now
        for name, reservation in list(self._reserved.items()):
            if reservation.closed_at is not None and now - reservation.closed_at > RESERVED_SECONDS:
                del self._reserved[name]


class _Ranges:
    """The ports of some inclusive ranges, indexed in order; what is no port is left out."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        joined: list[tuple[int, int]] = []
        for first, last in sorted((max(first, _FIRST), min(last, _LAST)) for first, last in ranges):
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = joined[-1][0], max(last, joined[-1][1])
            elif first <= last:
                joined.append((first, last))
        self._ranges = joined
        self._ends = list(accumulate(last - first + 1 for first, last in joined))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __contains__(self, port: int) -> bool:
        return any(first <= port <= last for first, last in self._ranges)

    def __getitem__(self, index: int) -> int:
        place = bisect_right(self._ends, index)
        if not 0 <= place < len(self._ranges):
            raise IndexError(index)
        return self._ranges[place][1] + 1 - (self._ends[place] - index)

    def __iter__(self) -> Iterator[int]:
        for first, last in self._ranges:
            yield from range(first, last + 1)
