"""UDP payload over real streams, in every framing."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from gevent.event import Event

from frpg.proto.framing import V1Framing, V2Framing
from frpg.relay.packets import PacketStream
from tests.conformance.conftest import mux_over, tcp_pair


@pytest.fixture(params=[V1Framing(), V2Framing(), V2Framing("msgpack")], ids=["v1", "v2", "msgpack"])
def framing(request: pytest.FixtureRequest) -> V1Framing | V2Framing:
    return request.param


@pytest.mark.parametrize("carrier", ["tcp", "mux"])
def test_packets_and_pings_arrive_in_order(framing: V1Framing | V2Framing, carrier: str) -> None:
    with ExitStack() as stack:
        left, right = (tcp_pair if carrier == "tcp" else mux_over(tcp_pair))(stack)
        got: list[tuple[bytes, str, int]] = []
        enough, pinged, ended = Event(), Event(), Event()

        def note(content: bytes, ip: str, port: int) -> None:
            got.append((content, ip, port))
            if len(got) == 300:
                enough.set()

        sender = PacketStream(left, framing, on_packet=note, on_end=lambda: None)
        receiver = PacketStream(right, framing, on_packet=note, on_ping=pinged.set, on_end=ended.set)
        sender.start()
        receiver.start()
        expected = [(b"x" * (n * 5), "192.0.2.1" if n % 2 else "2001:db8::1", 1000 + n) for n in range(300)]
        for packet in expected:
            sender.send(*packet)
        sender.ping()
        assert enough.wait(5)
        assert pinged.wait(5)
        assert got == expected
        sender.close()
        assert ended.wait(5)
        receiver.close()


def test_garbage_ends_it_once(framing: V1Framing | V2Framing) -> None:
    with ExitStack() as stack:
        left, right = tcp_pair(stack)
        ends: list[int] = []
        ended = Event()

        def end() -> None:
            ends.append(1)
            ended.set()

        PacketStream(right, framing, on_packet=lambda *_: None, on_end=end).start()
        left.sendall(b"\xff" * 64)
        assert ended.wait(5)
        left.close()
        assert ends == [1]
        assert right.is_closed


def test_a_congested_stream_drops_and_then_goes_on(framing: V1Framing | V2Framing) -> None:
    with ExitStack() as stack:
        left, right = tcp_pair(stack)
        sender = PacketStream(left, framing, on_packet=lambda *_: None, on_end=lambda: None)
        sender.start()
        content = bytes(1400)
        while not sender.dropped:
            sender.send(content, "192.0.2.1", 1)
            sender._flush()
        before = sender.dropped
        while sender._is_congested:
            assert right.recv()
        sender.send(content, "192.0.2.1", 1)
        assert sender.dropped == before
        sender.close()


def test_what_is_here_already_reaches_an_owner_that_is_ready(framing: V1Framing | V2Framing) -> None:
    with ExitStack() as stack:
        left, right = tcp_pair(stack)
        sender = PacketStream(left, framing, on_packet=lambda *_: None, on_end=lambda: None)
        sender.send(b"early", "192.0.2.1", 7)
        sender.start()
        first = right.recv(1)
        right.unread(first)
        got: list[tuple[bytes, str, int]] = []
        receiver = PacketStream(right, framing, on_packet=lambda *packet: got.append(packet), on_end=lambda: None)
        assert got == []
        receiver.start()
        assert got == [(b"early", "192.0.2.1", 7)]
        sender.close()
        receiver.close()
