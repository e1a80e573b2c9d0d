"""What the operator has closed: names of proxies, and clients that are kept out for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from frpg.errors import AuthError, RouteConflict

CLOSED = "closed by the operator of the server"


class Bans:
    """Kept while the server runs.

    Args:
        wall: Unix seconds.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._proxies: set[str] = set()
        self._clients: dict[str, float] = {}  # until when

    def close_proxy(self, name: str) -> None:
        """Refuse the name until `open_proxy`."""
        self._proxies.add(name)

    def open_proxy(self, name: str) -> None:
        """Idempotent."""
        self._proxies.discard(name)

    def is_closed(self, name: str) -> bool:
        """Whether proxies of that name are refused."""
        return name in self._proxies

    def check_proxy(self, name: str) -> None:
        """Raises RouteConflict."""
        if name in self._proxies:
            raise RouteConflict(reason=CLOSED)

    def keep_out(self, key: str, seconds: float) -> None:
        """Refuse the client's logins for that long."""
        now = self._wall()
        self._clients = {other: until for other, until in self._clients.items() if until > now}
        self._clients[key] = now + seconds

    def admit(self, key: str) -> None:
        """Idempotent."""
        self._clients.pop(key, None)

    def kept_out_until(self, key: str) -> float:
        """Unix seconds; 0 for a client that is welcome."""
        until = self._clients.get(key, 0.0)
        return until if until > self._wall() else 0.0

    def check_client(self, key: str) -> None:
        """Raises AuthError."""
        if self._clients and self.kept_out_until(key):
            raise AuthError(reason="kept out for a while by the operator of the server")
