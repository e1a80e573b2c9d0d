"""Load-balancing groups: proxies that share one route."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence

from frpg.auth.token import keys_equal
from frpg.errors import AuthError, RouteConflict
from frpg.relay.target import Service
from frpg.server.routes import Kind

SUSPECT_SECONDS = 10.0  # a member that could not serve a user comes last for that long


class Group:
    """Implements Target: every call of `candidates` begins with the next member. Lives while it has members."""

    def __init__(self, key: str, terms: Hashable, clock: Callable[[], float]) -> None:
        self.address = ""  # the remote address of all members
        self.undo: list[Callable[[], object]] = []  # what the end of the group calls, last first
        self._key = key
        self._terms = terms
        self._clock = clock
        self._members: list[Service] = []
        self._suspects: dict[Service, float] = {}  # until when
        self._turn = 0

    def check(self, key: str, terms: Hashable, mismatch: str) -> None:
        """Whether one more may join. Raises RouteConflict with the reason `mismatch`, AuthError."""
        if terms != self._terms:
            raise RouteConflict(reason=mismatch)
        if not keys_equal(self._key, key):
            raise AuthError(reason="group auth failed")

    def add(self, member: Service) -> None:
        """One more shares the route."""
        self._members.append(member)

    def remove(self, member: Service) -> None:
        """The last one ends the group: its route is free on return."""
        self._members.remove(member)
        self._suspects.pop(member, None)
        if not self._members:
            self.close()

    def close(self) -> None:
        """Give back what the group took. Idempotent."""
        while self.undo:
            self.undo.pop()()

    def candidates(self) -> Sequence[Service]:
        """See Target."""
        members = self._members
        self._turn += 1
        first = self._turn % max(len(members), 1)
        rotated = members[first:] + members[:first]
        if self._suspects:
            now = self._clock()
            self._suspects = {member: until for member, until in self._suspects.items() if until > now}
            rotated.sort(key=self._suspects.__contains__)
        return rotated

    def failed(self, service: Service) -> None:
        """See Target."""
        if service in self._members:
            self._suspects[service] = self._clock() + SUSPECT_SECONDS


class Groups:
    """All groups of one server; each kind of proxy has names of its own. Source: server spec 4."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._groups: dict[tuple[Kind, str], Group] = {}

    def join(
        self,
        kind: Kind,
        name: str,
        key: str,
        member: Service,
        *,
        terms: Hashable,
        mismatch: str,
        found: Callable[[Group], None],
    ) -> Group:
        """Put `member` into the group of that name, which must `remove` it at its end.

        Args:
            key: must be that of the first member.
            terms: what all members must agree on; `mismatch` is the reason told to one that does not.
            found: for the first member, takes the shared route: sets `address`, and adds to `undo`.

        Raises FrpgError, OSError: not joined, nothing is taken.
        """
        group = self._groups.get((kind, name))
        if group is None:
            group = self._found(kind, name, Group(key, terms, self._clock), found)
        else:
            group.check(key, terms, mismatch)
        group.add(member)
        return group

    def _found(self, kind: Kind, name: str, group: Group, found: Callable[[Group], None]) -> Group:
        group.undo.append(lambda: self._groups.pop((kind, name)))
        self._groups[kind, name] = group
        try:
            found(group)
        except BaseException:  # nobody may join what nobody has founded
            group.close()
            raise
        return group
