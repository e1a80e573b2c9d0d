"""What every connection to a service is, whatever it speaks: its visitor's or idle, counted, and ended once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from frpg.net.address import join
from frpg.net.stream import Address, Stream
from frpg.relay.http.pool import BackendPool

if TYPE_CHECKING:
    from frpg.relay.http.exchange import Exchange, HttpService

logger = logging.getLogger(__name__)


class ServiceConnection:
    """Owns `stream`, a work connection opened for the visitor at `source`."""

    __slots__ = ("_exchange", "idle_since", "is_reused", "service", "source", "stream")

    def __init__(self, service: HttpService, stream: Stream, source: Address) -> None:
        self.service = service
        self.stream = stream
        self.source = source
        self.is_reused = False  # it has answered before
        self.idle_since = 0.0  # monotonic seconds
        self._exchange: Exchange | None = None  # that it works for
        service.connections += 1

    def close(self) -> None:
        """End a connection that nobody uses. Idempotent."""
        if not self.stream.is_closed:
            self._leave()
            self.stream.close()

    def _leave(self) -> None:
        self._exchange = None
        self.service.connections -= 1

    def _end_idle(self, pool: BackendPool, why: str) -> None:
        """It has ended in `pool`, or is not fit for use any more."""
        logger.debug("idle connection to [%s] for [%s] ended: %s", self.service.name, join(self.source), why)
        pool.remove(self)
        self.close()
