"""Host names as the routes know them."""

from __future__ import annotations

import re
from functools import lru_cache

from frpg.proto.http1.fields import BadMessage

_NAME = r"(?P<name>[A-Za-z0-9._~!$&'()*+;=%-]{0,255})"
_LITERAL = r"\[(?P<ip>[0-9A-Fa-f:.]{2,45})\]"
_AUTHORITY = re.compile(rf"(?:{_NAME}|{_LITERAL})(?::[0-9]{{0,5}})?")


@lru_cache(maxsize=1024)
def canonical_host(authority: bytes) -> str:
    """`Example.COM.:8080` to `example.com`, `[::1]:80` to `::1`. Raises BadMessage."""
    match = _AUTHORITY.fullmatch(authority.decode("latin-1"))
    if match is None:
        raise BadMessage("malformed host")
    return (match["ip"] or match["name"] or "").lower().removesuffix(".")
