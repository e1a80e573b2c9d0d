"""What a TCP stream knows of its peer beyond what every stream does, which tests/conformance has."""

import socket
import struct
import sys
from collections.abc import Iterator

import pytest

from frpg.net.listener import Listener
from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="TCP_INFO is Linux's")


@pytest.fixture
def pair() -> Iterator[tuple[TcpStream, socket.socket]]:
    """An accepted stream that nobody reads, and its peer."""
    accepted: list[TcpStream] = []
    listener = Listener(("127.0.0.1", 0), accepted.append, is_prompt=True)
    listener.start()
    peer = socket.create_connection(("127.0.0.1", listener.port), timeout=10)
    eventually(lambda: bool(accepted))
    yield accepted[0], peer
    for closing in (peer, accepted[0], listener):
        closing.close()


def test_a_peer_that_is_there(pair: tuple[TcpStream, socket.socket]) -> None:
    stream, peer = pair
    assert not stream.has_lost_peer()
    peer.sendall(b"data that nobody reads")
    stream.finish()  # our end is not the peer's
    assert not stream.has_lost_peer()


def test_a_peer_that_has_left_behind_data_that_nobody_reads(pair: tuple[TcpStream, socket.socket]) -> None:
    stream, peer = pair
    peer.sendall(bytes(100_000))
    peer.shutdown(socket.SHUT_WR)
    eventually(stream.has_lost_peer)


def test_a_peer_that_has_reset(pair: tuple[TcpStream, socket.socket]) -> None:
    stream, peer = pair
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    eventually(stream.has_lost_peer)


def test_a_closed_stream_knows_nothing(pair: tuple[TcpStream, socket.socket]) -> None:
    stream: Stream = pair[0]
    stream.close()
    assert not pair[0].has_lost_peer()
