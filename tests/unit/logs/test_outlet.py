"""Standard output that is closed, full or slow does not stop the writer."""

import io
import os
from collections.abc import Iterator

import gevent
import pytest

from frpg.logs.outlet import DescriptorOutlet, StreamOutlet, open_outlet


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    ends = [reader, writer]
    yield reader, writer
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def fill(writer: int) -> int:
    """Write to a pipe until it is full; returns the number of bytes."""
    os.set_blocking(writer, False)
    total = 0
    try:
        while True:
            total += os.write(writer, b"." * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
        return total


def read(reader: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        gevent.socket.wait_read(reader)
        data += os.read(reader, size - len(data))
    return data


def test_a_line_is_out_when_write_returns(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    outlet = DescriptorOutlet(writer)
    outlet.write("häh \udcff\n")
    assert os.read(reader, 100) == "häh ".encode() + b"\\udcff\n"
    assert not outlet.is_congested


def test_a_full_pipe_keeps_lines_for_later(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    filled = fill(writer)
    outlet = DescriptorOutlet(writer)
    lines = [f"line {number}\n" for number in range(20000)]  # more than a pipe holds
    for line in lines:
        outlet.write(line)
    assert outlet.is_congested
    wanted = "".join(lines).encode()
    assert read(reader, filled + len(wanted))[filled:] == wanted
    with gevent.Timeout(5):
        while outlet.is_congested:
            gevent.sleep(0)
    outlet.write("after\n")
    assert os.read(reader, 100) == b"after\n"
    assert outlet.lost == 0


def test_the_queue_is_bounded_and_the_loss_is_counted(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    filled = fill(writer)
    outlet = DescriptorOutlet(writer)
    line = "x" * 1023 + "\n"
    for _ in range(1500):
        outlet.write(line)
    assert outlet.lost == 1500 - 1024
    assert read(reader, filled + 1024 * 1024)[filled:] == line.encode() * 1024


def test_a_reader_that_is_gone_is_no_error(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    outlet = DescriptorOutlet(writer)
    os.close(reader)
    outlet.write("a\n")
    outlet.write("b\n")
    assert not outlet.is_congested


def test_a_reader_that_goes_while_lines_wait(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    fill(writer)
    outlet = DescriptorOutlet(writer)
    outlet.write("a\n")
    assert outlet.is_congested
    os.close(reader)
    with gevent.Timeout(5):
        while outlet.is_congested:
            gevent.sleep(0)


def test_a_closed_descriptor_is_no_error(pipe: tuple[int, int]) -> None:
    _, writer = pipe
    outlet = DescriptorOutlet(writer)
    os.close(writer)
    outlet.write("a\n")
    assert not outlet.is_congested


def test_flush_gives_a_reader_its_chance(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    filled = fill(writer)
    outlet = DescriptorOutlet(writer)
    outlet.write("a\n")
    outlet.flush(0.0)
    assert outlet.is_congested
    os.read(reader, filled)
    outlet.flush(5.0)
    assert not outlet.is_congested
    assert os.read(reader, 100) == b"a\n"


def test_a_stream_without_a_descriptor() -> None:
    stream = io.StringIO()
    outlet = open_outlet(stream)
    outlet.write("a\n")
    assert stream.getvalue() == "a\n"
    stream.close()
    outlet.write("b\n")


def test_no_stream_at_all() -> None:
    outlet = open_outlet(None)
    assert isinstance(outlet, StreamOutlet)
    outlet.write("a\n")
    outlet.flush(0.0)


def test_a_closed_outlet_drops_what_waits_and_leaves_the_descriptor_open(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    filled = fill(writer)
    outlet = DescriptorOutlet(writer)
    outlet.write("never seen\n")
    gevent.sleep(0)  # its watcher begins
    outlet.close()
    assert not outlet.is_congested
    assert set(read(reader, filled)) == {ord(".")}
    gevent.sleep(0)
    os.write(writer, b"x")
    assert os.read(reader, 100) == b"x"


def test_an_outlet_closed_before_its_watcher_began_makes_none(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    filled = fill(writer)
    outlet = DescriptorOutlet(writer)
    outlet.write("never seen\n")
    outlet.close()
    gevent.sleep(0)
    read(reader, filled)
    gevent.sleep(0)
    os.write(writer, b"x")
    assert os.read(reader, 100) == b"x"
