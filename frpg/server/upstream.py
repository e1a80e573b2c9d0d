"""What the server's listeners see of a client session, wherever that session lives."""

from __future__ import annotations

from typing import Protocol

from frpg.net.stream import NO_ADDRESS, Address, Stream
from frpg.proto.framing import Framing
from frpg.proto.messages import NewWorkConn


class Carrier(Protocol):
    """A multiplexed connection that streams of the client come through."""

    def close(self) -> None:
        """Close it and all its streams. Idempotent, does not yield."""


class Upstream(Protocol):
    """Holder of routes: a client session, of this process or reached through another server."""

    @property
    def framing(self) -> Framing:
        """How messages inside this session's streams are written."""

    def open(self, proxy_name: str, source: Address = NO_ADDRESS, destination: Address = NO_ADDRESS) -> Stream:
        """A stream to the service of a proxy: plaintext, its start already announced; the caller owns it.

        `source` is the user's address, `destination` the one the user hit. Blocks up to `userConnTimeout`.
        Raises FrpgError, OSError.
        """

    def offer(self, stream: Stream, message: NewWorkConn, version: int, carrier: Carrier | None) -> None:
        """Check and own a work connection, which opened with wire protocol `version`.

        `carrier`, that it came through, is closed with the session. Raises FrpgError: `stream` stays the caller's.
        """

    def replace(self) -> None:
        """End now, without waiting for the client: its run id logs in again. All its routes are free on return."""
