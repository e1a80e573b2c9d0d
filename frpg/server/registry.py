"""The central registry: which client session holds which route, and what users of it are led to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from frpg.errors import RouteConflict
from frpg.relay.target import Target
from frpg.server.routes import BY_NAME, Kind, Route, RouteTable

H = TypeVar("H")

HISTORY = 1024  # changes that `changes` can still tell


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Generic[H]):
    """One claim. `generation` is a fence: it grows with every claim, so of two claims the younger is known."""

    route: Route
    holder: H | None  # the session; None where a group of several holds it
    generation: int
    target: Target | None  # what user connections of the route are led to; None where there are none
    settings: object  # what else its listener must know, by the kind of the route


@dataclass(frozen=True, slots=True)
class Change:
    """A route was claimed or released. Keeps no holder alive."""

    version: int
    route: Route
    generation: int
    is_claimed: bool


class Registry(Protocol[H]):
    """No method yields: each call is atomic among greenlets, and tells the caller what it has to close."""

    @property
    def version(self) -> int:
        """Grows with every change."""

    def claim(
        self, route: Route, holder: H | None, *, target: Target | None = None, settings: object = None
    ) -> Entry[H]:
        """Raises RouteConflict when the route is held, also by the same holder."""

    def renew(self, entry: Entry[H]) -> bool:
        """Keep a claim alive. False: it is lost, and what listens for it must be closed."""

    def release(self, entry: Entry[H]) -> bool:
        """Free the route if `entry` still is the claim on it; a late release cannot hurt the successor."""

    def release_all(self, holder: H) -> list[Route]:
        """Free what `holder`, by identity, still has."""

    def lookup(self, route: Route) -> Entry[H] | None:
        """Who has the route now."""

    def match(self, kind: Kind, host: str, path: str = "", user: str = "") -> Entry[H] | None:
        """Who has the route of a kind routed by names that fits best: see RouteTable."""

    def snapshot(self) -> list[Entry[H]]:
        """All claims, oldest first; later changes do not show in it."""

    def changes(self, since: int) -> list[Change] | None:
        """What changed after version `since`; None when that is too long ago: take a snapshot instead."""


class MemoryRegistry(Generic[H]):
    """See Registry."""

    def __init__(self) -> None:
        self._entries: dict[Route, Entry[H]] = {}
        self._held: dict[H | None, dict[Route, Entry[H]]] = {}
        self._tables: dict[Kind, RouteTable[Entry[H]]] = {kind: RouteTable() for kind in BY_NAME}
        self._history: deque[Change] = deque(maxlen=HISTORY)
        self._generation = 0
        self.version = 0

    def claim(
        self, route: Route, holder: H | None, *, target: Target | None = None, settings: object = None
    ) -> Entry[H]:
        """See Registry."""
        if route in self._entries:
            raise RouteConflict(f"{route.kind} {route.key} is taken")
        self._generation += 1
        entry = Entry(route, holder, self._generation, target, settings)
        self._entries[route] = entry
        if route.kind in self._tables:
            self._tables[route.kind].add(route, entry)
        self._held.setdefault(holder, {})[route] = entry
        self._note(entry, is_claimed=True)
        return entry

    def renew(self, entry: Entry[H]) -> bool:
        """See Registry. In memory a claim does not expire, it is only lost to a release."""
        return self._entries.get(entry.route) is entry

    def release(self, entry: Entry[H]) -> bool:
        """See Registry."""
        if not self.renew(entry):
            return False
        del self._entries[entry.route]
        if entry.route.kind in self._tables:
            self._tables[entry.route.kind].remove(entry.route)
        held = self._held[entry.holder]
        del held[entry.route]
        if not held:
            del self._held[entry.holder]
        self._note(entry, is_claimed=False)
        return True

    def release_all(self, holder: H) -> list[Route]:
        """See Registry."""
        entries = list(self._held.get(holder, {}).values())
        for entry in entries:
            self.release(entry)
        return [entry.route for entry in entries]

    def lookup(self, route: Route) -> Entry[H] | None:
        """See Registry."""
        return self._entries.get(route)

    def match(self, kind: Kind, host: str, path: str = "", user: str = "") -> Entry[H] | None:
        """See Registry."""
        return self._tables[kind].match(host, path, user)

    def snapshot(self) -> list[Entry[H]]:
        """See Registry."""
        return list(self._entries.values())

    def changes(self, since: int) -> list[Change] | None:
        """See Registry."""
        if since < self.version - len(self._history):
            return None
        return [change for change in self._history if change.version > since]

    def _note(self, entry: Entry[H], *, is_claimed: bool) -> None:
        self.version += 1
        self._history.append(Change(self.version, entry.route, entry.generation, is_claimed))
