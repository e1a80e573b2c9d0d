"""Samples and their rates, on a clock of our own; one test on the hub's."""

import logging
from collections.abc import Iterator

import pytest
from gevent.event import Event

from frpg.web import sampler as module
from frpg.web.sampler import INTERVAL, KEPT, Sampler, Totals
from tests.support.waiting import eventually


class World:
    """The program that is sampled, and its clocks."""

    def __init__(self) -> None:
        self.now = 100.0
        self.wall = 1_795_413_120.0
        self.totals = Totals(0, 0)
        self.error: Exception | None = None
        self.reads = 0
        self.sampler = Sampler(self.read, lambda: self.now, lambda: self.wall)

    def read(self) -> Totals:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return self.totals

    def step(self, came: int, went: int, seconds: float = INTERVAL, **gauges: int) -> dict[str, float]:
        """The sample that is taken `seconds` later, when the totals are these."""
        self.now += seconds
        self.wall += seconds
        self.totals = Totals(came, went, gauges)
        self.sampler.sample()
        return self.sampler.since(0)[-1]


@pytest.fixture
def world() -> World:
    return World()


def test_rates_are_bytes_a_second_since_the_sample_before(world: World) -> None:
    assert world.step(1000, 2000) == {"at": world.wall, "in": 0, "out": 0}  # nothing to compare with
    assert world.step(3048, 2176) == {"at": world.wall, "in": 1024, "out": 88}
    assert world.step(3048, 2177) == {"at": world.wall, "in": 0, "out": 0}
    assert world.step(3049, 2180) == {"at": world.wall, "in": 0, "out": 2}


def test_gauges_are_taken_as_they_are(world: World) -> None:
    assert world.step(0, 0, conns=3, clients=1) == {"at": world.wall, "in": 0, "out": 0, "conns": 3, "clients": 1}
    assert world.step(0, 0, conns=0) == {"at": world.wall, "in": 0, "out": 0, "conns": 0}


def test_a_total_that_shrinks_moves_nothing(world: World) -> None:
    world.step(10_000, 10_000)
    sample = world.step(400, 12_000)
    assert (sample["in"], sample["out"]) == (0, 1000)
    assert world.step(1400, 12_000)["in"] == 500


@pytest.mark.parametrize("seconds", [0.5, 2.0, 3.7, 3600.0])
def test_rates_know_how_long_it_really_was(world: World, seconds: float) -> None:
    world.step(0, 0)
    assert world.step(round(1000 * seconds), 0, seconds)["in"] == 1000


def test_no_time_at_all_gives_no_rate(world: World) -> None:
    world.step(0, 0)
    assert world.step(5000, 0, seconds=0.0)["in"] == 0


def test_ten_minutes_are_kept(world: World) -> None:
    for count in range(KEPT + 50):
        world.step(count * 2000, 0)
    samples = world.sampler.since(0)
    assert len(samples) == KEPT == 600 / INTERVAL
    assert samples[-1]["at"] == world.wall
    assert samples[0]["at"] == world.wall - (KEPT - 1) * INTERVAL
    assert {sample["in"] for sample in samples} == {1000}


def test_only_younger_ones_are_asked_for(world: World) -> None:
    times = [world.step(0, 0)["at"] for _ in range(5)]
    assert [sample["at"] for sample in world.sampler.since(times[2])] == times[3:]
    assert [sample["at"] for sample in world.sampler.since(times[2] - 0.001)] == times[2:]
    assert world.sampler.since(times[-1]) == []
    assert world.sampler.since(float("inf")) == []
    assert len(world.sampler.since(float("-inf"))) == 5


def test_times_are_milliseconds(world: World) -> None:
    world.wall = 1.23456789
    assert world.step(0, 0, seconds=0)["at"] == 1.235


def test_what_read_raises_costs_that_sample_only(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.step(0, 0)
    world.error = RuntimeError("a fault")
    for _ in range(3):
        world.step(1000, 0)
    world.error = None
    assert world.step(8000, 0)["in"] == 1000  # over the 8 s that have passed
    assert len(world.sampler.since(0)) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR", "DEBUG", "DEBUG"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    yield


@pytest.mark.usefixtures("quick")
def test_it_goes_on_by_itself_until_it_is_closed(world: World) -> None:
    world.sampler.start()
    assert len(world.sampler.since(0)) == 1  # at once
    world.error = RuntimeError("a fault")
    eventually(lambda: world.reads > 5)
    world.error = None
    eventually(lambda: len(world.sampler.since(0)) > 5)
    world.sampler.close()
    world.sampler.close()
    reads = world.reads
    Event().wait(0.05)
    assert world.reads == reads
    assert len(world.sampler.since(0)) > 5


def test_one_that_never_started_can_be_closed(world: World) -> None:
    world.sampler.close()
    assert world.sampler.since(0) == []
