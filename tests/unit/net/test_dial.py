from __future__ import annotations

import socket

import pytest
from gevent.event import AsyncResult

from frpg.net.dial import Dialling, dial
from frpg.net.failure import NetError
from frpg.net.listener import Listener


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_refused_is_told_with_the_target() -> None:
    port = closed_port()
    with pytest.raises(NetError) as caught:
        dial("127.0.0.1", port)
    assert str(caught.value) == f"dial tcp 127.0.0.1:{port}: connect: connection refused"


def test_the_first_address_that_answers_is_taken() -> None:
    accepted: AsyncResult = AsyncResult()
    listener = Listener(("127.0.0.1", 0), accepted.set)
    listener.start()
    endpoints = [
        (socket.AF_INET, ("127.0.0.1", closed_port())),
        (socket.AF_INET, ("127.0.0.1", listener.port)),
    ]
    client = dial("two-addresses", 1, resolver=lambda host, port: endpoints, local_ip="127.0.0.2")
    stream = accepted.get(timeout=5)
    assert stream.remote_addr[0] == "127.0.0.2"
    for closing in (client, stream, listener):
        closing.close()


def test_an_unknown_name_and_no_address_are_errors() -> None:
    with pytest.raises(OSError):
        dial("does-not-exist.invalid", 80, timeout=5)
    with pytest.raises(NetError):
        dial("empty", 80, resolver=lambda host, port: [])


def test_a_full_backlog_ends_at_the_deadline() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        held = [socket.socket() for _ in range(4)]
        try:
            for one in held:
                one.setblocking(False)
                one.connect_ex(sock.getsockname())
            with pytest.raises(TimeoutError, match="i/o timeout"):
                dial("127.0.0.1", sock.getsockname()[1], timeout=0.05)
        finally:
            for one in held:
                one.close()


def test_a_dial_on_this_machine_is_done_at_once() -> None:
    accepted: AsyncResult = AsyncResult()
    listener = Listener(("127.0.0.1", 0), accepted.set)
    listener.start()
    dialling = Dialling((socket.AF_INET, ("127.0.0.1", listener.port)))
    assert not dialling.is_under_way
    client = dialling.finish(0)
    for closing in (client, accepted.get(timeout=5), listener):
        closing.close()


def test_a_refusal_too_is_known_at_once() -> None:
    dialling = Dialling((socket.AF_INET, ("127.0.0.1", closed_port())))
    assert not dialling.is_under_way
    with pytest.raises(NetError, match="connection refused"):
        dialling.finish(0)


def test_a_dial_under_way_can_be_given_up() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        endpoint = (socket.AF_INET, sock.getsockname())
        diallings = [Dialling(endpoint) for _ in range(4)]
        assert diallings[-1].is_under_way
        for dialling in diallings:
            dialling.close()
