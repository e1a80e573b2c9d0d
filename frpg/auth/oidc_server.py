"""OIDC for a server: the proof of a client is a token, signed by the issuer that the configuration names."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from frpg.auth.claims import Expected
from frpg.auth.discovery import Issuer, discover, fetch_keys
from frpg.auth.method import HEART_BEATS, NEW_WORK_CONNS, Identity
from frpg.auth.single_flight import Failed
from frpg.config.server import ServerAuthConfig
from frpg.errors import AuthError, ConfigError
from frpg.net.failure import describe
from frpg.net.http_answer import Answer
from frpg.net.http_client import HttpClient
from frpg.proto.messages import Login, NewWorkConn, Ping

if TYPE_CHECKING:
    from frpg.auth.verifier import Verified, Verifier

logger = logging.getLogger(__name__)

MAX_SEEN = 4096  # tokens that need not be checked again
FETCH_TIMEOUT = 10.0  # seconds for one request to the issuer
_MAX_SHOWN = 64  # characters of a subject in an error


class OidcServerAuth:
    """ServerAuth. `now`: Unix seconds, for the times in tokens; `clock`: monotonic seconds, for all else."""

    def __init__(
        self,
        auth: ServerAuthConfig,
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.secret = auth.token.encode("utf-8", "surrogateescape")  # as in frp, of auth.token, which is mostly empty
        self._options = auth.oidc
        self._scopes = frozenset(auth.additional_scopes)
        self._now = now
        self._clock = clock
        self._verifier: Verifier | None = None
        self._seen: OrderedDict[bytes, Verified] = OrderedDict()  # by the digest of the token

    def prepare(self) -> None:
        """See ServerAuth."""
        name = self._options.issuer
        if not name:
            raise ConfigError('auth.oidc.issuer: is needed with auth.method = "oidc"')
        if not name.startswith(("http://", "https://")):
            raise ConfigError("auth.oidc.issuer: must be an absolute http or https URL")
        get = _getter()
        try:
            issuer = discover(name, get)
        except (OSError, ValueError) as error:
            raise ConfigError(f"auth.oidc.issuer: cannot ask {name}: {describe(error)}") from None
        except ConfigError as error:
            raise ConfigError(f"auth.oidc.issuer: {error}") from None
        if name.startswith("http://"):
            logger.warning("auth.oidc.issuer is not https: who sits in between can let anybody in")
        self._verifier = self._make_verifier(issuer, get)
        try:
            self._verifier.keys.load()
        except Failed as error:  # as frp, which fetches them for the first token
            logger.warning("cannot fetch the keys of the OIDC issuer: %s", error)

    def _make_verifier(self, issuer: Issuer, get: Callable[[str], Answer]) -> Verifier:
        try:
            from frpg.auth.keyset import KeySet  # a tenth of a second
            from frpg.auth.verifier import Verifier
        except ImportError as error:
            text = f'auth.method = "oidc" needs PyJWT 2.12 or newer ({error}): pip install "pyjwt>=2.12"'
            raise ConfigError(text) from None
        expected = Expected(
            issuer="" if self._options.skip_issuer_check else issuer.name,
            audience=self._options.audience,
            expiry=not self._options.skip_expiry_check,
        )
        keys = KeySet(lambda: fetch_keys(issuer.jwks_uri, get), clock=self._clock)
        return Verifier(keys, issuer.algorithms, expected)

    def check_login(self, message: Login) -> Identity:
        """See ServerAuth."""
        return self._check(message.privilege_key, "login", may_wait=True)

    def check_ping(self, message: Ping, identity: Identity) -> None:
        """See ServerAuth."""
        if HEART_BEATS in self._scopes:
            self._check_same(message.privilege_key, identity, may_wait=True)

    def check_work_conn(self, message: NewWorkConn, identity: Identity, *, may_wait: bool) -> None:
        """See ServerAuth."""
        if NEW_WORK_CONNS in self._scopes:
            self._check_same(message.privilege_key, identity, may_wait=may_wait)

    def _check_same(self, token: str, identity: Identity, *, may_wait: bool) -> None:
        found = self._check(token, "ping", may_wait=may_wait)  # frp says ping of work connections too
        if found != identity:
            subject = "".join(char if char.isprintable() else "?" for char in found.subject[:_MAX_SHOWN])
            text = f"received different OIDC subject in login and ping. new subject: {subject}"
            raise AuthError(reason=text)

    def _check(self, token: str, where: str, *, may_wait: bool) -> Identity:
        try:
            return self._verify(token, may_wait=may_wait).identity
        except AuthError as error:
            raise AuthError(reason=f"invalid OIDC token in {where}: {error}") from None

    def _verify(self, token: str, *, may_wait: bool) -> Verified:
        """Raises AuthError, WouldWait."""
        if self._verifier is None:
            raise AuthError("the issuer was not asked yet")
        key, now = hashlib.sha256(token.encode("utf-8", "replace")).digest(), self._now()
        seen = self._seen.get(key)
        if seen is not None and now < seen.until and seen.generation == self._verifier.keys.generation:
            self._seen.move_to_end(key)
            return seen
        self._seen.pop(key, None)
        verified = self._verifier.verify(token, now, may_wait=may_wait)
        self._seen[key] = verified
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        return verified

    def close(self) -> None:
        """See ServerAuth."""
        if self._verifier is not None:
            self._verifier.keys.close()


def _getter() -> Callable[[str], Answer]:
    client = HttpClient(environ=os.environ, timeout=FETCH_TIMEOUT, max_idle=0)

    def get(url: str) -> Answer:
        fields = {"Accept": "application/json", "Connection": "close"}
        return client.request("GET", url, fields=fields, may_repeat=True)

    return get
