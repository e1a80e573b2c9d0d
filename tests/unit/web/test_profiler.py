"""Sampling the hub's thread for real."""

import sys
import time

import gevent
import pytest

from frpg.web import profiler as module
from frpg.web.profiler import MAX_DEPTH, Profiler
from tests.support.waiting import eventually


def busy_place(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        [number * number for number in range(1000)]


def deep_place(depth: int, seconds: float) -> None:
    if depth:
        deep_place(depth - 1, seconds)
    else:
        busy_place(seconds)


def test_what_runs_is_seen() -> None:
    profile = gevent.spawn(Profiler().run, 1.0)
    gevent.sleep(0)
    while not profile.ready():
        busy_place(0.02)
        gevent.sleep(0)
    found = profile.get()
    assert 1 <= found.total() <= 1.0 / module.INTERVAL + 1
    mine = [stack for stack in found if f"{__name__}.busy_place" in stack]
    assert mine
    # The outermost first, as tools for folded stacks want it.
    assert mine[0].index("test_what_runs_is_seen") < mine[0].index("busy_place")
    assert not any("\n" in stack or " " in stack for stack in found)


def test_an_idle_program_is_seen_to_wait() -> None:
    found = Profiler().run(0.1)
    assert found is not None
    assert "gevent.hub.Hub.run" in found.most_common(1)[0][0]


def test_stacks_have_a_bound() -> None:
    profile = gevent.spawn(Profiler().run, 0.2)
    gevent.sleep(0)
    while not profile.ready():
        deep_place(MAX_DEPTH * 2, 0.02)
        gevent.sleep(0)
    assert max(stack.count(";") for stack in profile.get()) == MAX_DEPTH - 1


def test_one_at_a_time() -> None:
    profiler = Profiler()
    first = gevent.spawn(profiler.run, 0.2)
    gevent.sleep(0)
    assert profiler.run(0.01) is None
    assert first.get() is not None
    assert profiler.run(0.01) is not None


def test_one_whose_visitor_is_cut_off_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    watches: list[module._Watch] = []

    class Watch(module._Watch):
        def __init__(self, thread: int, seconds: float) -> None:
            super().__init__(thread, seconds)
            self.has_ended = False
            watches.append(self)

        def run(self) -> module.Counter[str]:
            try:
                return super().run()
            finally:
                self.has_ended = True

    monkeypatch.setattr(module, "_Watch", Watch)
    profiler = Profiler()
    usual = sys.getswitchinterval()
    visitor = gevent.spawn(profiler.run, 3600.0)
    gevent.sleep(0)
    assert sys.getswitchinterval() < usual
    visitor.kill()
    assert sys.getswitchinterval() == usual
    eventually(lambda: watches[0].has_ended)
    assert profiler.run(0.01) is not None
