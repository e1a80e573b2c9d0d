"""The session: frames cut anywhere, the events table of the wire spec 2.1, limits, and what a hostile peer sends."""

from __future__ import annotations

import random
import struct

import pytest

from frpg.errors import ProtocolError
from frpg.proto.yamux import frames
from frpg.proto.yamux.frames import ACK, FIN, RST, SYN, WINDOW_DELTA
from tests.unit.proto.yamux.peer import Wired, data_frame, exchange

OPEN_1 = frames.window_update(1, WINDOW_DELTA, SYN)


def server_with_stream() -> Wired:
    server = Wired(is_client=False)
    server.receive(OPEN_1)
    server.opened[0].accept()
    assert server.take() == frames.window_update(1, WINDOW_DELTA, ACK)
    return server


@pytest.mark.parametrize("step", [1, 2, 5, 11, 12, 13, 14, 100, 10_000])
def test_frames_are_the_same_however_the_bytes_are_cut(step: int) -> None:
    wire = OPEN_1 + frames.window_update(3, WINDOW_DELTA, SYN)
    wire += data_frame(1, b"hello ") + data_frame(3, b"x" * 70) + data_frame(1, b"") + data_frame(1, b"world")
    wire += frames.window_update(1, 0, FIN) + frames.ping(7, SYN)
    server = Wired(is_client=False)
    server.receive(wire, step)
    first, second = server.opened
    assert bytes(first._sink.data) == b"hello world"
    assert first._sink.events == ["end"]
    assert bytes(second._sink.data) == b"x" * 70
    assert server.take() == frames.ping(7, ACK)


def test_the_server_opens_even_ids_and_the_client_odd_ones() -> None:
    client, server = Wired(is_client=True), Wired(is_client=False)
    assert [client.open().stream_id for _ in range(3)] == [1, 3, 5]
    assert [server.open().stream_id for _ in range(2)] == [2, 4]
    assert client.take()[:12] == OPEN_1


def test_small_frames_wait_for_few_others_only() -> None:
    client = Wired(is_client=True)
    stream = client.open()
    client.take()
    for _ in range(15):
        stream.write([b"x"])
    assert not client.wire  # for the end of the turn, in one piece
    stream.write([b"x"])
    assert bytes(client.wire) == data_frame(1, b"x") * 16
    assert client.take() == data_frame(1, b"x") * 16


def test_data_on_a_syn_frame_is_delivered() -> None:
    server = Wired(is_client=False)
    server.receive(data_frame(1, b"early", SYN))
    assert bytes(server.opened[0]._sink.data) == b"early"


def test_window_is_given_back_after_half_of_it() -> None:
    server = server_with_stream()
    stream = server.opened[0]
    payload = bytes(1 << 20)
    for _ in range(2):
        server.receive(data_frame(1, payload))
    assert server.take() == b""
    server.receive(data_frame(1, payload))
    assert server.take() == frames.window_update(1, 3 << 20)
    assert stream.recv_window == frames.MAX_WINDOW


def test_a_paused_stream_gives_no_window_back_until_resumed() -> None:
    server = server_with_stream()
    stream = server.opened[0]
    stream.pause()
    for _ in range(6):
        server.receive(data_frame(1, bytes(1 << 20)))
    assert server.take() == b""
    stream.resume()
    assert server.take() == frames.window_update(1, 6 << 20)


def test_more_than_the_window_ends_the_session() -> None:
    server = Wired(is_client=False)
    server.receive(OPEN_1)  # not accepted: 256 KiB
    server.receive(data_frame(1, bytes(256 * 1024)))
    with pytest.raises(ProtocolError):
        server.receive(data_frame(1, b"x"))
    assert server.take() == frames.go_away(1)


def test_a_writer_waits_for_the_window_and_is_told() -> None:
    client = Wired(is_client=True)
    stream = client.open()
    client.take()
    data = random.Random(1).randbytes(300_000)
    assert not stream.write([data])
    assert client.take() == data_frame(1, data[: 256 * 1024])
    client.receive(frames.window_update(1, 1000, ACK))
    assert client.take() == data_frame(1, data[256 * 1024 : 256 * 1024 + 1000])
    assert stream._sink.events == []
    client.receive(frames.window_update(1, 100_000))
    assert client.take() == data_frame(1, data[256 * 1024 + 1000 :])
    assert stream._sink.events == ["drain"]
    assert stream.write([b"more"])


def test_finish_comes_after_what_waits_for_the_window() -> None:
    client = Wired(is_client=True)
    stream = client.open()
    stream.write([bytes(256 * 1024 + 1)])
    stream.finish()
    client.take()
    client.receive(frames.window_update(1, 10, ACK))
    assert client.take() == data_frame(1, b"\0") + frames.window_update(1, 0, FIN)


def test_a_congested_transport_stops_writers_and_drains_them() -> None:
    client = Wired(is_client=True)
    stream, other = client.open(), client.open()
    client.take()
    client.is_full = True
    assert not stream.write([bytes(100_000)])
    assert not other.write([b"small"])
    client.is_full = False
    client.session.on_drain()
    assert stream._sink.events == other._sink.events == ["drain"]


def test_half_close_both_ways_forgets_the_stream() -> None:
    client, server = Wired(is_client=True), Wired(is_client=False)
    stream = client.open()
    exchange(client, server)
    peer = server.opened[0]
    stream.finish()
    exchange(client, server)
    assert peer._sink.events == ["end"]
    assert peer.write([b"answer"])
    peer.finish()
    exchange(client, server)
    assert bytes(stream._sink.data) == b"answer"
    assert not client.session.streams
    assert not server.session.streams
    assert client.session.unacknowledged == server.session.unaccepted == 0


