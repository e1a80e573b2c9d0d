"""A web service next to the client, as the HTTP engine knows services: its connections, kept between requests."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence

from frpg.logs import PrefixedLogger
from frpg.net.address import Resolver
from frpg.net.dial import dial
from frpg.net.stream import NO_ADDRESS, Address, Stream
from frpg.net.tls import tls_client
from frpg.relay.counter import Counter
from frpg.relay.http.exchange import HttpService
from frpg.relay.http.pool import BackendPool, Sweeper
from frpg.relay.recent import Recent
from frpg.relay.target import Service

DIAL_TIMEOUT = 30.0  # seconds, for TLS too


class Upstream:
    """Implements HttpService, and Target with itself as the only service.

    Args:
        tls: for an HTTPS service; None for one that speaks plain HTTP.
    """

    half_close = True

    def __init__(
        self,
        address: Address,
        log: PrefixedLogger,
        *,
        tls: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
        sweeper: Sweeper | None = None,
    ) -> None:
        self.name = f"{address[0]}:{address[1]}"
        self.log = log
        self.connections = 0
        # The proxy counts what its users send and get, not what is made of it here.
        self.traffic_in = Counter()
        self.traffic_out = Counter()
        self.recent = Recent()
        sweeper = sweeper or Sweeper()
        self.backends = BackendPool(sweeper)
        self.http2_backends = BackendPool(sweeper)
        self._address = address
        self._tls = tls
        self._resolver = resolver

    def open(self, source: Address = NO_ADDRESS, destination: Address = NO_ADDRESS) -> Stream:
        """A new connection; the caller owns it. Blocks up to DIAL_TIMEOUT. Raises OSError."""
        ends = time.monotonic() + DIAL_TIMEOUT
        stream = dial(*self._address, timeout=DIAL_TIMEOUT, resolver=self._resolver)
        if self._tls is None:
            return stream
        return tls_client(stream, self._tls, self._address[0], timeout=ends - time.monotonic())

    def candidates(self) -> Sequence[HttpService]:
        """See Target."""
        return (self,)

    def failed(self, service: Service) -> None:
        """See Target: there is no better one."""

    def close(self) -> None:
        """Close what is idle; the others are closed after their answers."""
        self.backends.close()
        self.http2_backends.close()
