"""The rows of the table: what is measured over which transport, by stable names."""

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .kinds.base import Kind
from .kinds.bulk import Bulk, Iperf
from .kinds.dashboard import OVERVIEW, Answer, Watched
from .kinds.http import Requests
from .kinds.idle_web import IdleVisitors
from .kinds.memory import IdleMemory, RestMemory
from .kinds.plugins import PluginBulk, StaticFiles
from .kinds.small import Datagrams, NewConnections, PingPong
from .kinds.startup import ClientStart, ServerStart
from .kinds.vhost import Lookup, WebRequests
from .plans import ONE_SITE, Routes
from .services import HTTP_PROXY, SOCKS5
from .transports import ALL, DEFAULT, MUX, NOMUX, Transport

THREE = (DEFAULT, MUX, NOMUX)
TWO = (DEFAULT, MUX)
IDLE = 5000  # connections: in one process of each end twice as many descriptors without a mux
VISITORS = 2000
DOMAINS = (1, 50, 500, 5000)
LOCATIONS = 50  # of each domain of a lookup


@dataclass(frozen=True)
class Row:
    """One line of the table for each contender."""

    name: str
    kind: Kind
    transport: Transport

    @property
    def title(self) -> str:
        return f"{self.kind.title}; {self.transport.title}"

    @property
    def base(self) -> str:
        """Name of the row that it is compared with; empty without one, and for that row itself."""
        name = f"{self.kind.base}/{self.transport.name}" if self.kind.base else ""
        return name if name != self.name else ""


# name, kind, transports
_TABLE: tuple[tuple[str, Kind, Sequence[Transport]], ...] = (
    ("download-1", Bulk(1), ALL),
    ("download-8", Bulk(8), ALL),
    ("upload-1", Bulk(1, is_upload=True), ALL),
    ("encryption", Bulk(1, stage="encryption"), (DEFAULT,)),
    ("compression", Bulk(1, stage="compression"), (DEFAULT,)),
    ("encryption-compression", Bulk(1, stage="both"), (DEFAULT,)),
    ("iperf3-1", Iperf(1), (DEFAULT, NOMUX)),
    ("iperf3-8", Iperf(8), (DEFAULT, NOMUX)),
    ("pingpong-1", PingPong(1), THREE),
    ("pingpong-10", PingPong(10), THREE),
    ("pingpong-100", PingPong(100), THREE),
    ("connect", NewConnections(16), THREE),
    ("http-keepalive", Requests(closes=False), THREE),
    ("http-close", Requests(closes=True), THREE),
    ("vhost-keepalive-1k", WebRequests(), TWO),
    ("vhost-keepalive-100k", WebRequests(is_large=True), TWO),
    ("vhost-close-1k", WebRequests(closes=True), TWO),
    ("vhost-close-100k", WebRequests(closes=True, is_large=True), TWO),
    (Lookup.base, Lookup(routes=ONE_SITE), (DEFAULT,)),
    *((f"lookup-{many}x{LOCATIONS}", Lookup(routes=Routes(many, LOCATIONS)), (DEFAULT,)) for many in DOMAINS),
    ("static-100k", StaticFiles(), TWO),
    ("static-close-100k", StaticFiles(closes=True), TWO),
    ("http-proxy-bulk", PluginBulk(1, plugin=HTTP_PROXY), TWO),
    ("socks5-bulk", PluginBulk(1, plugin=SOCKS5), TWO),
    ("udp-64", Datagrams(64), TWO),
    ("udp-1200", Datagrams(1200), TWO),
    ("memory-rest", RestMemory(), THREE),
    ("memory-idle", IdleMemory(IDLE), THREE),
    ("idle-http", IdleVisitors(VISITORS), (DEFAULT,)),
    ("dashboard-overview", Answer(OVERVIEW, "overview"), (DEFAULT,)),
    ("dashboard-proxies", Answer("/api/v2/proxies?page=20&pageSize=50", "a page of 50 proxies"), (DEFAULT,)),
    ("dashboard-scrape", Answer("/metrics", "a scrape by Prometheus"), (DEFAULT,)),
    ("dashboard-open", Watched(), (DEFAULT,)),
    ("start-server", ServerStart(), (DEFAULT,)),
    ("start-client", ClientStart(), (DEFAULT,)),
)

ROWS = tuple(
    Row(f"{name}/{transport.name}", kind, transport) for name, kind, transports in _TABLE for transport in transports
)


def select(patterns: Iterable[str], rows: Sequence[Row] = ROWS) -> list[Row]:
    """The rows that match one of the patterns, all without a pattern, in the order of the table.

    Raises:
        ValueError: a pattern that matches nothing.
    """
    chosen: set[str] = set()
    for pattern in (wanted := list(patterns)):
        found = _matching(pattern, [row.name for row in rows])
        if not found:
            raise ValueError(f"no row matches {pattern!r}; --list prints them")
        chosen |= found
    return [row for row in rows if not wanted or row.name in chosen]


def _matching(pattern: str, names: Iterable[str]) -> set[str]:
    """By wildcard; without one a whole name, or else a whole side of the slash, or else a part of the name."""
    names = set(names)
    if any(character in pattern for character in "*?["):
        return {name for name in names if fnmatch.fnmatchcase(name, pattern)}
    whole = {name for name in names if pattern == name or pattern in name.split("/")}
    return whole or {name for name in names if pattern in name}
