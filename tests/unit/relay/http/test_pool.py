"""Connections at rest: whom they may serve, how many, how long."""

import time

import pytest

from frpg.relay.http.pool import IDLE_SECONDS, MAX_IDLE, BackendPool, Sweeper

ONE, OTHER = ("192.0.2.1", 1), ("192.0.2.1", 2)


class Idle:
    def __init__(self, source: tuple[str, int] = ONE) -> None:
        self.source = source
        self.idle_since = 0.0
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def sweeper():  # type: ignore[no-untyped-def]
    sweeper = Sweeper()
    yield sweeper
    for pool in list(sweeper._pools):
        pool.close()
    assert sweeper._timer is None


def filled(sweeper: Sweeper, *backends: Idle, is_shared: bool = True) -> BackendPool:
    pool = BackendPool(sweeper, is_shared=is_shared)
    for backend in backends:
        pool.put(backend)
    return pool


def test_the_one_used_last_comes_first(sweeper: Sweeper) -> None:
    old, new = Idle(), Idle(OTHER)
    pool = filled(sweeper, old, new)
    assert [pool.take(ONE), pool.take(ONE), pool.take(ONE)] == [new, old, None]
    assert (old.closed, new.closed) == (0, 0)


def test_a_pool_that_is_not_shared_keeps_visitors_apart(sweeper: Sweeper) -> None:
    backends = [Idle(ONE), Idle(OTHER), Idle(ONE)]
    pool = filled(sweeper, *backends, is_shared=False)
    assert pool.take(("192.0.2.9", 1)) is None
    assert pool.take(OTHER) is backends[1]
    assert pool.take(OTHER) is None
    assert [pool.take(ONE), pool.take(ONE), pool.take(ONE)] == [backends[2], backends[0], None]


@pytest.mark.parametrize("is_shared", [True, False])
def test_one_that_has_rested_for_too_long_is_not_taken(sweeper: Sweeper, is_shared: bool) -> None:
    backend = Idle()
    pool = filled(sweeper, backend, is_shared=is_shared)
    backend.idle_since -= 2
    assert pool.take(ONE, 1.0) is None
    assert len(pool) == 1
    assert pool.take(ONE, 3.0) is backend


def test_too_many_are_closed(sweeper: Sweeper) -> None:
    backends = [Idle() for _ in range(MAX_IDLE + 3)]
    pool = filled(sweeper, *backends)
    assert len(pool) == MAX_IDLE
    assert [backend.closed for backend in backends] == [0] * MAX_IDLE + [1] * 3


def test_those_that_rest_for_long_are_closed(sweeper: Sweeper) -> None:
    old, new = Idle(), Idle()
    pool = filled(sweeper, old, new)
    old.idle_since -= 10
    pool.sweep(time.monotonic() + IDLE_SECONDS - 5)
    assert (old.closed, new.closed, len(pool)) == (1, 0, 1)
    assert sweeper._timer is not None
    pool.sweep(time.monotonic() + IDLE_SECONDS + 1)
    assert (new.closed, len(pool)) == (1, 0)
    assert sweeper._timer is None
    pool.put(Idle())
    assert sweeper._timer is not None


def test_one_timer_for_many_pools(sweeper: Sweeper) -> None:
    pools = [filled(sweeper, Idle()) for _ in range(50)]
    timer = sweeper._timer
    for pool in pools[1:]:
        pool.close()
    assert sweeper._timer is timer
    pools[0].take(ONE)
    sweeper._sweep()
    assert sweeper._timer is None


def test_removed(sweeper: Sweeper) -> None:
    backend = Idle()
    pool = filled(sweeper, backend)
    pool.remove(backend)
    pool.remove(backend)
    assert (len(pool), backend.closed) == (0, 0)


def test_after_the_end_everything_that_comes_back_is_closed(sweeper: Sweeper) -> None:
    before, after = Idle(), Idle()
    pool = filled(sweeper, before)
    pool.close()
    pool.close()
    pool.put(after)
    assert (before.closed, after.closed, len(pool)) == (1, 1, 0)
    assert pool.take(ONE) is None
