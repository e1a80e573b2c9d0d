from __future__ import annotations

import errno
import logging

import gevent
import pytest
from gevent.event import AsyncResult, Event

from frpg.net.dial import dial
from frpg.net.failure import NetError
from frpg.net.listener import Listener, trial_bind
from frpg.net.stream import Stream


def test_a_taken_port_is_told_as_operators_know_it() -> None:
    listener = Listener(("127.0.0.1", 0), Stream.close)
    try:
        with pytest.raises(NetError) as caught:
            Listener(("127.0.0.1", listener.port), Stream.close)
        assert str(caught.value) == f"listen tcp 127.0.0.1:{listener.port}: bind: address already in use"
        assert caught.value.errno == errno.EADDRINUSE
        assert not trial_bind(("127.0.0.1", listener.port))
    finally:
        listener.close()
    assert trial_bind(("127.0.0.1", listener.port))


def test_the_wildcard_takes_both_families_and_tells_ipv4_plainly() -> None:
    accepted: AsyncResult = AsyncResult()
    listener = Listener(("0.0.0.0", 0), accepted.set)
    listener.start()
    client = dial("127.0.0.1", listener.port)
    stream = accepted.get(timeout=5)
    assert stream.remote_addr[0] == "127.0.0.1"
    assert stream.local_addr == ("127.0.0.1", listener.port)
    for closing in (client, stream, listener):
        closing.close()


def test_a_failing_handler_closes_its_stream_and_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    served = []

    def handler(stream: Stream) -> None:
        served.append(stream)
        if len(served) == 1:
            raise RuntimeError("a bug")
        stream.sendall(b"fine")
        stream.close()

    listener = Listener(("127.0.0.1", 0), handler)
    listener.start()
    first = dial("127.0.0.1", listener.port)
    assert first.recv() == b""
    second = dial("127.0.0.1", listener.port)
    assert second.recv() == b"fine"
    assert "a bug" in caplog.text
    for closing in (first, second, listener):
        closing.close()


def test_out_of_descriptors_it_slows_down_and_recovers(caplog: pytest.LogCaptureFixture) -> None:
    accepted = Event()

    def handler(stream: Stream) -> None:
        stream.close()
        accepted.set()

    listener = Listener(("127.0.0.1", 0), handler)
    listener.start()
    real, attempts = listener._sock, []

    class Exhausted:
        def _accept(self) -> None:
            attempts.append(1)
            raise OSError(errno.EMFILE, "Too many open files")

    listener._sock = Exhausted()  # type: ignore[assignment]
    with caplog.at_level(logging.WARNING):
        client = dial("127.0.0.1", listener.port)
        while len(attempts) < 3:
            gevent.sleep(0.001)
    listener._sock = real
    assert accepted.wait(5)
    assert caplog.text.count("slowing down") == 1
    client.close()
    listener.close()


def test_close_is_idempotent_and_ends_accepting() -> None:
    listener = Listener(("127.0.0.1", 0), Stream.close)
    listener.start()
    listener.close()
    listener.close()
    with pytest.raises(NetError, match="connection refused"):
        dial("127.0.0.1", listener.port)


def test_a_prompt_handler_needs_no_greenlet(caplog: pytest.LogCaptureFixture) -> None:
    inside = []

    def handler(stream: Stream) -> None:
        inside.append(gevent.getcurrent())
        if len(inside) == 1:
            raise RuntimeError("a bug")
        if len(inside) == 2:
            raise ConnectionError("it left")
        stream.write([b"fine"])
        stream.close()

    listener = Listener(("127.0.0.1", 0), handler, is_prompt=True)
    listener.start()
    for answer in (b"", b"", b"fine"):
        client = dial("127.0.0.1", listener.port)
        assert client.recv() == answer
        client.close()
    listener.close()
    assert inside == [gevent.get_hub()] * 3
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_a_prompt_handler_may_close_the_listener() -> None:
    listener = Listener(("127.0.0.1", 0), lambda stream: (stream.close(), listener.close()), is_prompt=True)  # type: ignore[arg-type, return-value]
    listener.start()
    client = dial("127.0.0.1", listener.port)
    assert client.recv() == b""
    client.close()
    assert listener.is_closed
