"""Basic credentials in a request. Source: RFC 7617."""

from __future__ import annotations

import base64
import binascii

from frpg.proto.http1.request import Request

NOBODY = ("", "")


def basic(value: bytes | None) -> tuple[str, str]:
    """(user, password) of an Authorization value; empty when there are none, or they cannot be read."""
    scheme, _, text = (value or b"").strip().partition(b" ")
    if scheme.lower() != b"basic":
        return NOBODY
    try:
        plain = base64.b64decode(text.strip(), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return NOBODY
    user, colon, password = plain.partition(":")
    return (user, password) if colon else NOBODY


def credentials(request: Request) -> tuple[str, str]:
    """(user, password) that count for access: those for a proxy where the request was made to one."""
    return basic(request.special.get(b"proxy-authorization" if _is_to_proxy(request) else b"authorization"))


def routing_user(request: Request) -> str:
    """The user that counts for the route: in requests to a proxy, Authorization stands in for what is missing."""
    special = request.special
    if _is_to_proxy(request) and b"proxy-authorization" in special:
        return basic(special[b"proxy-authorization"])[0]
    return basic(special.get(b"authorization"))[0]


def _is_to_proxy(request: Request) -> bool:
    return request.is_absolute or request.method == b"CONNECT"
