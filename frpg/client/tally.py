"""What each proxy has moved and what it holds open: counted on the way, read by whoever watches."""

from __future__ import annotations

from collections.abc import Collection

from frpg.relay.counter import Counter


class Tally:
    """The counts of one proxy."""

    __slots__ = ("connections", "received", "sent")

    def __init__(self) -> None:
        self.received = Counter()  # bytes from users
        self.sent = Counter()  # bytes to users
        self.connections = 0  # users joined with the local service now


class Tallies:
    """By the proxy's name. They outlive sessions and changes of a proxy, so that a reconnect does not begin at 0."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def of(self, name: str) -> Tally:
        """Always the same one until the name is dropped."""
        return self._tallies.setdefault(name, Tally())

    def keep(self, names: Collection[str]) -> None:
        """Drop all others; what their connections still move is told nobody."""
        wanted = set(names)
        self._tallies = {name: tally for name, tally in self._tallies.items() if name in wanted}

    def moved(self) -> tuple[int, int]:
        """Bytes from users, and to them, by all proxies."""
        tallies = self._tallies.values()
        return sum(tally.received.value for tally in tallies), sum(tally.sent.value for tally in tallies)
