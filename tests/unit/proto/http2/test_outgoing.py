"""A body that waits for the peer's windows, whatever they are."""

import pytest

from frpg.proto.http2.connection import Connection, client_connection
from frpg.proto.http2.outgoing import Outgoing
from tests.support.http2 import HOST, Peer

HEAD = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", HOST)]
LIMIT = 1 << 30


def start(*, takes: bool = True) -> tuple[Connection, Outgoing, Peer]:
    connection = client_connection()
    connection.send_headers(1, HEAD)
    return connection, Outgoing(connection, 1), Peer(is_client=False, takes=takes)


def pass_on(connection: Connection, peer: Peer) -> None:
    """What each has said to the other."""
    peer.receive(connection.data_to_send())
    connection.receive_data(peer.send())


@pytest.mark.parametrize("size", [0, 1, 16384, 16385, 65535, 65536, 1_000_000])
def test_all_arrives_when_the_peer_takes_it(size: int) -> None:
    connection, outgoing, peer = start()
    body = bytes(range(256)) * (size // 256 + 1)
    outgoing.add([body[:size]])
    outgoing.finish([(b"x-sum", b"7")])
    while not outgoing.is_ended:
        assert outgoing.pump(LIMIT)
        pass_on(connection, peer)
    message = peer.messages[1]
    assert (bytes(message.body), message.trailers, message.is_ended) == (body[:size], [(b"x-sum", b"7")], True)


def test_it_stops_at_the_window() -> None:
    connection, outgoing, peer = start(takes=False)
    outgoing.add([bytes(100_000)])
    outgoing.finish([])
    assert outgoing.pump(LIMIT)
    assert not outgoing.pump(LIMIT)
    pass_on(connection, peer)
    assert (len(peer.messages[1].body), outgoing.is_ended) == (65535, False)
    peer.take()
    pass_on(connection, peer)
    assert outgoing.pump(LIMIT)
    pass_on(connection, peer)
    assert (len(peer.messages[1].body), outgoing.is_ended, peer.messages[1].is_ended) == (100_000, True, True)


def test_it_stops_near_the_limit() -> None:
    _, outgoing, _ = start()
    outgoing.add([bytes(60_000)])
    assert outgoing.pump(1)
    assert not outgoing.is_empty


def test_the_end_needs_no_window() -> None:
    connection, outgoing, peer = start(takes=False)
    outgoing.add([bytes(65535)])
    outgoing.pump(LIMIT)
    assert not outgoing.pump(LIMIT)
    outgoing.finish([])
    assert outgoing.pump(LIMIT)
    pass_on(connection, peer)
    assert peer.messages[1].is_ended
    outgoing.finish([(b"x", b"y")])
    assert not outgoing.pump(LIMIT)
