"""The pool of work connections: order, refill, waiting, limits, the end."""

import gevent
import pytest

from frpg.server.pool import EXTRA, NoWorkConnection, PoolFull, WorkPool
from tests.unit.server.fakes import FakeStream


class Client:
    """Counts what a pool asks it for."""

    def __init__(self, size: int, timeout: float = 5.0) -> None:
        self.requests = 0
        self.now = 0.0
        self.pool = WorkPool(size, request=self._note, timeout=timeout, clock=lambda: self.now)

    def _note(self, count: int) -> None:
        self.requests += count

    def give(self, count: int = 1) -> list[FakeStream]:
        streams = [FakeStream() for _ in range(count)]
        for stream in streams:
            self.pool.put(stream)
        return streams


def start_taking(pool: WorkPool) -> gevent.Greenlet:
    """A greenlet that waits in `take`."""
    job = gevent.spawn(pool.take)
    gevent.idle()
    assert not job.ready()
    return job


@pytest.mark.parametrize("size", [0, 1, 5])
def test_fill_asks_for_the_size(size: int) -> None:
    client = Client(size)
    client.pool.fill()
    assert client.requests == size


def test_oldest_is_taken_first_and_each_is_replaced() -> None:
    client = Client(2)
    client.pool.fill()
    first, second = client.give(2)
    assert client.pool.take() is first
    assert client.requests == 3
    assert client.pool.take() is second
    assert client.requests == 4


def test_user_of_an_empty_pool_waits() -> None:
    client = Client(0)
    job = start_taking(client.pool)
    assert client.requests >= 1
    (stream,) = client.give()
    assert job.get(timeout=5) is stream


def test_waiting_users_are_served_in_order() -> None:
    client = Client(1)
    jobs = [start_taking(client.pool) for _ in range(3)]
    streams = client.give(3)
    assert [job.get(timeout=5) for job in jobs] == streams


def test_burst_asks_for_what_it_needs_and_the_refill() -> None:
    client = Client(1)
    client.pool.fill()
    jobs = [start_taking(client.pool) for _ in range(20)]
    assert client.requests == 21
    client.give(20)
    gevent.joinall(jobs, timeout=5, raise_error=True)
    assert client.requests == 21
    client.give()
    assert len(client.pool) == 1


def test_request_that_was_lost_is_not_counted_for_ever() -> None:
    client = Client(1, timeout=10)
    client.give()
    client.pool.take()
    client.now = 11.0  # the refill never came
    client.give()
    client.pool.take()
    requests = client.requests
    client.give()
    client.pool.take()
    assert client.requests == requests + 1


def test_waiting_ends_with_the_reason() -> None:
    client = Client(0, timeout=0.01)
    with pytest.raises(NoWorkConnection) as caught:
        client.pool.take()
    assert caught.value.reason == "timeout trying to get work connection"
    client.give()
    assert len(client.pool) == 1


def test_stream_for_a_user_that_left_goes_to_the_next() -> None:
    client = Client(0)
    gone, next_one = start_taking(client.pool), start_taking(client.pool)
    gone.kill(block=False)
    (stream,) = client.give()
    assert next_one.get(timeout=5) is stream


def test_user_that_left_is_forgotten() -> None:
    client = Client(0)
    start_taking(client.pool).kill()
    (stream,) = client.give()
    assert len(client.pool) == 1
    assert client.pool.take() is stream


def test_full_pool_refuses() -> None:
    client = Client(2)
    client.give(2 + EXTRA)
    stream = FakeStream()
    with pytest.raises(PoolFull) as caught:
        client.pool.put(stream)
    assert caught.value.reason == "work connection pool is full, discarding"
    assert not stream.is_closed
    client.pool.close()


@pytest.mark.parametrize("end", ["end", "error", "data"])
def test_idle_stream_that_ends_leaves_the_pool(end: str) -> None:
    client = Client(2)
    dead, alive = client.give(2)
    if end == "end":
        dead.end()
    elif end == "error":
        dead.fail(ConnectionResetError())
    else:
        dead.feed(b"not my turn")
    assert dead.is_closed
    assert client.pool.take() is alive


def test_stream_that_is_dead_on_arrival_is_not_kept() -> None:
    client = Client(1)
    client.pool.put(FakeStream(ended=True))
    assert len(client.pool) == 0


def test_close_ends_streams_and_waits() -> None:
    client = Client(1)
    (idle,) = client.give()
    client.pool.close()
    client.pool.close()
    assert idle.is_closed
    for call in (client.pool.take, lambda: client.pool.put(FakeStream())):
        with pytest.raises(NoWorkConnection):
            call()


def test_close_wakes_who_waits() -> None:
    client = Client(0)
    job = start_taking(client.pool)
    client.pool.close()
    with pytest.raises(NoWorkConnection) as caught:
        job.get(timeout=5)
    assert caught.value.reason == "control is already closed"
