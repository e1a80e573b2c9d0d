"""URLs of the HTTP client: taken apart, and the proxy that the environment names for one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from frpg.net.address import join
from frpg.net.stream import Address

_PORTS = {"http": 80, "https": 443}
_KEPT = "%/:;=@!$&'()*+,~?[]"  # of a request target


class Url(NamedTuple):
    """Where a request goes."""

    scheme: str  # http or https
    address: Address
    authority: str  # as the field Host has it
    target: str  # path and query
    credentials: str  # user:password, or ""

    @property
    def origin(self) -> tuple[str, Address]:
        """What requests must have in common to share a connection."""
        return self.scheme, self.address


@lru_cache(256)
def parse_url(text: str) -> Url:
    """Raises ValueError, whose text has no secrets of the URL."""
    try:
        parts = urlsplit(text)
        name, port = unquote(parts.hostname or ""), parts.port
        host = name if name.isascii() else name.encode("idna").decode()
    except ValueError:  # UnicodeError is one
        raise ValueError("not a URL of the form http[s]://host[:port][/path]") from None
    if parts.scheme not in _PORTS or not host:
        raise ValueError("not a URL of the form http[s]://host[:port][/path]")
    path = parts.path or "/"
    target = quote(f"{path}?{parts.query}" if parts.query else path, safe=_KEPT)
    shown = host.partition("%")[0]  # an IPv6 zone is nobody else's business
    authority = join((shown, port)) if port else join((shown, 0)).removesuffix(":0")
    credentials = ""
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Url(parts.scheme, (host, port or _PORTS[parts.scheme]), authority, target, credentials)


def environment_proxy(url: Url, environ: Mapping[str, str] = os.environ) -> str:
    """The URL of the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name; "" for none, as always for loopback."""
    host = url.address[0]
    if host == "localhost" or _is_loopback(host):
        return ""
    name = f"{url.scheme}_proxy"
    proxy = environ.get(name.upper()) or environ.get(name) or ""
    exceptions = environ.get("NO_PROXY") or environ.get("no_proxy") or ""
    if not proxy or any(_covers(part.strip().lower(), host) for part in exceptions.split(",")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _covers(exception: str, host: str) -> bool:
    """`*`, a name with all below it, or an address."""
    name = exception.removeprefix("*").removeprefix(".")
    return exception == "*" or bool(name and (host == name or host.endswith(f".{name}")))
