"""What an OpenID Connect issuer says of itself (OpenID Connect Discovery 1.0), and its keys (RFC 7517)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from frpg.errors import AuthError, ConfigError
from frpg.net.http_answer import Answer

# Signatures that anybody can check and the issuer alone can make; never "none", never HMAC.
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")

MAX_KEYS = 32  # of one issuer; further ones are not looked at
_PUBLIC = ("kty", "use", "key_ops", "alg", "kid", "crv", "x", "y", "n", "e")

Get = Callable[[str], Answer]  # URL. Raises OSError, ValueError
Jwk = dict[str, object]


class Issuer(NamedTuple):
    """As far as checking tokens goes."""

    name: str  # the claim `iss` of its tokens
    jwks_uri: str
    algorithms: frozenset[str]  # of ALGORITHMS


def discover(name: str, get: Get) -> Issuer:
    """Ask the issuer. Raises ConfigError, which names the place and what is wrong there; OSError, ValueError."""
    url = f"{name.rstrip('/')}/.well-known/openid-configuration"
    values = _object(get(url), url)
    if values.get("issuer") != name:
        raise ConfigError(f"{url}: names another issuer, {_shown(values.get('issuer'))}")
    jwks_uri = values.get("jwks_uri")
    if not isinstance(jwks_uri, str) or not jwks_uri.startswith(("http://", "https://")):
        raise ConfigError(f"{url}: names no jwks_uri")
    if name.startswith("https://") and not jwks_uri.startswith("https://"):
        raise ConfigError(f"{url}: its jwks_uri is not https, so that others could put their keys in place of its own")
    offered = values.get("id_token_signing_alg_values_supported")
    algorithms = frozenset(ALGORITHMS).intersection(
        alg for alg in (offered if isinstance(offered, list) else ()) if isinstance(alg, str)
    )
    return Issuer(name, jwks_uri, algorithms or frozenset({"RS256"}))


def fetch_keys(url: str, get: Get) -> list[Jwk]:
    """The public keys that are there for signatures. Raises AuthError, OSError, ValueError."""
    try:
        keys = _object(get(url), url).get("keys")
    except ConfigError as error:
        raise AuthError(str(error)) from None
    if not isinstance(keys, list):
        raise AuthError(f"{url}: holds no keys")
    usable = [{name: key[name] for name in _PUBLIC if name in key} for key in keys if _is_for_signatures(key)]
    if not usable:
        raise AuthError(f"{url}: holds no key for signatures")
    return usable[:MAX_KEYS]


def _is_for_signatures(key: object) -> bool:
    if not isinstance(key, dict) or key.get("kty") not in ("RSA", "EC", "OKP"):
        return False
    operations = key.get("key_ops")
    return key.get("use", "sig") == "sig" and (not isinstance(operations, list) or "verify" in operations)


def _object(answer: Answer, url: str) -> dict[str, object]:
    """Raises ConfigError."""
    if answer.status != 200:
        raise ConfigError(f"{url}: answered {answer.status}")
    try:
        values = json.loads(answer.body)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise ConfigError(f"{url}: the answer is not a JSON object")
    return values


def _shown(value: object) -> str:
    return repr(value[:200]) if isinstance(value, str) else "none"
