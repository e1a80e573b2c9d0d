"""What the server's listeners see of a client session, wherever that session lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from frpg.auth.method import Identity
from frpg.net.stream import NO_ADDRESS, Address, Stream
from frpg.proto.framing import Framing
from frpg.proto.messages import NewWorkConn


class Carrier(Protocol):
    """A multiplexed connection that streams of the client come through."""

    def close(self) -> None:
        """Close it and all its streams. Idempotent, does not yield."""


class Owner(NamedTuple):
    """Who a session belongs to, as it has logged in."""

    user: str
    metas: Mapping[str, str]
    run_id: str


class Upstream(Protocol):
    """A client session, of this process or reached through another server."""

    @property
    def owner(self) -> Owner:
        """Whose it is."""

    @property
    def framing(self) -> Framing:
        """How messages inside this session's streams are written."""

    @property
    def half_close(self) -> bool:
        """Whether its client can end one direction of a work connection."""

    def open(self, proxy_name: str, source: Address = NO_ADDRESS, destination: Address = NO_ADDRESS) -> Stream:
        """See Service.open."""

    @property
    def identity(self) -> Identity:
        """As whom its client has logged in."""

    def offer(
        self, stream: Stream, message: NewWorkConn, version: int, carrier: Carrier | None, *, may_wait: bool = True
    ) -> None:
        """Check and own a work connection, which opened with wire protocol `version`.

        `carrier`, that it came through, is closed with the session. Raises FrpgError: `stream` stays the caller's;
        WouldWait where it takes a while to know, unless `may_wait`.
        """

    @property
    def secret(self) -> bytes:
        """The key of its encrypted streams: its client's token, whatever the server's is by now."""

    def end_proxy(self, name: str, why: str) -> None:
        """Close one of its proxies and tell the client."""

    def kick(self) -> None:
        """End now, by the operator's wish; the client may log in again."""

    def replace(self) -> None:
        """End now, without waiting for the client: its run id logs in again. All its routes are free on return."""
