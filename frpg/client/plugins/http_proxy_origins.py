"""The services that users of a forward proxy ask for: found by their URL, their connections kept for a while."""

from __future__ import annotations

import ssl
from collections import OrderedDict

from frpg.client.plugins.upstream import Upstream
from frpg.logs import PrefixedLogger
from frpg.net.address import Resolver
from frpg.net.stream import Address
from frpg.proto.http1.host import host_and_port
from frpg.proto.http1.request import Request
from frpg.relay.http.pool import Sweeper

MAX_ORIGINS = 64
MAX_IDLE = 256  # connections of all together that wait for a request

# A login by one of these counts for all that follows on its connection, which must not be somebody else's then.
_LOGINS = (b"ntlm", b"negotiate")


class Origins:
    """Owns them. Which go first, when they are too many: those that nobody has asked for the longest time."""

    def __init__(self, log: PrefixedLogger, resolver: Resolver | None) -> None:
        self._log = log
        self._resolver = resolver
        self._sweeper = Sweeper()
        self._known: OrderedDict[tuple[bool, Address], Upstream] = OrderedDict()
        self._tls: ssl.SSLContext | None = None
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._known)

    @property
    def idle(self) -> int:
        """Connections that wait for a request."""
        return sum(len(origin.backends) for origin in self._known.values())

    def find(self, request: Request) -> Upstream:
        """Whom a request with an absolute URL is for. Raises BadMessage, OSError."""
        address = host_and_port(request.authority, 443 if request.is_https else 80)
        if self._is_closed or request.special.get(b"authorization", b"").lower().startswith(_LOGINS):
            return self.once(address, is_https=request.is_https)
        key = request.is_https, address
        origin = self._known.get(key)
        if origin is None:
            origin = self._known[key] = self._make(address, request.is_https)
        self._known.move_to_end(key)
        while len(self._known) > MAX_ORIGINS or self.idle > MAX_IDLE:
            self._known.popitem(last=False)[1].close()
        return origin

    def once(self, address: Address, *, is_https: bool = False) -> Upstream:
        """One whose connections are used once. Raises OSError."""
        origin = self._make(address, is_https)
        origin.close()
        return origin

    def _make(self, address: Address, is_https: bool) -> Upstream:
        if is_https and self._tls is None:
            self._tls = ssl.create_default_context()  # the system's authorities
        tls = self._tls if is_https else None
        return Upstream(address, self._log, tls=tls, resolver=self._resolver, sweeper=self._sweeper)

    def close(self) -> None:
        """Close what is idle; connections in use are closed after their answers."""
        self._is_closed = True
        while self._known:
            self._known.popitem()[1].close()
