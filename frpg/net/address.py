"""Addresses as people write them, and what the socket calls want."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import gevent.socket

from frpg.net.stream import Address

Endpoint = tuple[int, Any]  # address family, sockaddr for bind and connect
Resolver = Callable[[str, int], list[Endpoint]]

WILDCARDS = ("", "0.0.0.0", "::")


def numeric(host: str, port: int) -> Endpoint | None:
    """The endpoint of a literal address; None when `host` is a name or has an IPv6 zone."""
    try:
        socket.inet_pton(socket.AF_INET, host)
        return socket.AF_INET, (host, port)
    except (OSError, ValueError):
        pass
    try:
        socket.inet_pton(socket.AF_INET6, host)
        return socket.AF_INET6, (host, port, 0, 0)
    except (OSError, ValueError):
        return None


def resolve_system(host: str, port: int) -> list[Endpoint]:
    """Ask the system's resolver, cooperatively. Raises socket.gaierror (an OSError)."""
    rows = gevent.socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    return [(row[0], row[4]) for row in rows]


def resolve(host: str, port: int, resolver: Resolver | None = None) -> list[Endpoint]:
    """Endpoints of `host` in the order to try. Literals never reach a resolver: its thread pool costs 150 us."""
    endpoint = numeric(host, port)
    if endpoint is not None:
        return [endpoint]
    try:
        return (resolver or resolve_system)(host, port)
    except ValueError as error:  # no name can look like that: an empty label, a NUL
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error


def plain(sockaddr: Any) -> Address:
    """A sockaddr as host and port; an IPv4 peer of a dual-stack socket is told in dotted form."""
    host = sockaddr[0]
    if host.startswith("::ffff:") and "." in host:
        host = host[7:]
    return host, sockaddr[1]


def join(address: Address) -> str:
    """`host:port`, IPv6 hosts in brackets."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
