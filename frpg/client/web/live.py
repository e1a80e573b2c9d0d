"""What moves: the one answer that the pages draw themselves from, and what Prometheus reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask import Response, request

from frpg import FRP_VERSION, __version__, logs
from frpg.client.phase import Phase
from frpg.client.web.metrics import metrics
from frpg.client.web.rows import ProxyRow, live_proxies, live_visitors, proxy_rows
from frpg.net.address import join
from frpg.relay.counter import Counter
from frpg.web.answers import bare
from frpg.web.process import ProcessFigures
from frpg.web.sampler import INTERVAL, Sampler, Totals
from frpg.web.site import Site

if TYPE_CHECKING:
    from frpg.client.service import Client


class Live:
    """Of one client; takes samples from `start` to `close`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.process = ProcessFigures()
        self._sampler = Sampler(self._totals)

    def add_to(self, site: Site) -> None:
        site.route("/api/live", self._answer)
        site.route("/metrics", lambda: metrics(self))

    def start(self) -> None:
        self._sampler.start()

    def close(self) -> None:
        """Idempotent, never blocks."""
        self._sampler.close()

    def _totals(self) -> Totals:
        received, sent = self._client.tallies.moved()
        return Totals(received, sent, {"conns": sum(proxy.connections for proxy in self._client.proxies())})

    def _answer(self) -> Response:
        client = self._client
        return bare(
            {
                "now": round(time.time(), 3),
                "interval": INTERVAL,
                "startedAt": int(client.started_at),
                "logLevel": logs.level(),
                "client": _session(client),
                "config": {"path": client.changes.path, "store": client.changes.store is not None},
                "process": self.process.read(),
                "proxies": live_proxies(client),
                "visitors": live_visitors(client),
                "samples": self._sampler.since(_since()),
            }
        )

    # --- for metrics

    @property
    def is_connected(self) -> bool:
        return self._client.is_logged_in

    @property
    def logins(self) -> int:
        return self._client.standing.logins

    @property
    def login_failures(self) -> int:
        return self._client.standing.failures

    def proxies(self) -> Iterator[_Figures]:
        return (_Figures(row) for row in proxy_rows(self._client))


class _Figures:
    """One proxy, for metrics."""

    def __init__(self, row: ProxyRow) -> None:
        self.name: str = row.config.name
        self.type: str = row.config.type
        self.is_running: bool = row.status == Phase.RUNNING
        self.traffic_in: Counter = row.tally.received
        self.traffic_out: Counter = row.tally.sent
        self.connections: int = row.connections


def _session(client: Client) -> dict[str, Any]:
    config, standing = client.config, client.standing
    return {
        "user": config.user,
        "clientID": config.client_id,
        "runID": client.run_id,
        "version": __version__,
        "frpVersion": FRP_VERSION,
        "server": join((config.server_addr, config.server_port)),
        "protocol": config.transport.protocol,
        "wireProtocol": standing.wire_protocol,
        "connected": client.is_logged_in,
        "since": int(standing.since),
        "error": standing.error,
    }


def _since() -> float:
    try:
        return float(request.args.get("since", 0))
    except ValueError:
        return 0.0
