"""What has gone through each proxy, by name: kept while the server runs, also when the proxy has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from gevent import get_hub

from frpg.proto.messages import Login, NewProxy
from frpg.relay.counter import Counter
from frpg.relay.recent import Recent

if TYPE_CHECKING:
    from frpg.server.proxies.base import Proxy

DAYS = 7  # days of traffic that are kept, today too
KEPT_OFFLINE = 7 * 24 * 3600.0  # seconds after its end that a proxy stays in mind
MAX_OFFLINE = 10_000  # records of proxies that have ended
_PRUNE_SECONDS = 12 * 3600.0

Wall = Callable[[], float]  # Unix seconds
Bytes = tuple[int, int]  # (from users, to users)


class Record:
    """One name. Its counters are those of the proxies that had it, one after the other."""

    def __init__(self, message: NewProxy, login: Login, client_id: str) -> None:
        self.name = message.proxy_name
        self.type = message.proxy_type or "tcp"
        self.message = message
        self.user = login.user
        self.client_id = client_id  # run id where the client has no id
        self.traffic_in = Counter()  # bytes from users, since the name was first used
        self.traffic_out = Counter()  # bytes to users
        self.recent = Recent()
        self.port = 0  # that it listens on, where it has one of its own
        self.started_at = 0.0  # Unix seconds, as all times here
        self.closed_at = 0.0
        self.is_online = False
        self._proxies: list[Proxy] = []  # the present one, and those whose connections go on
        self._past: list[Bytes] = []  # of the days before today, the youngest first
        self._midnight: Bytes = (0, 0)  # the counters when today began

    @property
    def connections(self) -> int:
        """User connections at this moment."""
        return sum(proxy.connections for proxy in self._proxies)

    @property
    def today(self) -> Bytes:
        """Bytes since midnight."""
        return self.traffic_in.value - self._midnight[0], self.traffic_out.value - self._midnight[1]

    @property
    def days(self) -> list[Bytes]:
        """Bytes of the last seven days, today first."""
        past = [*self._past, *[(0, 0)] * DAYS]
        return [self.today, *past][:DAYS]

    def begin(self, proxy: Proxy, now: float) -> None:
        """`proxy` has the name now, and counts here."""
        proxy.traffic_in, proxy.traffic_out, proxy.recent = self.traffic_in, self.traffic_out, self.recent
        self._proxies = [other for other in self._proxies if other.connections] + [proxy]
        self.started_at, self.is_online = now, True

    def end(self, now: float) -> None:
        """Its options are not kept: secrets are among them, and much may be."""
        self.closed_at, self.is_online = now, False
        self.message, self.port = NewProxy(proxy_name=self.name, proxy_type=self.type), 0

    def turn_days(self, count: int) -> None:
        """`count` midnights have passed."""
        self._past = ([(0, 0)] * (count - 1) + [self.today] + self._past)[: DAYS - 1]
        self._midnight = self.traffic_in.value, self.traffic_out.value


class Statistics:
    """Owns the records. Source of the rules: server spec 7.4. Nothing yields.

    Args:
        wall: Unix seconds.
    """

    def __init__(self, wall: Wall = time.time) -> None:
        self._wall = wall
        self._records: dict[str, Record] = {}
        self._offline: dict[str, Record] = {}  # those of proxies that have ended, the longest first
        self._active: dict[str, int] = {}  # proxies by type; a type that fell to 0 stays
        self._day = _day(wall())
        self._pruned_at = wall()
        self._gone: Bytes = (0, 0)  # all bytes of records that are gone
        self._gone_today: Bytes = (0, 0)
        self._timer: Any = None

    def start(self) -> None:
        """Watch for midnights, until `close`."""
        self._timer = get_hub().loop.timer(self._next_look(), ref=False)
        self._timer.start(self._look)

    def close(self) -> None:
        """Idempotent."""
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def _look(self) -> None:
        self._catch_up()
        self.close()
        self.start()

    def _next_look(self) -> float:
        """Seconds until the next midnight, an hour at most: the clock may be set."""
        now = self._wall()
        day = time.localtime(now)
        midnight = time.mktime((day.tm_year, day.tm_mon, day.tm_mday + 1, 0, 0, 0, 0, 0, -1))
        return max(0.01, min(midnight - now, 3600.0))

    def _catch_up(self) -> None:
        """What the time asks for: new days, and the end of old records."""
        now = self._wall()
        day = _day(now)
        if day != self._day:
            passed, self._day = max(1, min(day - self._day, DAYS)), day
            self._gone_today = (0, 0)
            for record in self._records.values():
                record.turn_days(passed)
        if now - self._pruned_at >= _PRUNE_SECONDS:
            self._pruned_at = now
            self._drop(record for record in self._offline.values() if now - record.closed_at > KEPT_OFFLINE)

    # --- from the proxies

    def began(self, proxy: Proxy, login: Login, client_id: str, remote_addr: str) -> None:
        """`proxy` has started, at `remote_addr` as its client is told."""
        self._catch_up()
        message = proxy.message
        record = self._records.get(proxy.name)
        if record is None or record.type != (message.proxy_type or "tcp"):
            if record is not None:
                self._drop([record])
            record = self._records[proxy.name] = Record(message, login, client_id)
        record.message, record.user, record.client_id = message, login.user, client_id
        record.port = int(remote_addr[1:]) if record.type in ("tcp", "udp") else 0
        record.begin(proxy, self._wall())
        self._offline.pop(proxy.name, None)
        self._active[record.type] = self._active.get(record.type, 0) + 1

    def ended(self, proxy: Proxy) -> None:
        """`proxy` is closed; its joined connections go on, and count."""
        record = self._records.get(proxy.name)
        if record is not None and record.is_online:
            record.end(self._wall())
            self._offline[record.name] = record
            self._active[record.type] -= 1
            if len(self._offline) > MAX_OFFLINE:
                self._drop([next(iter(self._offline.values()))])

    # --- for who looks

    def __len__(self) -> int:
        return len(self._records)

    def get(self, name: str) -> Record | None:
        """The record of that name."""
        self._catch_up()
        return self._records.get(name)

    def records(self) -> list[Record]:
        """All, in no particular order."""
        self._catch_up()
        return list(self._records.values())

    @property
    def active(self) -> dict[str, int]:
        """How many proxies of each type run; a type that fell to 0 stays. A copy."""
        return dict(self._active)

    def today(self) -> Bytes:
        """Of all proxies together, since midnight."""
        self._catch_up()
        return add_up(self._gone_today, (record.today for record in self._records.values()))

    def total(self) -> Bytes:
        """Of all proxies together, since the server started."""
        values = self._records.values()
        return add_up(self._gone, ((record.traffic_in.value, record.traffic_out.value) for record in values))

    def connections(self) -> int:
        """Of users, at this moment."""
        return sum(record.connections for record in self._records.values())

    def prune(self) -> int:
        """Forget the proxies that have ended; returns how many those were."""
        return self._drop(self._offline.values())

    def _drop(self, records: Iterable[Record]) -> int:
        dropped = list(records)
        for record in dropped:
            del self._records[record.name]
            self._offline.pop(record.name, None)
            self._gone = add_up(self._gone, [(record.traffic_in.value, record.traffic_out.value)])
            self._gone_today = add_up(self._gone_today, [record.today])
        return len(dropped)


def add_up(first: Bytes, others: Iterable[Bytes]) -> Bytes:
    """All of them together, each way for itself."""
    total_in, total_out = first
    for way_in, way_out in others:
        total_in += way_in
        total_out += way_out
    return total_in, total_out


def _day(now: float) -> int:
    """A number that grows by one at each local midnight."""
    day = time.localtime(now)
    return date(day.tm_year, day.tm_mon, day.tm_mday).toordinal()
