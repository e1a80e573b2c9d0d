"""Checks one token: its form, its algorithm, its claims, its signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt
from jwt.exceptions import PyJWTError

from frpg.auth.claims import Expected, check_claims
from frpg.auth.keyset import KeySet
from frpg.auth.method import Identity
from frpg.errors import AuthError

MAX_TOKEN = 16384  # characters

_SIGNATURES = jwt.PyJWS(options={"verify_signature": True, "enforce_minimum_key_length": True})


class Verified(NamedTuple):
    """A good token."""

    identity: Identity
    until: float  # Unix seconds
    generation: int  # of the keys that it was checked with


class Verifier:
    """For one issuer and its `algorithms`. Cheap checks come first; only what passes them may cost a fetch of keys."""

    def __init__(self, keys: KeySet, algorithms: frozenset[str], expected: Expected) -> None:
        self.keys = keys
        self._algorithms = algorithms
        self._expected = expected

    def verify(self, token: str, now: float, *, may_wait: bool) -> Verified:
        """`now`: Unix seconds. Raises AuthError, WouldWait."""
        header, claims = _read(token)
        algorithm, kid = header.get("alg"), header.get("kid", "")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            raise AuthError("the token's signature is of an algorithm that is not accepted")
        identity, until = check_claims(claims, self._expected, now)
        if not self._is_signed(token, algorithm, kid):
            # The issuer may have new keys, even under an old name.
            is_good = self.keys.renew(may_wait=may_wait) and self._is_signed(token, algorithm, kid)
            if not is_good:
                raise AuthError("the token's signature is of no key of the issuer")
        return Verified(identity, until, self.keys.generation)

    def _is_signed(self, token: str, algorithm: str, kid: str) -> bool:
        for key in self.keys.matching(kid, algorithm):
            try:
                _SIGNATURES.decode(token, key, algorithms=[algorithm])
            except PyJWTError:
                continue
            return True
        return False


def _read(token: str) -> tuple[Mapping[str, Any], Mapping[str, object]]:
    """Header and claims, both unverified. Raises AuthError."""
    if not token:
        raise AuthError("there is no token")
    if len(token) > MAX_TOKEN:
        raise AuthError(f"the token is longer than {MAX_TOKEN} characters")
    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except (PyJWTError, ValueError, RecursionError):
        raise AuthError("the token is malformed") from None
    return parts["header"], parts["payload"]
