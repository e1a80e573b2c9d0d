"""Host names as the routes know them, and as addresses."""

from __future__ import annotations

import re
from functools import lru_cache

from frpg.proto.http1.fields import BadMessage

_NAME = r"(?P<name>[A-Za-z0-9._~!$&'()*+;=%-]{0,255})"
_LITERAL = r"\[(?P<ip>[0-9A-Fa-f:.]{2,45})\]"
_AUTHORITY = re.compile(rf"(?:{_NAME}|{_LITERAL})(?::[0-9]{{0,5}})?")
_PORT = re.compile(rb":([0-9]{1,5})$")


@lru_cache(maxsize=1024)
def canonical_host(authority: bytes) -> str:
    """`Example.COM.:8080` to `example.com`, `[::1]:80` to `::1`. Raises BadMessage."""
    match = _AUTHORITY.fullmatch(authority.decode("latin-1"))
    if match is None:
        raise BadMessage("malformed host")
    return (match["ip"] or match["name"] or "").lower().removesuffix(".")


def host_and_port(authority: bytes, default_port: int = 0) -> tuple[str, int]:
    """Where to connect to. Raises BadMessage: there is no host, or no port and no default."""
    host = canonical_host(authority)
    match = _PORT.search(authority)
    port = int(match[1]) if match is not None else default_port
    if not host or not 0 < port <= 65535:
        raise BadMessage("no host with a port")
    return host, port
