"""The connections of users that are open now: those that are joined with a service, and those that are not yet."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from frpg.net.tcp import TcpStream
from frpg.relay.relay import Relay
from frpg.relay.target import Service


class UserConnection:
    """One user that is served."""

    __slots__ = ("id", "relay", "service", "since", "stream")

    def __init__(self, id: int, stream: TcpStream, service: Service) -> None:
        self.id = id
        self.stream = stream
        self.service = service
        self.since = time.time()  # Unix seconds
        self.relay: Relay | None = None

    def cut(self) -> None:
        """End it, by the operator's wish."""
        self.stream.fail(ConnectionAbortedError("cut by the operator"))


class Users:
    """May outlive the proxies that they came for: only the server ends them, or they themselves."""

    def __init__(self) -> None:
        self._all: dict[TcpStream, UserConnection | None] = {}
        self.ids = itertools.count(1)  # also for those of the web port, which are not kept here

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[TcpStream]:
        return iter(list(self._all))

    def add(self, stream: TcpStream) -> None:
        """It is on its way to a service."""
        self._all[stream] = None

    def join(self, stream: TcpStream, service: Service) -> UserConnection:
        """It is served from now on."""
        user = self._all[stream] = UserConnection(next(self.ids), stream, service)
        return user

    def discard(self, stream: TcpStream) -> None:
        """It has ended. Idempotent."""
        self._all.pop(stream, None)

    def served(self) -> list[UserConnection]:
        """The others, the longest first."""
        return [user for user in self._all.values() if user is not None]
