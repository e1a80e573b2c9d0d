from __future__ import annotations

from contextlib import ExitStack

import gevent
import pytest
from gevent.event import AsyncResult, Event

from frpg.net.mux import MuxSession
from frpg.net.stream import Stream
from tests.conformance.conftest import tcp_pair


@pytest.fixture
def stack() -> ExitStack:
    with ExitStack() as stack:
        yield stack


def echo(stream: Stream) -> None:
    stream.accept()
    while data := stream.recv():
        stream.sendall(data)
    stream.close()


def test_keepalive_closes_a_session_whose_peer_is_silent(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frpg.net.mux._PONG_TIMEOUT", 0.05)
    left, _ = tcp_pair(stack)
    why: AsyncResult = AsyncResult()
    session = MuxSession(left, is_client=True, keepalive=0.05)
    session.on_close = why.set
    stream = session.open()
    assert "keepalive" in why.get(timeout=5)
    with pytest.raises(ConnectionError):
        stream.recv()
    assert session.is_closed


def test_keepalive_keeps_a_healthy_session(stack: ExitStack) -> None:
    left, right = tcp_pair(stack)
    server = MuxSession(right, is_client=False, on_stream=echo, keepalive=0.01)
    client = MuxSession(left, is_client=True, keepalive=0.01)
    while client._core.pongs < 5 or server._core.pongs < 5:
        gevent.sleep(0.005)
    assert not client.is_closed
    client.close()
    server.close()


def test_many_streams_at_once_wait_for_their_acks(stack: ExitStack) -> None:
    left, right = tcp_pair(stack)
    server = MuxSession(right, is_client=False, on_stream=echo)
    client = MuxSession(left, is_client=True)

    def ask(number: int) -> bytes:
        stream = client.open()
        text = b"%d" % number
        stream.sendall(text)
        answer = stream.recv_exact(len(text))
        stream.close()
        return answer

    jobs = [gevent.spawn(ask, number) for number in range(600)]
    gevent.joinall(jobs, timeout=20, raise_error=True)
    assert [job.value for job in jobs] == [b"%d" % number for number in range(600)]
    client.close()
    server.close()


def test_garbage_closes_the_session_and_its_stream(stack: ExitStack) -> None:
    left, right = tcp_pair(stack)
    closed = Event()
    server = MuxSession(right, is_client=False, on_stream=echo)
    server.on_close = lambda why: closed.set()
    left.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert closed.wait(5)
    assert left.recv()[:2] == b"\x00\x03"  # GoAway
    assert right.is_closed


def test_close_flushes_small_frames(stack: ExitStack) -> None:
    left, right = tcp_pair(stack)
    got: AsyncResult = AsyncResult()
    server = MuxSession(right, is_client=False, on_stream=lambda stream: got.set(stream.recv()))
    client = MuxSession(left, is_client=True)
    client.open().write([b"last"])
    client.close()
    assert got.get(timeout=5) == b"last"
    server.close()


def test_the_end_of_the_carrier_ends_every_stream(stack: ExitStack) -> None:
    left, right = tcp_pair(stack)
    client = MuxSession(left, is_client=True)
    stream = client.open()
    blocked = gevent.spawn(stream.recv)
    gevent.idle()
    right.close()
    blocked.join(timeout=5)
    assert isinstance(blocked.exception, ConnectionError)
    with pytest.raises(ConnectionError):
        client.open()
