"""Name resolution through one DNS server of the operator's choice (`dnsServer`), without threads."""

from __future__ import annotations

import socket
from typing import Any

from frpg.net.address import Endpoint, resolve, resolve_system

DNS_PORT = 53
_TIMEOUT = 2.0  # seconds the server has for its first answer; c-ares doubles it
_TRIES = 2


def parse_server(text: str) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 literal to (host, port). Raises ValueError."""
    host, port = text, ""
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ValueError(f"no host:port: {text}")
        port = port[1:]
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host or (port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise ValueError(f"no host:port: {text}")
    return host, int(port) if port else DNS_PORT


class DnsResolver:
    """Asks `server` only; the hosts file is still honoured. Belongs to the hub of the thread that first calls it.

    Fits `frpg.net.address.Resolver`. Whoever made it closes it.
    """

    def __init__(self, server: str) -> None:
        """Raises ValueError when `server` is no host, with or without port."""
        self._server, self._port = parse_server(server)
        self._ares: Any = None  # made when first needed: most clients dial literals

    def __call__(self, host: str, port: int) -> list[Endpoint]:
        """Endpoints of `host`. Raises OSError (socket.gaierror)."""
        if "%" in host:  # an IPv6 literal with its interface, which c-ares does not read
            return resolve_system(host, port)
        if self._ares is None:
            self._ares = self._make()
        rows = self._ares.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        return [(row[0], row[4]) for row in rows]

    def _make(self) -> Any:
        from gevent.resolver.ares import Resolver

        address = resolve(self._server, self._port)[0][1][0]  # c-ares wants a literal
        return Resolver(
            use_environ=False,
            servers=[address],
            udp_port=self._port,
            tcp_port=self._port,
            timeout=_TIMEOUT,
            tries=_TRIES,
        )

    def close(self) -> None:
        """Idempotent; look-ups under way fail."""
        ares, self._ares = self._ares, None
        if ares is not None:
            ares.close()
