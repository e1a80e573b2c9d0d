"""What a route asks of the shared listeners: who may pass, and which headers change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from frpg.auth.token import keys_equal
from frpg.errors import FrpgError
from frpg.logs import PrefixedLogger
from frpg.proto.http1.fields import FIELD_NAME, FIELD_VALUE
from frpg.proto.http1.forward import HeaderChange

_FRAMING = frozenset((b"host", b"content-length", b"transfer-encoding", b"connection", b"upgrade", b"trailer"))
_HOST = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Name and password that users must give."""

    user: str = ""
    password: str = field(default="", repr=False)

    def admits(self, user: str, password: str) -> bool:
        """Both are compared, in constant time."""
        is_user = keys_equal(self.user, user)
        return keys_equal(self.password, password) and is_user


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Of one http route."""

    credentials: Credentials | None  # None: everybody may pass
    host: bytes  # in place of the request's; b"" keeps that
    request: HeaderChange
    response: HeaderChange


def make_settings(
    log: PrefixedLogger,
    *,
    host: str = "",
    credentials: Credentials | None = None,
    request: Mapping[str, str] | None = None,
    response: Mapping[str, str] | None = None,
) -> HttpSettings:
    """Checked. `request` and `response` are headers to set. Raises FrpgError: a header or host that is none."""
    if host and not _HOST.fullmatch(host):
        raise FrpgError(reason=f"hostHeaderRewrite [{host}] is not a host")
    return HttpSettings(
        credentials=credentials if credentials is not None and (credentials.user or credentials.password) else None,
        host=host.encode("ascii"),
        request=_change(request or {}, log),
        response=_change(response or {}, log),
    )


def _change(headers: Mapping[str, str], log: PrefixedLogger) -> HeaderChange:
    lines: dict[bytes, bytes] = {}
    for key, text in headers.items():
        name, value = key.encode(), text.strip().encode()
        if not FIELD_NAME.fullmatch(name) or not FIELD_VALUE.fullmatch(value):
            raise FrpgError(reason=f"header [{key}] cannot be set: its name or value is not allowed in HTTP")
        if name.lower() in _FRAMING:
            log.warning("header [%s] is not set: it belongs to the connection", key)
        else:
            lines[name.lower()] = name + b": " + value + b"\r\n"
    return HeaderChange(frozenset(lines), b"".join(lines.values()))
