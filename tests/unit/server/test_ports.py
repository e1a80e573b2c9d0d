"""Ports: allowed, used, unavailable, random, and the same one for a proxy that comes back."""

import random
from collections.abc import Callable

import pytest

from frpg.errors import RouteConflict
from frpg.server.ports import RESERVED_SECONDS, SWEEP_SECONDS, PortManager


class Clock:
    """Time that passes when told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def manager(clock: Clock, *ranges: tuple[int, int], trial: Callable[[int], bool] = lambda port: True) -> PortManager:
    return PortManager(ranges, trial=trial, clock=clock, chance=random.Random(7))


def refusal(ports: PortManager, name: str, port: int = 0) -> str:
    with pytest.raises(RouteConflict) as caught:
        ports.acquire(name, port)
    return caught.value.reason


def test_asked_port_is_given_once(clock: Clock) -> None:
    ports = manager(clock)
    assert ports.acquire("a", 6000) == 6000
    assert refusal(ports, "b", 6000) == "port already used"
    ports.release(6000)
    assert ports.acquire("b", 6000) == 6000
    assert ports.used == {6000: "b"}


@pytest.mark.parametrize("port", [999, 1005, 2001, 65536, -1])
def test_port_outside_the_allowed_ranges(clock: Clock, port: int) -> None:
    assert refusal(manager(clock, (2000, 2000), (1000, 1004)), "a", port) == "port not allowed"


@pytest.mark.parametrize("port", [1000, 1004, 2000])
def test_ends_of_the_ranges_are_allowed(clock: Clock, port: int) -> None:
    assert manager(clock, (2000, 2000), (1000, 1004)).acquire("a", port) == port


def test_without_ranges_all_ports_are_allowed(clock: Clock) -> None:
    ports = manager(clock)
    assert ports.acquire("a", 1) == 1
    assert ports.acquire("b", 65535) == 65535
    assert refusal(ports, "c", 65536) == "port not allowed"


def test_ranges_outside_the_numbers_of_ports_allow_none(clock: Clock) -> None:
    ports = manager(clock, (70000, 80000), (-5, 0))
    assert refusal(ports, "a", 70000) == "port not allowed"
    assert refusal(ports, "a") == "no available port"


def test_port_of_somebody_else_is_unavailable(clock: Clock) -> None:
    assert refusal(manager(clock, trial=lambda port: False), "a", 6000) == "port unavailable"


def test_random_ports_are_different_and_run_out(clock: Clock) -> None:
    ports = manager(clock, (1000, 1009), (1005, 1011), (3000, 3000))
    given = {ports.acquire(f"p{number}") for number in range(13)}
    assert given == {*range(1000, 1012), 3000}
    assert refusal(ports, "late") == "no available port"
    ports.release(1003)
    assert ports.acquire("late") == 1003


def test_random_port_of_many_is_an_allowed_one(clock: Clock) -> None:
    ports = manager(clock, (20000, 20999), (30000, 30999))
    given = {ports.acquire(f"p{number}") for number in range(1500)}
    assert len(given) == 1500
    assert all(20000 <= port <= 20999 or 30000 <= port <= 30999 for port in given)
    assert {port // 10000 for port in given} == {2, 3}


def test_five_random_ports_are_tried(clock: Clock) -> None:
    tried: list[int] = []

    def trial(port: int) -> bool:
        tried.append(port)
        return False

    assert refusal(manager(clock, (1000, 1999), trial=trial), "a") == "no available port"
    assert len(set(tried)) == len(tried) == 5


@pytest.mark.parametrize("asked", [0, 1234])
def test_same_name_gets_the_same_port_back(clock: Clock, asked: int) -> None:
    ports = manager(clock)
    port = ports.acquire("a", asked)
    ports.release(port)
    clock.now += RESERVED_SECONDS - 1
    assert ports.acquire("a") == port


def test_reservation_does_not_stop_others(clock: Clock) -> None:
    ports = manager(clock, (1000, 1001))
    port = ports.acquire("a")
    ports.release(port)
    assert ports.acquire("b", port) == port
    assert ports.acquire("a") != port


def test_reserved_port_that_cannot_be_bound_is_replaced(clock: Clock) -> None:
    taken: set[int] = set()
    ports = manager(clock, (1000, 1099), trial=lambda port: port not in taken)
    port = ports.acquire("a")
    ports.release(port)
    taken.add(port)
    assert ports.acquire("a") != port


def test_reservation_ends_after_a_day(clock: Clock) -> None:
    ports = manager(clock)
    port = ports.acquire("a")
    ports.release(port)
    clock.now += RESERVED_SECONDS + SWEEP_SECONDS
    assert ports.acquire("a") != port


def test_reservation_of_a_living_proxy_does_not_end(clock: Clock) -> None:
    ports = manager(clock)
    port = ports.acquire("a")
    clock.now += 10 * RESERVED_SECONDS
    ports.acquire("b")
    ports.release(port)
    assert ports.acquire("a") == port


def test_release_of_an_unknown_port_is_ignored(clock: Clock) -> None:
    manager(clock).release(6000)
