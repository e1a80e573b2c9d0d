"""One suite for both ways of relaying: the greenlet pair and the fast lane, over every kind of stream."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress

import gevent
import pytest
from gevent.event import Event

from frpg.net.stream import Stream
from frpg.relay.counter import Counter
from frpg.relay.relay import relay
from tests.conformance.conftest import KINDS, tcp_pair
from tests.conformance.test_stream import read_all, seeded, send_in_cuts

MEGABYTE = 1 << 20


class PullOnly:
    """Hides the push words, as a plain socket does: the greenlet pair has to serve."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        if name not in ("recv", "sendall", "shutdown", "close", "settimeout"):
            raise AttributeError(name)
        return getattr(self._stream, name)


@pytest.fixture(params=["lane", "pair"])
def way(request: pytest.FixtureRequest) -> str:
    return request.param


class Joined:
    """user <-tcp-> relay <-kind-> service."""

    def __init__(self, stack: ExitStack, kind: str, way: str, **options: object) -> None:
        self.user, near = tcp_pair(stack)
        far, self.service = KINDS[kind](stack)
        for stream in (near, far, self.service):
            stack.callback(stream.close)
        self.counters = (Counter(), Counter())
        self.done = Event()
        ends = (near, far) if way == "lane" else (PullOnly(near), PullOnly(far))
        relay(*ends, counters=self.counters, done=self.done.set, **options)


def test_every_byte_both_ways_with_random_cuts(stack: ExitStack, kind: str, way: str) -> None:
    joined = Joined(stack, kind, way)
    there, back = seeded(4 * MEGABYTE, 7), seeded(3 * MEGABYTE, 8)
    jobs = [gevent.spawn(send_in_cuts, joined.user, there, 9), gevent.spawn(send_in_cuts, joined.service, back, 10)]
    readers = [gevent.spawn(read_all, joined.service), gevent.spawn(read_all, joined.user)]
    gevent.joinall(jobs + readers, timeout=40, raise_error=True)
    assert readers[0].value == there
    assert readers[1].value == back
    assert joined.done.wait(5)
    assert [counter.value for counter in joined.counters] == [len(there), len(back)]


def test_slow_readers_on_both_ends(stack: ExitStack, kind: str, way: str) -> None:
    joined = Joined(stack, kind, way)
    data = seeded(12 * MEGABYTE, 11)
    dice = random.Random(12)

    def read_slowly(stream: Stream) -> bytes:
        parts = []
        while part := stream.recv(dice.choice((1, 5000, 65536))):
            parts.append(part)
            if dice.random() < 0.02:
                gevent.sleep(0.001)
        return b"".join(parts)

    jobs = [gevent.spawn(send_in_cuts, joined.user, data), gevent.spawn(send_in_cuts, joined.service, data)]
    readers = [gevent.spawn(read_slowly, joined.service), gevent.spawn(read_slowly, joined.user)]
    gevent.joinall(jobs + readers, timeout=60, raise_error=True)
    assert readers[0].value == data
    assert readers[1].value == data


def test_the_end_passes_through_and_the_answer_comes_back(stack: ExitStack, kind: str, way: str) -> None:
    joined = Joined(stack, kind, way)
    joined.user.sendall(b"question")
    joined.user.shutdown(socket.SHUT_WR)
    assert read_all(joined.service) == b"question"
    joined.service.sendall(b"answer")
    assert joined.user.recv_exact(6) == b"answer"
    assert not joined.done.is_set()
    joined.service.close()
    assert joined.user.recv() == b""
    assert joined.done.wait(5)


@pytest.mark.parametrize("side", [0, 1])
def test_an_end_that_ends_all(stack: ExitStack, kind: str, way: str, side: int) -> None:
    joined = Joined(stack, kind, way, ends_all=(side == 0, side == 1))
    ends = joined.user, joined.service
    ends[side].sendall(b"last words")
    ends[side].shutdown(socket.SHUT_WR)
    assert read_all(ends[1 - side]) == b"last words"
    assert joined.done.wait(5)  # although the other has not ended


def test_a_reset_on_one_end_closes_the_other(stack: ExitStack, kind: str, way: str) -> None:
    joined = Joined(stack, kind, way)
    joined.user.sendall(b"x")
    assert joined.service.recv() == b"x"
    joined.user.abort()
    assert joined.done.wait(5)
    with suppress(ConnectionResetError):  # the lane passes the reset on
        assert read_all(joined.service) == b""


def test_a_half_closed_relay_does_not_idle_for_ever(stack: ExitStack, kind: str, way: str) -> None:
    joined = Joined(stack, kind, way, idle_after_end=0.05)
    joined.user.shutdown(socket.SHUT_WR)
    assert joined.done.wait(5)


def test_bytes_read_ahead_are_relayed_first(stack: ExitStack, kind: str, way: str) -> None:
    user, near = tcp_pair(stack)
    far, service = KINDS[kind](stack)
    user.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert near.recv_exact(3) == b"GET"
    near.unread(b"GET")
    ends = (near, far) if way == "lane" else (PullOnly(near), PullOnly(far))
    relay(*ends)
    assert service.recv_exact(18) == b"GET / HTTP/1.1\r\n\r\n"
    user.close()
    service.close()
