"""What every stream promises, in pull words and in push words."""

from __future__ import annotations

import random
import socket

import gevent
import pytest
from gevent.event import Event

from frpg.net.stream import Stream

MEGABYTE = 1 << 20


def seeded(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def send_in_cuts(stream: Stream, data: bytes, seed: int = 2) -> None:
    dice = random.Random(seed)
    position = 0
    while position < len(data):
        size = dice.choice((1, 2, 11, 12, 13, 1000, 16384, 65536, 300_000))
        stream.sendall(data[position : position + size])
        position += size
    stream.shutdown(socket.SHUT_WR)


def read_all(stream: Stream) -> bytes:
    parts = []
    while data := stream.recv(100_000):
        parts.append(data)
    return b"".join(parts)


def test_both_directions_at_once_keep_every_byte(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    there, back = seeded(3 * MEGABYTE, 3), seeded(2 * MEGABYTE, 4)
    jobs = [gevent.spawn(send_in_cuts, left, there, 5), gevent.spawn(send_in_cuts, right, back, 6)]
    readers = [gevent.spawn(read_all, right), gevent.spawn(read_all, left)]
    gevent.joinall(jobs + readers, timeout=30, raise_error=True)
    assert readers[0].value == there
    assert readers[1].value == back


def test_half_close_lets_the_answer_through(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    left.sendall(b"question")
    left.shutdown(socket.SHUT_WR)
    assert read_all(right) == b"question"
    assert right.recv() == b""
    right.sendall(b"answer")
    right.shutdown(socket.SHUT_WR)
    assert read_all(left) == b"answer"


def test_recv_exact_and_unread(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    left.sendall(b"0123456789")
    assert right.recv_exact(4) == b"0123"
    right.unread(b"0123")
    assert right.recv_exact(10) == b"0123456789"
    left.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionError):
        right.recv_exact(1)


def test_a_timeout_ends_recv_and_the_stream_stays_usable(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    right.settimeout(0.02)
    with pytest.raises(TimeoutError):
        right.recv()
    right.settimeout(None)
    with pytest.raises(TimeoutError), right.deadline(0.02):
        right.recv()
    left.sendall(b"late")
    assert right.recv() == b"late"


def test_close_under_a_blocked_recv_wakes_it(pair: tuple[Stream, Stream]) -> None:
    _, right = pair
    blocked = gevent.spawn(right.recv)
    gevent.idle()
    right.close()
    blocked.join(timeout=5)
    assert isinstance(blocked.exception, OSError)


@pytest.mark.parametrize("end", ["close", "abort"])
def test_who_has_waited_elsewhere_learns_that_the_stream_has_ended(pair: tuple[Stream, Stream], end: str) -> None:
    left, right = pair
    left.sendall(b"x")
    assert right.recv() == b"x"
    right.check()
    getattr(left, end)()
    with gevent.Timeout(5), pytest.raises(OSError):
        while True:
            right.check()
            gevent.sleep(0.001)


def test_check_knows_a_stream_that_was_closed_here(pair: tuple[Stream, Stream]) -> None:
    _, right = pair
    right.close()
    with pytest.raises(OSError):
        right.check()


def test_the_peer_reads_the_end_after_close(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    left.sendall(b"last words")
    left.close()
    assert read_all(right) == b"last words"


def test_a_reset_is_an_error_for_the_peer(kind: str, pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    left.sendall(b"x")
    assert right.recv() == b"x"
    left.abort()
    if kind == "unix":  # which know no reset
        assert right.recv() == b""
        return
    with pytest.raises(OSError):
        right.recv()


def test_a_slow_reader_stops_its_writer(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    chunk = seeded(MEGABYTE)
    sent = 0

    def write() -> None:
        nonlocal sent
        for _ in range(64):
            left.sendall(chunk)
            sent += 1

    writer = gevent.spawn(write)
    right.recv(1)
    with gevent.Timeout(0.3, False):
        writer.join()
    assert sent < 40  # 64 MiB do not fit in windows and socket buffers: somebody had to wait
    total = 1
    while total < 64 * MEGABYTE:
        total += len(right.recv())
    writer.join(timeout=20)
    assert sent == 64


class Collector:
    """A sink that keeps what it hears."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = Event()
        self.drained = Event()
        self.error: OSError | None = None

    def on_data(self, views: list, size: int) -> None:
        joined = b"".join(views)
        assert len(joined) == size
        self.data += joined

    def on_drain(self) -> None:
        self.drained.set()

    def on_end(self) -> None:
        self.ended.set()

    def on_error(self, error: OSError) -> None:
        self.error = error
        self.ended.set()


def test_a_sink_first_gets_what_was_read_ahead(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    left.sendall(b"head" + seeded(200_000))
    assert right.recv_exact(4) == b"head"
    sink = Collector()
    right.attach(sink)
    left.shutdown(socket.SHUT_WR)
    assert sink.ended.wait(5)
    assert bytes(sink.data) == seeded(200_000)
    assert sink.error is None


def test_a_sink_attached_after_the_end_hears_it(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    left.sendall(b"all")
    left.shutdown(socket.SHUT_WR)
    assert right.recv_exact(3) == b"all"
    assert right.recv() == b""
    sink = Collector()
    right.attach(sink)
    assert sink.ended.wait(5)


def test_a_congested_write_takes_all_and_drains_later(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    sink = Collector()
    left.attach(sink)
    data = seeded(MEGABYTE)
    count = 0
    while left.write([memoryview(data)]):
        count += 1
        assert count < 64
        gevent.idle()
    left.finish()
    received = read_all(right)
    assert len(received) == (count + 1) * MEGABYTE
    assert received == data * (count + 1)


def test_pause_stops_delivery_and_resume_loses_nothing(pair: tuple[Stream, Stream]) -> None:
    left, right = pair
    sink = Collector()
    right.attach(sink)
    right.pause()
    data = seeded(20 * MEGABYTE)
    writer = gevent.spawn(send_in_cuts, left, data)
    with gevent.Timeout(0.2, False):
        writer.join()
    assert len(sink.data) <= 7 * MEGABYTE  # a window at most
    right.resume()
    assert sink.ended.wait(20)
    assert bytes(sink.data) == data
