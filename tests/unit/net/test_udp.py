from __future__ import annotations

import socket

import pytest
from gevent.event import AsyncResult, Event

from frpg.net.failure import NetError
from frpg.net.udp import UdpSocket


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_bound_and_connected_talk(host: str) -> None:
    got: AsyncResult = AsyncResult()

    def answer(data: bytes, address: tuple[str, int]) -> None:
        server.send(data.upper(), address)

    server = UdpSocket(bind=(host, 0), packet_size=1500, on_packet=answer)
    client = UdpSocket(
        connect=("127.0.0.1", server.port), packet_size=1500, on_packet=lambda data, address: got.set((data, address))
    )
    client.send(b"hello")
    assert got.get(timeout=5) == (b"HELLO", ("127.0.0.1", server.port))
    client.close()
    server.close()


def test_long_datagrams_are_cut_and_bursts_arrive_whole() -> None:
    seen: list[bytes] = []
    enough = Event()

    def note(data: bytes, address: tuple[str, int]) -> None:
        seen.append(data)
        if len(seen) == 200:
            enough.set()

    server = UdpSocket(bind=("127.0.0.1", 0), packet_size=4, on_packet=note)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for number in range(200):
            client.sendto(b"%03d-tail" % number, ("127.0.0.1", server.port))
    assert enough.wait(5)
    assert seen == [b"%03d-" % number for number in range(200)]
    server.close()


def test_a_refusing_peer_is_reported_and_close_is_idempotent() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    refused = Event()
    client = UdpSocket(
        connect=("127.0.0.1", port), packet_size=9, on_packet=lambda *_: None, on_error=lambda error: refused.set()
    )
    client.send(b"x")
    assert refused.wait(5)
    client.close()
    client.close()


def test_a_taken_port_is_told() -> None:
    first = UdpSocket(bind=("127.0.0.1", 0), packet_size=9, on_packet=lambda *_: None)
    with pytest.raises(NetError, match="listen udp"):
        UdpSocket(bind=("127.0.0.1", first.port), packet_size=9, on_packet=lambda *_: None)
    first.close()
