from __future__ import annotations

from contextlib import ExitStack

import gevent
import pytest

from frpg.relay.limit import LimitedStream, Limiter
from tests.conformance.conftest import tcp_pair


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_bucket_starts_full_and_refills_at_its_rate() -> None:
    clock = Clock()
    limiter = Limiter(1000, clock=clock)
    assert limiter.reserve(1000) == 0
    assert limiter.reserve(500) == 0.5
    assert limiter.reserve(500) == 1.0
    clock.now = 1.0
    assert limiter.reserve(250) == 0.25
    clock.now = 100.0
    assert limiter.reserve(1000) == 0
    assert limiter.reserve(1) == pytest.approx(0.001)


def test_both_directions_and_all_streams_draw_from_one_bucket() -> None:
    clock = Clock()
    limiter = Limiter(100, clock=clock)
    with ExitStack() as stack:
        pairs = [tcp_pair(stack) for _ in range(2)]
        limited = [LimitedStream(left, limiter) for left, _ in pairs]
        assert limited[0].write([b"x" * 60])
        assert not limited[1].write([b"y" * 60])  # 40 tokens are left
        assert pairs[0][1].recv_exact(60) == b"x" * 60
        with gevent.Timeout(0.02, False):
            pytest.fail(f"came early: {pairs[1][1].recv()!r}")
        for stream in limited:
            stream.close()


def test_what_waits_is_still_sent_after_close() -> None:
    with ExitStack() as stack:
        left, right = tcp_pair(stack)
        limited = LimitedStream(left, Limiter(10_000))
        limited.write([b"z" * 12_000])
        limited.close()
        assert right.recv_exact(12_000) == b"z" * 12_000
        assert right.recv() == b""
