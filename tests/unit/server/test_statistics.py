"""What is kept of each proxy: days over midnight, names that come back, what is forgotten, totals that never shrink."""

import time
from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from frpg.proto.messages import Login, NewProxy
from frpg.relay.counter import Counter
from frpg.relay.recent import Recent
from frpg.server import statistics as module
from frpg.server.statistics import DAYS, KEPT_OFFLINE, Record, Statistics

DAY = 86400.0
HOUR = 3600.0
ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Asia/Kolkata",
)


class Clock:
    """Unix seconds that a test moves."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class FakeProxy:
    """As much of a proxy as statistics look at."""

    def __init__(self, name: str = "p", kind: str = "tcp") -> None:
        self.name = name
        self.message = NewProxy(proxy_name=name, proxy_type=kind)
        self.connections = 0
        self.traffic_in, self.traffic_out, self.recent = Counter(), Counter(), Recent()

    def carry(self, came: int, went: int = 0) -> None:
        self.traffic_in.value += came
        self.traffic_out.value += went


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Sets the local time zone, for one test."""

    def choose(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield choose
    monkeypatch.undo()
    time.tzset()


def local(*fields: int) -> float:
    """Unix seconds of a local (year, month, day, hour, minute)."""
    year, month, day, hour, minute = (*fields, 0, 0)[:5]
    return time.mktime((year, month, day, hour, minute, 0, 0, 0, -1))


def begin(statistics: Statistics, proxy: Any, **login: Any) -> Record:
    statistics.began(proxy, Login(**login), "cid", ":6000" if proxy.message.proxy_type in ("", "tcp", "udp") else "")
    record = statistics.get(proxy.name)
    assert record is not None
    return record


@pytest.fixture
def clock() -> Clock:
    return Clock(local(2026, 3, 10, 12))


@pytest.fixture
def statistics(clock: Clock) -> Statistics:
    return Statistics(clock)


# --- days


@pytest.mark.parametrize("name", ZONES)
def test_every_midnight_of_two_years_begins_one_new_day(zone: Any, name: str) -> None:
    zone(name)
    clock = Clock(local(2025, 1, 1, 12))
    statistics, proxy = Statistics(clock), FakeProxy()
    record = begin(statistics, proxy)
    for day in range(2, 732):
        proxy.carry(day)
        clock.now = local(2025, 1, day, 0, 1)
        assert statistics.get("p") is record
        assert record.days[:2] == [(0, 0), (day, 0)], f"day {day} of 2025 in {name}"
        clock.now = local(2025, 1, day, 23, 59)
        statistics.records()
        assert record.days[:2] == [(0, 0), (day, 0)], f"day {day} of 2025 in {name}"


def test_today_comes_first_and_seven_days_are_kept(statistics: Statistics, clock: Clock) -> None:
    proxy = FakeProxy()
    record = begin(statistics, proxy)
    for day in range(1, 10):
        proxy.carry(day, 10 * day)
        clock.now += DAY
        statistics.records()
    proxy.carry(10, 100)
    assert record.days == [(day, 10 * day) for day in range(10, 3, -1)]
    assert len(record.days) == DAYS


def test_days_without_a_look_are_empty_ones(statistics: Statistics, clock: Clock) -> None:
    proxy = FakeProxy()
    record = begin(statistics, proxy)
    proxy.carry(5)
    clock.now += 3 * DAY
    statistics.records()
    assert record.days == [(0, 0), (0, 0), (0, 0), (5, 0), (0, 0), (0, 0), (0, 0)]
    clock.now += 400 * DAY
    statistics.records()
    assert record.days == [(0, 0)] * DAYS


def test_a_clock_that_is_set_back_loses_no_byte(statistics: Statistics, clock: Clock) -> None:
    proxy = FakeProxy()
    record = begin(statistics, proxy)
    proxy.carry(5)
    clock.now -= 30 * DAY
    statistics.records()
    proxy.carry(2)
    assert sum(day[0] for day in record.days) == 7
    assert statistics.total() == (7, 0)


def test_today_of_all_is_the_sum_and_begins_anew(statistics: Statistics, clock: Clock) -> None:
    proxies = [FakeProxy(name) for name in "abc"]
    for proxy in proxies:
        begin(statistics, proxy)
        proxy.carry(1, 2)
    assert statistics.today() == (3, 6)
    clock.now += DAY
    assert statistics.today() == (0, 0)
    proxies[0].carry(4)
    assert statistics.today() == (4, 0)
    assert statistics.total() == (7, 6)


def test_midnight_is_noticed_without_anybody_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(local(2026, 3, 10, 23, 59) + 59.9)
    statistics, proxy = Statistics(clock), FakeProxy()
    record = begin(statistics, proxy)
    proxy.carry(3)
    statistics.start()
    try:
        clock.now += 1
        with gevent.Timeout(5):
            while record.days[0] != (0, 0):
                gevent.sleep(0.01)
        assert record.days[1] == (3, 0)
    finally:
        statistics.close()
        statistics.close()


# --- names that come back


def test_the_same_type_goes_on(statistics: Statistics, clock: Clock) -> None:
    first, second = FakeProxy(), FakeProxy()
    record = begin(statistics, first)
    first.carry(5)
    clock.now += 1
    statistics.ended(first)  # type: ignore[arg-type]
    assert (record.is_online, record.closed_at) == (False, clock.now)
    clock.now += 1
    assert begin(statistics, second, user="alice") is record
    second.carry(2)
    assert (record.today, record.user, record.started_at) == ((7, 0), "alice", clock.now)


def test_nothing_of_its_options_is_kept_of_a_proxy_that_has_ended(statistics: Statistics) -> None:
    proxy = FakeProxy()
    proxy.message = NewProxy(proxy_name="p", http_pwd="s3cret", metas={"k": "v" * 60000}, custom_domains=["a.test"])
    record = begin(statistics, proxy)
    assert (record.message, record.port) == (proxy.message, 6000)
    statistics.ended(proxy)  # type: ignore[arg-type]
    assert (record.message, record.port) == (NewProxy(proxy_name="p", proxy_type="tcp"), 0)


@pytest.mark.parametrize("missing", [("", "tcp"), ("tcp", "")])
def test_no_type_is_tcp(statistics: Statistics, missing: tuple[str, str]) -> None:
    first, second = (FakeProxy(kind=kind) for kind in missing)
    record = begin(statistics, first)
    statistics.ended(first)  # type: ignore[arg-type]
    assert begin(statistics, second) is record
    assert statistics.active == {"tcp": 1}


def test_another_type_begins_anew_and_the_totals_stay(statistics: Statistics) -> None:
    first, second = FakeProxy(), FakeProxy(kind="udp")
    before = begin(statistics, first)
    before.recent.add("it went wrong")
    first.carry(5, 1)
    statistics.ended(first)  # type: ignore[arg-type]
    record = begin(statistics, second)
    assert (record.type, record.today, record.recent.youngest_first()) == ("udp", (0, 0), [])
    assert statistics.total() == statistics.today() == (5, 1)
    assert statistics.active == {"tcp": 0, "udp": 1}
    assert len(statistics) == 1


def test_connections_of_a_proxy_that_has_ended_still_count(statistics: Statistics) -> None:
    first, second = FakeProxy(), FakeProxy()
    record = begin(statistics, first)
    first.connections = 2
    statistics.ended(first)  # type: ignore[arg-type]
    assert record.connections == statistics.connections() == 2
    begin(statistics, second)
    second.connections = 1
    assert record.connections == 3
    first.carry(7)  # they go on
    assert record.today == (7, 0)
    first.connections = 0
    assert statistics.connections() == 1


# --- what is forgotten


def test_prune_forgets_those_that_have_ended(statistics: Statistics) -> None:
    gone, there = FakeProxy("gone"), FakeProxy("there")
    for proxy in (gone, there):
        begin(statistics, proxy)
        proxy.carry(5)
    statistics.ended(gone)  # type: ignore[arg-type]
    assert statistics.prune() == 1
    assert statistics.prune() == 0
    assert [record.name for record in statistics.records()] == ["there"]
    assert statistics.total() == statistics.today() == (10, 0)
    statistics.ended(gone)  # type: ignore[arg-type]  # twice, and long gone
    assert statistics.active == {"tcp": 1}


def test_a_week_after_its_end_a_proxy_is_forgotten(statistics: Statistics, clock: Clock) -> None:
    old, young, online = FakeProxy("old"), FakeProxy("young"), FakeProxy("online")
    for proxy in (old, young, online):
        begin(statistics, proxy)
        proxy.carry(1)
    statistics.ended(old)  # type: ignore[arg-type]
    clock.now += DAY
    statistics.ended(young)  # type: ignore[arg-type]
    clock.now += KEPT_OFFLINE - HOUR
    assert sorted(record.name for record in statistics.records()) == ["online", "young"]
    clock.now += 13 * HOUR
    assert [record.name for record in statistics.records()] == ["online"]
    assert statistics.total() == (3, 0)


def test_one_that_came_back_is_not_forgotten(statistics: Statistics, clock: Clock) -> None:
    first, second = FakeProxy(), FakeProxy()
    record = begin(statistics, first)
    statistics.ended(first)  # type: ignore[arg-type]
    begin(statistics, second)
    clock.now += 30 * DAY
    assert statistics.records() == [record]
    assert statistics.prune() == 0


def test_bound_of_those_that_have_ended(statistics: Statistics, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OFFLINE", 3)
    begin(statistics, FakeProxy("online"))
    for number in range(6):
        clock.now += 1
        proxy = FakeProxy(str(number))
        begin(statistics, proxy)
        proxy.carry(1)
        statistics.ended(proxy)  # type: ignore[arg-type]
    assert sorted(record.name for record in statistics.records()) == ["3", "4", "5", "online"]
    assert statistics.total() == statistics.today() == (6, 0)


def test_the_one_that_ended_first_makes_room_though_it_began_last(
    statistics: Statistics, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_OFFLINE", 1)
    first, last = FakeProxy("first"), FakeProxy("last")
    for proxy in (first, last):
        begin(statistics, proxy)
    for proxy in (last, first):
        clock.now += 1
        statistics.ended(proxy)  # type: ignore[arg-type]
    assert [record.name for record in statistics.records()] == ["first"]


def test_many_that_end_at_once_do_not_look_at_each_other(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client with many proxies leaves in one turn of the loop: the work must grow with their number only."""
    looks = 0

    class Watched(Record):
        @property
        def closed_at(self) -> float:  # type: ignore[override]
            nonlocal looks
            looks += 1
            return 0.0

        @closed_at.setter
        def closed_at(self, value: float) -> None: ...

    monkeypatch.setattr(module, "Record", Watched)
    monkeypatch.setattr(module, "MAX_OFFLINE", 100)
    statistics = Statistics(clock)
    proxies = [FakeProxy(str(number)) for number in range(300)]
    for proxy in proxies:
        begin(statistics, proxy)
    for proxy in proxies:
        statistics.ended(proxy)  # type: ignore[arg-type]
    assert len(statistics) == 100
    assert looks <= 2 * len(proxies)
