"""What the claims of a token must be (RFC 7519, section 4.1), apart from its signature. No I/O; the time is given."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from frpg.auth.method import Identity
from frpg.errors import AuthError

NOT_BEFORE_LEEWAY = 300.0  # seconds that the issuer's clock may be ahead of ours
_GOOGLE = "https://accounts.google.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """By which tokens are measured."""

    issuer: str  # "": any
    audience: str  # "": any
    expiry: bool  # False: neither `exp` nor `nbf` is looked at


def check_claims(claims: Mapping[str, object], expected: Expected, now: float) -> tuple[Identity, float]:
    """Who the token stands for, and until when (Unix seconds; infinite without a check).

    Raises AuthError, whose text repeats nothing of the token but its times.
    """
    issuer = claims.get("iss")
    if expected.issuer and not _is_issuer(issuer, expected.issuer):
        raise AuthError("the token is of another issuer")
    if expected.audience and expected.audience not in _audiences(claims.get("aud")):
        raise AuthError("the token is for another audience")
    until = _valid_until(claims, now) if expected.expiry else math.inf
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise AuthError("the token has no subject")
    return Identity(subject, issuer if isinstance(issuer, str) else ""), until


def _is_issuer(issuer: object, expected: str) -> bool:
    return issuer == expected or (expected == _GOOGLE and issuer == _GOOGLE.removeprefix("https://"))


def _audiences(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _valid_until(claims: Mapping[str, object], now: float) -> float:
    until = _time(claims.get("exp"))
    if until is None:
        raise AuthError("the token does not say when it expires")
    if now >= until:
        raise AuthError(f"the token is expired (since {_shown(until)})")
    if "nbf" in claims:
        since = _time(claims["nbf"])
        if since is None or since > now + NOT_BEFORE_LEEWAY:
            raise AuthError("the token is not valid yet")
    return until


def _time(value: object) -> float | None:
    """A NumericDate. JSON as Python reads it has numbers that no comparison can refuse."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def _shown(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "long ago"
