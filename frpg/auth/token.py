"""Token authentication: both ends know one token and prove it by a hash with a timestamp."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

from frpg.auth.method import ANYBODY, HEART_BEATS, NEW_WORK_CONNS, Identity, Proof
from frpg.errors import AuthError
from frpg.proto.messages import Login, NewWorkConn, Ping


def privilege_key(token: str, timestamp: int) -> str:
    """md5 of the token and the decimal timestamp, 32 hex characters; also the sign key of a visitor's secret."""
    data = _to_bytes(token) + str(timestamp).encode("ascii")
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class TokenAuth:
    """ClientAuth and ServerAuth; `scopes` are the messages beyond Login that carry a proof. Nothing waits.

    There is no check of the time: clocks of the two ends may differ, as in frp.
    """

    def __init__(self, token: str, scopes: Collection[str] = ()) -> None:
        self.secret = _to_bytes(token)  # what the keys of encrypted streams are made of
        self._token = token
        self._scopes = frozenset(scopes)

    # --- the client's

    @property
    def may_wait(self) -> bool:
        """See ClientAuth."""
        return False

    @property
    def signs_work_conns(self) -> bool:
        """See ClientAuth."""
        return NEW_WORK_CONNS in self._scopes

    def sign(self, now: float) -> Proof:
        """A proof made at `now`, Unix seconds."""
        timestamp = int(now)
        return Proof(privilege_key=privilege_key(self._token, timestamp), timestamp=timestamp)

    def login_fields(self, now: float) -> Proof:
        """See ClientAuth."""
        return self.sign(now)

    def ping_fields(self, now: float) -> Proof:
        """See ClientAuth."""
        return self.sign(now) if HEART_BEATS in self._scopes else Proof()

    def work_conn_fields(self, now: float) -> Proof:
        """See ClientAuth."""
        return self.sign(now) if NEW_WORK_CONNS in self._scopes else Proof()

    def forget(self) -> None:
        """See ClientAuth."""

    # --- the server's

    def prepare(self) -> None:
        """See ServerAuth."""

    def check_login(self, message: Login) -> Identity:
        """See ServerAuth."""
        self._check(message, "login")
        return ANYBODY

    def check_ping(self, message: Ping, identity: Identity) -> None:
        """See ServerAuth."""
        if HEART_BEATS in self._scopes:
            self._check(message, "heartbeat")

    def check_work_conn(self, message: NewWorkConn, identity: Identity, *, may_wait: bool) -> None:
        """See ServerAuth."""
        if NEW_WORK_CONNS in self._scopes:
            self._check(message, "NewWorkConn")

    def close(self) -> None:
        """See ClientAuth and ServerAuth."""

    def _check(self, message: Login | Ping | NewWorkConn, where: str) -> None:
        expected = privilege_key(self._token, message.timestamp)
        if not keys_equal(expected, message.privilege_key):
            raise AuthError(reason=f"token in {where} doesn't match token from configuration")


def keys_equal(expected: str, given: str) -> bool:
    """Compare in constant time. `given` may be any text: compare_digest takes only ASCII as str."""
    return hmac.compare_digest(expected.encode("utf-8", "replace"), given.encode("utf-8", "replace"))


def _to_bytes(token: str) -> bytes:
    # Bytes that are no UTF-8 come from the environment as surrogates; they go back to what they were.
    return token.encode("utf-8", "surrogateescape")
