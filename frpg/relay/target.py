"""What user connections are led to: services, and who chooses among several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from frpg.logs import PrefixedLogger
from frpg.net.stream import NO_ADDRESS, Address, Stream
from frpg.relay.counter import Counter
from frpg.relay.recent import Recent


class Service(Protocol):
    """One registered proxy: what is behind it, and what has gone through it."""

    name: str
    log: PrefixedLogger
    connections: int  # user connections at this moment
    traffic_in: Counter  # bytes from users
    traffic_out: Counter  # bytes to users
    half_close: bool  # its client can end one direction of a work connection
    recent: Recent  # what went wrong lately

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
