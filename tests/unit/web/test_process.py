"""Figures of this very process, and what happens where the system has none."""

import gc
import os
import resource
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import gevent
import psutil
import pytest
from gevent.event import Event
from greenlet import greenlet

from frpg.web.process import COUNT_PERIOD, COUNT_SHARE, PERIOD, GreenletCount, ProcessFigures, live_greenlets


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_figures_of_this_process() -> None:
    figures = ProcessFigures().read()
    assert set(figures) == {"cpuPercent", "memoryBytes", "openFiles", "openFilesLimit", "greenlets", "threads"}
    assert 1e6 < figures["memoryBytes"] < 1e10
    assert figures["openFiles"] >= 3
    assert figures["openFilesLimit"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert figures["greenlets"] >= 2
    assert figures["threads"] >= 1


def test_what_else_is_measured() -> None:
    reading = ProcessFigures().measure()
    assert reading.cpu_seconds == pytest.approx(sum(os.times()[:2]), abs=0.5)
    assert reading.started_at == pytest.approx(psutil.Process().create_time())


def test_a_file_more_is_seen(clock: Clock) -> None:
    figures = ProcessFigures(clock)
    before = figures.read()["openFiles"]
    read, write = os.pipe()
    try:
        clock.now += PERIOD
        assert figures.read()["openFiles"] == before + 2
    finally:
        os.close(read)
        os.close(write)


def test_a_reading_stands_for_a_second(clock: Clock) -> None:
    figures = ProcessFigures(clock)
    first = figures.measure()
    clock.now += PERIOD * 0.99
    assert figures.measure() is first
    clock.now += PERIOD * 0.01
    assert figures.measure() is not first


def fake_cpu(figures: ProcessFigures, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets how much processor time the process has taken."""
    spent = [0.0]
    monkeypatch.setattr(figures, "_cpu", lambda: spent[0])
    return lambda seconds: spent.__setitem__(0, seconds)


def test_percent_are_those_since_the_reading_before(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = ProcessFigures(clock)
    spend = fake_cpu(figures, monkeypatch)
    clock.now += 60
    figures.read()
    spend(1.0)
    clock.now += 4.0
    assert figures.read()["cpuPercent"] == 25.0
    clock.now += 2.0
    assert figures.read()["cpuPercent"] == 0.0
    spend(4.0)
    clock.now += 2.0
    assert figures.read()["cpuPercent"] == 150.0  # two threads


def test_no_percent_from_a_moment(clock: Clock) -> None:
    figures = ProcessFigures(clock)
    clock.now += 0.001
    sum(range(100_000))
    assert figures.read()["cpuPercent"] == 0.0


def test_percent_of_a_busy_process() -> None:
    figures = ProcessFigures()
    end = time.monotonic() + PERIOD
    while time.monotonic() < end:
        sum(range(1000))
    assert figures.read()["cpuPercent"] > 0


@pytest.mark.parametrize(
    "error", [psutil.AccessDenied(1), psutil.NoSuchProcess(1), PermissionError(), AttributeError()]
)
def test_a_system_that_tells_nothing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(psutil, "Process", lambda: SimpleNamespace(
        create_time=refuse, cpu_times=refuse, memory_info=refuse, num_fds=refuse, num_threads=refuse
    ))  # fmt: skip
    figures = ProcessFigures()
    told = figures.read()
    assert (told["cpuPercent"], told["memoryBytes"], told["openFiles"], told["threads"]) == (0, 0, 0, 0)
    assert (figures.measure().started_at, figures.measure().cpu_seconds) == (0, 0)


def test_no_limit_is_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert ProcessFigures().read()["openFilesLimit"] == 0


def test_greenlets_are_found_while_they_live() -> None:
    door = Event()
    waiting = {gevent.spawn(door.wait) for _ in range(20)}
    assert waiting <= set(live_greenlets())  # before they have begun
    gevent.sleep(0)
    assert waiting <= set(live_greenlets())
    door.set()
    gevent.joinall(waiting)
    assert not waiting & set(live_greenlets())


def test_all_kinds_of_greenlets_are_found() -> None:
    class Own(gevent.Greenlet):
        pass

    own, bare = Own(lambda: None), greenlet(lambda: None)
    assert {own, bare, gevent.get_hub(), gevent.getcurrent()} <= set(live_greenlets())


def test_greenlets_of_the_start_are_found_too() -> None:
    gc.freeze()
    try:
        found = live_greenlets()
    finally:
        gc.unfreeze()
    hub = gevent.get_hub()
    assert (found.count(hub), found.count(hub.parent)) == (1, 1)
    found = live_greenlets()
    assert (found.count(hub), found.count(hub.parent)) == (1, 1)


def test_objects_that_lie_about_their_class_are_left_alone() -> None:
    class Proxy:
        @property
        def __class__(self) -> Any:
            raise RuntimeError("outside of a request")

    proxies = [Proxy()]
    assert gc.is_tracked(proxies[0])
    assert live_greenlets()


def test_a_count_stands_for_a_while(clock: Clock) -> None:
    count = GreenletCount(clock)
    before = count.read()
    kept = [greenlet(lambda: None) for _ in range(30)]
    clock.now += COUNT_PERIOD * 0.99
    assert count.read() == before
    clock.now += COUNT_PERIOD * 0.01
    assert count.read() >= len(kept)


def test_counting_takes_a_bounded_share_of_the_time(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    searches = []

    def search() -> list[greenlet]:
        searches.append(clock.now)
        clock.now += 0.1
        return []

    monkeypatch.setattr("frpg.web.process.live_greenlets", search)
    count = GreenletCount(clock)
    for _ in range(400):
        count.read()
        clock.now += 1.0
    assert len(searches) == 4
    assert min(b - a for a, b in pairwise(searches)) >= 0.1 / COUNT_SHARE


def test_threads_are_counted(clock: Clock) -> None:
    figures = ProcessFigures(clock)
    before = figures.read()["threads"]
    # A thread of the system's own: the patched module has greenlets.
    pool = gevent.get_hub().threadpool
    pool.apply(threading.get_ident)
    clock.now += PERIOD
    assert figures.read()["threads"] >= max(before, 2)
