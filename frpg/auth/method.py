"""What every method of authentication is to the two ends. The messages carry it in `privilege_key` and `timestamp`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypedDict

from frpg.errors import FrpgError
from frpg.proto.messages import Login, NewWorkConn, Ping

if TYPE_CHECKING:
    from frpg.config.client import ClientConfig
    from frpg.config.server import ServerConfig

HEART_BEATS = "HeartBeats"
NEW_WORK_CONNS = "NewWorkConns"


class Proof(TypedDict, total=False):
    """Fields for the constructor of Login, Ping or NewWorkConn."""

    privilege_key: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Who logged in, as far as the method tells; all later messages of the session must come from the same."""

    subject: str = ""
    issuer: str = ""


ANYBODY = Identity()  # who knows the token


class WouldWait(FrpgError):
    """The answer takes a while. Reaction: ask again where waiting is allowed."""


class ClientAuth(Protocol):
    """Signs for a client. The `…_fields` raise AuthError where there is no proof to be had; Login always has one."""

    @property
    def secret(self) -> bytes:
        """What the keys of encrypted streams are made of."""

    @property
    def may_wait(self) -> bool:
        """True when a proof may have to be fetched: ask for it in a greenlet."""

    @property
    def signs_work_conns(self) -> bool:
        """True when each NewWorkConn has a proof of its own."""

    def login_fields(self, now: float) -> Proof:
        """For Login. `now`: Unix seconds."""

    def ping_fields(self, now: float) -> Proof:
        """For Ping; empty without the scope."""

    def work_conn_fields(self, now: float) -> Proof:
        """For NewWorkConn; empty without the scope."""

    def forget(self) -> None:
        """The server has refused the login: let the next one have a new proof."""

    def close(self) -> None:
        """End what is being fetched. Idempotent, does not yield."""


class ServerAuth(Protocol):
    """Checks for a server. The `check_…` raise AuthError, and pass anything that has no scope."""

    @property
    def secret(self) -> bytes:
        """What the keys of encrypted streams are made of."""

    def prepare(self) -> None:
        """Call once before the first check; may wait. Raises ConfigError: the server cannot work with it."""

    def check_login(self, message: Login) -> Identity:
        """Who it is. May wait."""

    def check_ping(self, message: Ping, identity: Identity) -> None:
        """`identity` is whose session it is. May wait."""

    def check_work_conn(self, message: NewWorkConn, identity: Identity, *, may_wait: bool) -> None:
        """See `check_ping`. Raises WouldWait in place of waiting unless `may_wait`."""

    def close(self) -> None:
        """End what is being fetched. Idempotent, does not yield."""


def make_client_auth(config: ClientConfig) -> ClientAuth:
    """The method that a complete configuration asks for; its token is resolved. Raises ConfigError."""
    auth = config.auth
    if auth.method == "oidc":
        from frpg.auth.oidc_client import make_oidc_client

        return make_oidc_client(auth)
    from frpg.auth.token import TokenAuth

    return TokenAuth(auth.token, auth.additional_scopes)


def make_server_auth(config: ServerConfig) -> ServerAuth:
    """See `make_client_auth`; `prepare` is left to the caller."""
    auth = config.auth
    if auth.method == "oidc":
        from frpg.auth.oidc_server import OidcServerAuth

        return OidcServerAuth(auth)
    from frpg.auth.token import TokenAuth

    return TokenAuth(auth.token, auth.additional_scopes)
