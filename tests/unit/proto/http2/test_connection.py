"""The library's connection where frpg bends it."""

import pytest
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, RequestReceived, StreamReset
from h2.exceptions import ProtocolError

from frpg.proto.http2.connection import MAX_STREAMS, STREAM_WINDOW, client_connection, server_connection
from tests.support.http2 import Peer


def test_a_body_of_another_length_ends_one_stream_only() -> None:
    server, peer = server_connection(), Peer()
    bad = peer.ask(b"/", (b"content-length", b"3"), method=b"POST", is_last=False)
    good = peer.ask(b"/", method=b"POST", is_last=False)
    peer.body(bad, b"four", is_last=True)
    peer.body(good, b"fine", is_last=True)
    events = server.receive_data(peer.send())
    assert [event.stream_id for event in events if isinstance(event, StreamReset)] == [bad]
    assert [event.data for event in events if isinstance(event, DataReceived)] == [b"fine"]
    peer.receive(server.data_to_send())
    assert (peer.messages[bad].reset, peer.goaway) == (ErrorCodes.PROTOCOL_ERROR, None)


def test_streams_go_on_after_goaway() -> None:
    server, peer = server_connection(), Peer()
    stream = peer.ask()
    peer.connection.close_connection()
    events = server.receive_data(peer.send())
    assert any(isinstance(event, ConnectionTerminated) for event in events)
    server.send_headers(stream, [(b":status", b"204")], end_stream=True)
    assert server.data_to_send()


def test_a_client_goes_on_after_goaway() -> None:
    client, peer = client_connection(), Peer(is_client=False)
    client.send_headers(1, [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"a")])
    peer.receive(client.data_to_send())
    peer.connection.close_connection(last_stream_id=1)
    (event,) = [e for e in client.receive_data(peer.send()) if isinstance(e, ConnectionTerminated)]
    assert event.last_stream_id == 1
    client.end_stream(1)
    assert client.data_to_send()


def test_one_stream_cannot_use_up_the_window_of_the_others() -> None:
    server, peer = server_connection(), Peer()
    peer.receive(server.data_to_send())
    assert peer.connection.outbound_flow_control_window == MAX_STREAMS * STREAM_WINDOW


def test_too_many_streams_end_the_connection() -> None:
    server, peer = server_connection(), Peer()
    peer.connection.remote_settings.max_concurrent_streams = 2 * MAX_STREAMS  # it has not heard of ours yet
    for _ in range(MAX_STREAMS):
        peer.ask()
    events = server.receive_data(peer.send())
    assert sum(isinstance(event, RequestReceived) for event in events) == MAX_STREAMS
    peer.ask()
    with pytest.raises(ProtocolError):
        server.receive_data(peer.send())


@pytest.mark.parametrize(("size", "is_refused"), [(16384, False), (16385, True), (0xFFFFFF, True)])
def test_a_large_frame_is_refused_before_it_is_here(size: int, is_refused: bool) -> None:
    server, peer = server_connection(), Peer()
    server.receive_data(peer.send())
    header = size.to_bytes(3, "big")
    server.receive_data(header[:2])
    if is_refused:
        with pytest.raises(ProtocolError):
            server.receive_data(header[2:])
        peer.receive(server.data_to_send())
        assert peer.goaway == ErrorCodes.FRAME_SIZE_ERROR
    else:
        assert server.receive_data(header[2:]) == []


def test_a_header_bomb_ends_the_connection() -> None:
    server, peer = server_connection(), Peer()
    name = b"x" * 4000
    block = [(b":method", b"GET"), *[(name, b"")] * 200]  # one long entry, then indexes of one byte
    peer.ask_raw(block)
    data = peer.send()
    assert len(data) < 5000
    with pytest.raises(ProtocolError):
        server.receive_data(data)
    peer.receive(server.data_to_send())
    assert peer.goaway == ErrorCodes.ENHANCE_YOUR_CALM
