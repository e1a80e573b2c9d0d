"""Routes, and finding the one for a host, a path and a user among many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

E = TypeVar("E")

Kind = Literal["run", "client", "proxy", "tcp", "udp", "http", "https", "tcpmux"]

BY_NAME: tuple[Kind, ...] = ("http", "https", "tcpmux")  # kinds that `RouteTable` looks up


@dataclass(frozen=True, slots=True)
class Route:
    """Something that exactly one session, or one group, can have.

    By kind, `key` is: run: a run id; client: `user.client_id`; proxy: a proxy name; tcp, udp: `host:port`; http, https,
    tcpmux: a domain in lower case, `*.` and a domain for all names below it, or `*` for all.
    """

    kind: Kind
    key: str
    location: str = ""  # http: prefix of the decoded path
    user: str = ""  # http, tcpmux: name that the request must give; "" for any


class RouteTable(Generic[E]):
    """The routes of one kind. A lookup costs the same however many there are. Source: server spec 2.1."""

    def __init__(self) -> None:
        self._domains: dict[str, dict[str, _Locations[E]]] = {}  # by domain, by user

    def add(self, route: Route, entry: E) -> None:
        """`route` is not in the table."""
        self._domains.setdefault(route.key, {}).setdefault(route.user, _Locations()).add(route.location, entry)

    def remove(self, route: Route) -> None:
        """`route` is in the table."""
        users = self._domains[route.key]
        locations = users[route.user]
        locations.remove(route.location)
        if not locations.entries:
            del users[route.user]
        if not users:
            del self._domains[route.key]

    def match(self, host: str, path: str, user: str) -> E | None:
        """The exact domain first, then wildcards, the longest first; in each the user's own routes, the longest first.

        A domain whose locations do not fit does not end the search. `host` is in lower case, without a port.
        """
        found = self._match_domain(host, path, user)
        if found is None:
            for domain in _wildcards(host):
                found = self._match_domain(domain, path, user)
                if found is not None:
                    break
        return found

    def _match_domain(self, domain: str, path: str, user: str) -> E | None:
        users = self._domains.get(domain)
        if users is None:
            return None
        found = None
        if user and user in users:
            found = users[user].match(path)
        if found is None and "" in users:
            found = users[""].match(path)
        return found


def _wildcards(host: str) -> Iterator[str]:
    labels = host.split(".")
    for first in range(1, len(labels) - 1):
        yield "*." + ".".join(labels[first:])
    yield "*"


class _Locations(Generic[E]):
    """Prefixes of paths. One dictionary lookup for each length that occurs."""

    __slots__ = ("_counts", "_lengths", "entries")

    def __init__(self) -> None:
        self.entries: dict[str, E] = {}
        self._counts: dict[int, int] = {}  # locations by length
        self._lengths: list[int] = []  # those that occur, the longest first

    def add(self, location: str, entry: E) -> None:
        self.entries[location] = entry
        self._count(len(location), 1)

    def remove(self, location: str) -> None:
        del self.entries[location]
        self._count(len(location), -1)

    def _count(self, length: int, change: int) -> None:
        count = self._counts.get(length, 0) + change
        if count:
            self._counts[length] = count
        else:
            del self._counts[length]
        if count == 0 or count == change:  # a length more, or less
            self._lengths = sorted(self._counts, reverse=True)

    def match(self, path: str) -> E | None:
        for length in self._lengths:
            found = self.entries.get(path[:length])
            if found is not None:
                return found
        return None