def test_fin_twice_ends_the_session() -> None:
    server = server_with_stream()
    server.receive(frames.window_update(1, 0, FIN))
    with pytest.raises(ProtocolError):
        server.receive(frames.window_update(1, 0, FIN))


def test_reset_reaches_the_reader_and_forgets_the_stream() -> None:
    server = server_with_stream()
    stream = server.opened[0]
    server.receive(frames.window_update(1, 0, RST))
    assert stream._sink.events == ["error"]
    assert not server.session.streams
    assert not stream.write([b"late"])
    server.receive(data_frame(1, b"skipped") + frames.window_update(1, 5))
    assert server.take() == b""


def test_data_for_a_closed_stream_is_answered_by_one_reset() -> None:
    server = server_with_stream()
    server.opened[0].close()
    assert server.take() == frames.window_update(1, 0, FIN)
    server.receive(data_frame(1, b"a") + data_frame(1, b"b"))
    assert server.take() == frames.window_update(1, 0, RST)
    assert not server.session.streams


def test_a_closed_stream_waits_300_s_for_the_fin_of_its_peer() -> None:
    server = server_with_stream()
    server.opened[0].close()
    server.take()
    server.session.sweep(1000.0)
    server.session.sweep(1299.0)
    assert server.take() == b""
    server.session.sweep(1300.0)
    assert server.take() == frames.window_update(1, 0, RST)


@pytest.mark.parametrize(
    "wire",
    [
        struct.pack("!BBHII", 1, 0, 0, 1, 0),  # version
        struct.pack("!BBHII", 0, 4, 0, 1, 0),  # type
        OPEN_1 + OPEN_1,  # open twice
        frames.window_update(2, 0, SYN),  # an id of ours
        frames.window_update(0, 0, SYN),
        frames.go_away(1),
        frames.go_away(2),
        data_frame(1, b"", SYN) + struct.pack("!BBHII", 0, 0, 0, 1, 0xFFFFFFFF),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_broken_protocol_ends_the_session(wire: bytes, step: int) -> None:
    server = Wired(is_client=False)
    with pytest.raises(ProtocolError):
        server.receive(wire, step)
    assert server.take().endswith(frames.go_away(1))


def test_go_away_stops_opens_and_keeps_streams() -> None:
    client = Wired(is_client=True)
    stream = client.open()
    client.receive(frames.go_away(0))
    with pytest.raises(ConnectionError):
        client.open()
    assert stream.write([b"x"])


def test_strangers_may_open_few_streams() -> None:
    server = Wired(is_client=False)
    server.session.max_streams = 4
    server.receive(b"".join(frames.window_update(i, 0, SYN) for i in (1, 3, 5, 7, 9)))
    assert len(server.opened) == 4
    assert server.take() == frames.window_update(9, 0, RST)


def test_at_most_256_streams_wait_for_accept() -> None:
    server = Wired(is_client=False)
    server.receive(b"".join(frames.window_update(i, 0, SYN) for i in range(1, 2 * 257, 2)))
    assert len(server.opened) == 256
    assert server.take() == frames.window_update(513, 0, RST)
    server.opened[0].accept()
    server.receive(frames.window_update(515, 0, SYN))
    assert len(server.opened) == 257


def test_a_reader_that_fails_loses_its_stream_only() -> None:
    server = server_with_stream()

    def fail(views: list, size: int) -> None:
        raise RuntimeError("a bug")

    server.opened[0]._sink.on_data = fail
    server.receive(frames.window_update(3, 0, SYN) + data_frame(1, b"boom") + data_frame(3, b"fine"))
    assert server.take() == frames.window_update(1, 0, RST)
    assert bytes(server.opened[1]._sink.data) == b"fine"


def test_close_tells_every_stream() -> None:
    client = Wired(is_client=True)
    streams = [client.open() for _ in range(3)]
    client.session.close(ConnectionResetError("gone"))
    assert [stream._sink.events for stream in streams] == [["error"]] * 3
    with pytest.raises(ConnectionError):
        client.open()


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_only_raise_protocol_errors(seed: int) -> None:
    dice = random.Random(seed)
    server = server_with_stream()
    try:
        for _ in range(200):
            noise = bytearray(dice.randbytes(dice.randrange(1, 60)))
            if dice.random() < 0.8:
                noise[:4] = struct.pack("!BBH", 0, dice.randrange(4), dice.choice((0, 1, 2, 4, 8, 0xFFFF)))[
                    : len(noise)
                ]
            server.receive(bytes(noise), dice.randrange(1, 30))
    except ProtocolError:
        pass
    assert len(server.session._head) < 12


@pytest.mark.parametrize("seed", range(5))
def test_two_sessions_keep_every_byte_of_many_streams(seed: int) -> None:
    dice = random.Random(seed)
    client, server = Wired(is_client=True), Wired(is_client=False)
    sent = {}
    streams = [client.open() for _ in range(20)]
    for stream in streams:
        sent[stream.stream_id] = bytearray()
    for _ in range(300):
        stream = dice.choice(streams)
        data = dice.randbytes(dice.choice((1, 100, 5000, 70_000)))
        cut = dice.randrange(len(data) + 1)
        stream.write([memoryview(data)[:cut], memoryview(data)[cut:]])
        sent[stream.stream_id] += data
        if dice.random() < 0.3:
            server.receive(client.take(), dice.choice((1, 1000, 100_000)) if dice.random() < 0.1 else 0)
            for peer in server.opened:
                peer.accept()
            client.receive(server.take())
    exchange(client, server)
    for peer in server.opened:
        assert bytes(peer._sink.data) == bytes(sent[peer.stream_id])
