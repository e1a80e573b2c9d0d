"""The server as its operators see it: one place that reads what the data plane works with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from frpg import logs
from frpg.net.address import join
from frpg.relay.http.site import Connection
from frpg.relay.target import Service
from frpg.server.bans import Bans
from frpg.server.clients import ClientRecord, client_key
from frpg.server.context import Context
from frpg.server.controls import Controls
from frpg.server.pool import Waits
from frpg.server.registry import Entry
from frpg.server.routes import Route
from frpg.server.statistics import Record
from frpg.server.upstream import Upstream
from frpg.server.users import UserConnection
from frpg.web.process import ProcessFigures
from frpg.web.sampler import Sampler, Totals


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """A visitor's, now open."""

    id: int
    type: str
    record: Record | None  # of the proxy that serves it
    address: str  # the visitor's
    since: float  # Unix seconds
    moved: tuple[int, int] | None  # bytes from and to the visitor; None where nobody counts
    cut: Callable[[], None]


class Board:
    """Implements Observed. Changes nothing but the samples that it keeps."""

    def __init__(
        self, context: Context, controls: Controls, fronts: Callable[[], Iterable[Connection]], gate: Callable[[], int]
    ) -> None:
        """
        Args:
            fronts: the connections of the web port.
            gate: how many strangers there are.
        """
        self.context = context
        self.started_at = time.time()
        self.sampler = Sampler(self._totals)
        self._controls = controls
        self._fronts = fronts
        self._gate = gate

    @cached_property
    def process(self) -> ProcessFigures:
        """Of this program."""
        return ProcessFigures()

    @property
    def now(self) -> float:
        """Unix seconds."""
        return round(time.time(), 3)

    def _totals(self) -> Totals:
        statistics = self.context.statistics
        return Totals(*statistics.total(), {"conns": statistics.connections(), "clients": self.clients})

    # --- figures

    @property
    def clients(self) -> int:
        """See Observed."""
        return len(self.context.clients)

    @property
    def active(self) -> Mapping[str, int]:
        """See Observed."""
        return self.context.statistics.active

    def proxies(self) -> list[Record]:
        """See Observed."""
        return self.context.statistics.records()

    @property
    def total(self) -> tuple[int, int]:
        """See Observed."""
        return self.context.statistics.total()

    @property
    def sessions(self) -> int:
        """See Observed."""
        return self.context.clients.sessions

    @property
    def refusals(self) -> Mapping[str, int]:
        """See Observed."""
        return self.context.refusals.counts

    @property
    def strangers(self) -> int:
        """See Observed."""
        return self._gate()

    @property
    def waiting_users(self) -> int:
        """See Observed."""
        return sum(control.pool.waiting for control in self._controls)

    @property
    def idle_work_connections(self) -> int:
        """See Observed."""
        return sum(len(control.pool) for control in self._controls)

    @property
    def waits(self) -> Waits:
        """See Observed."""
        return self.context.waits

    @property
    def log_lines_lost(self) -> int:
        """See Observed."""
        return logs.lines_lost()

    @property
    def bans(self) -> Bans:
        """What the operator has closed."""
        return self.context.bans

    # --- who is there

    def clients_sorted(self) -> list[ClientRecord]:
        """All, by user, client id and key."""
        return sorted(self.context.clients.records(), key=lambda each: (each.user, each.client_id, each.key))

    def proxies_of(self, client: ClientRecord) -> list[Record]:
        """Those that are or were the client's."""
        return [
            record for record in self.proxies() if record.user == client.user and record.client_id == client.shown_id
        ]

    def session(self, client: ClientRecord) -> Upstream | None:
        """The client's session, wherever it is."""
        return _holder(self.context.registry.lookup(Route("run", client.run_id))) if client.run_id else None

    def owner(self, name: str) -> Upstream | None:
        """The session that has the proxy of that name."""
        return _holder(self.context.registry.lookup(Route("proxy", name)))

    def is_online(self, record: Record) -> bool:
        """Whether the name is registered now, here or on another server."""
        return self.context.registry.lookup(Route("proxy", record.name)) is not None

    # --- visitors

    def connections(self) -> list[OpenConnection]:
        """Those that are open now, in no particular order."""
        now_clock, now = time.monotonic(), time.time()
        found = [self._relayed(user) for user in self.context.users.served()]
        for front in self._fronts():
            address, since = join(front.stream.remote_addr), now - (now_clock - front.since)
            record = self._record(front.service)
            found.append(OpenConnection(front.id, "http", record, address, since, None, front.close))
        return found

    def _relayed(self, user: UserConnection) -> OpenConnection:
        record = self._record(user.service)
        kind = record.type if record is not None else ""
        moved = user.relay.moved if user.relay is not None else (0, 0)
        return OpenConnection(user.id, kind, record, join(user.stream.remote_addr), user.since, moved, user.cut)

    def _record(self, service: Service | None) -> Record | None:
        return self.context.statistics.get(service.name) if service is not None else None


def _holder(entry: Entry[Upstream] | None) -> Upstream | None:
    return entry.holder if entry is not None else None


def key_of(record: Record) -> str:
    """The key of the client that a proxy is or was of."""
    return client_key(record.user, record.client_id)
