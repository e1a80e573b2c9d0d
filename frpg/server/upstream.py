"""What the server's listeners see of a client session and of its proxies, wherever that session lives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from frpg.logs import PrefixedLogger
from frpg.net.stream import NO_ADDRESS, Address, Stream
from frpg.proto.framing import Framing
from frpg.proto.messages import NewWorkConn
from frpg.relay.counter import Counter


class Carrier(Protocol):
    """A multiplexed connection that streams of the client come through."""

    def close(self) -> None:
        """Close it and all its streams. Idempotent, does not yield."""


class Service(Protocol):
    """One registered proxy: what is behind it, and what has gone through it."""

    name: str
    log: PrefixedLogger
    connections: int  # user connections at this moment
    traffic_in: Counter  # bytes from users
    traffic_out: Counter  # bytes to users
    half_close: bool  # its client can end one direction of a work connection

    def open(self, source: Address = NO_ADDRESS, destination: Address = NO_ADDRESS) -> Stream:
        """A stream to it: plaintext, its start already announced; the caller owns it.

        `source` is the user's address, `destination` the one the user hit. Blocks up to `userConnTimeout`.
        Raises FrpgError, OSError.
        """


class Target(Protocol):
    """What the users of a route are led to: one service, or the members of a group."""

    def candidates(self) -> Sequence[Service]:
        """The services to try for one user, in this order. Each call may have another first."""

    def failed(self, service: Service) -> None:
        """`service` could not serve a user: better ones go first for a while."""


class Upstream(Protocol):
    """A client session, of this process or reached through another server."""

    @property
    def framing(self) -> Framing:
        """How messages inside this session's streams are written."""

    @property
    def half_close(self) -> bool:
        """Whether its client can end one direction of a work connection."""

    def open(self, proxy_name: str, source: Address = NO_ADDRESS, destination: Address = NO_ADDRESS) -> Stream:
        """See Service.open."""

    def offer(self, stream: Stream, message: NewWorkConn, version: int, carrier: Carrier | None) -> None:
        """Check and own a work connection, which opened with wire protocol `version`.

        `carrier`, that it came through, is closed with the session. Raises FrpgError: `stream` stays the caller's.
        """

    def replace(self) -> None:
        """End now, without waiting for the client: its run id logs in again. All its routes are free on return."""
