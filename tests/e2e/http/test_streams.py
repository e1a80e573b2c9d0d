"""Long bodies and events: passed on as they come, held up by a slow reader, whole at the end."""

import hashlib
from collections.abc import Callable, Iterator

import gevent
import pytest
from gevent.event import Event

from tests.support.lab import Lab
from tests.support.waiting import eventually
from tests.support.web import Served, Visitor, Web, get, head, request, response

MIB = 1 << 20
SIZE = 64 * MIB
BLOCK = bytes(range(256)) * 1024  # 256 KiB
CHUNKED = "Transfer-Encoding: chunked"
# What a stalled reader may cost: the windows and buffers of each hop, far from the 256 MiB that are on their way.
STALLED_GROWTH = 96 * MIB


def blocks(size: int = SIZE) -> Iterator[bytes]:
    """No two alike, so that a lost or doubled one shows."""
    for at in range(size // len(BLOCK)):
        yield at.to_bytes(4, "big") + BLOCK[4:]


def digest(size: int = SIZE) -> str:
    whole = hashlib.sha256()
    for block in blocks(size):
        whole.update(block)
    return whole.hexdigest()


def chunks(size: int = SIZE) -> Iterator[bytes]:
    for block in blocks(size):
        yield b"%x\r\n%b\r\n" % (len(block), block)
    yield b"0\r\n\r\n"


FRAMINGS = {
    "counted": (f"Content-Length: {SIZE}", blocks),
    "chunked": (CHUNKED, chunks),
}


@pytest.mark.parametrize("framing", FRAMINGS)
def test_download(lab: Lab, framing: str) -> None:
    field, pieces = FRAMINGS[framing]

    def serve(served: Served) -> None:
        while True:
            served.request()
            served.send(head("HTTP/1.1 200 OK", field), *pieces())

    web = Web(lab)
    web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(get())
        assert received(visitor) == digest()


def received(visitor: Visitor) -> str:
    """Digest of an answer's body, read piece by piece."""
    before = visitor.reader.head()
    counted = before.values("Content-Length")
    whole, left = hashlib.sha256(), int(counted[0]) if counted else 0
    while left:
        size = min(left, 65536)
        whole.update(visitor.reader.exact(size))
        left -= size
    if not counted:
        while size := int(visitor.reader.until(b"\r\n"), 16):
            whole.update(visitor.reader.exact(size))
            visitor.reader.exact(2)
        assert visitor.reader.until(b"\r\n") == b"\r\n"
    return whole.hexdigest()


@pytest.mark.parametrize("framing", FRAMINGS)
def test_upload(lab: Lab, framing: str) -> None:
    field, pieces = FRAMINGS[framing]

    def serve(served: Served) -> None:
        while True:
            served.send(response(hashlib.sha256(served.request().body).hexdigest().encode()))

    web = Web(lab)
    web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(request("POST / HTTP/1.1", field), *pieces())
        assert visitor.answer().body.decode() == digest()


def test_both_ways_at_once(lab: Lab) -> None:
    """The service sends back what comes while it comes."""
    size = 16 * MIB

    def serve(served: Served) -> None:
        served.reader.head()
        served.send(head("HTTP/1.1 200 OK", f"Content-Length: {size}"))
        for _ in range(size // MIB):
            served.send(served.reader.exact(MIB))

    web = Web(lab)
    web.publish(serve)
    with web.visitor() as visitor:
        sender = gevent.spawn(
            visitor.send,
            head("POST / HTTP/1.1", "Host: a.test", f"Content-Length: {size}"),
            *blocks(size),
        )
        assert received(visitor) == digest(size)
        sender.get(timeout=10)


class Meter:
    """Counts what a sender got rid of."""

    def __init__(self) -> None:
        self.sent = 0

    def pump(self, send: Callable[[bytes], None], pieces: Iterator[bytes]) -> None:
        for piece in pieces:
            send(piece)
            self.sent += len(piece)

    def wait_stalled(self) -> None:
        """Until nothing has moved for a second."""

        def is_stalled() -> bool:
            before = self.sent
            gevent.sleep(1)  # stillness announces itself by no event
            return self.sent == before > 0

        eventually(is_stalled, timeout=60, what="a stalled reader stalls nobody")


def test_a_stalled_visitor_holds_the_service_up(lab: Lab) -> None:
    size, meter = 256 * MIB, Meter()

    def serve(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK", f"Content-Length: {size}"))
        meter.pump(served.send, blocks(size))

    web = Web(lab)
    web.publish(serve)
    assert web.ask(get(host="nobody.test")).status == 404
    before = web.server.usage().memory_info().rss
    with web.visitor() as visitor:
        visitor.send(get())
        meter.wait_stalled()
        assert meter.sent < STALLED_GROWTH
        assert web.server.usage().memory_info().rss - before < STALLED_GROWTH


def test_a_stalled_service_holds_the_visitor_up(lab: Lab) -> None:
    size, meter = 256 * MIB, Meter()
    web = Web(lab)
    may_read = Event()

    def serve(served: Served) -> None:
        served.reader.head()
        may_read.wait()

    web.publish(serve)
    assert web.ask(get(host="nobody.test")).status == 404
    before = web.server.usage().memory_info().rss
    with web.visitor() as visitor:
        visitor.send(head("POST / HTTP/1.1", "Host: a.test", f"Content-Length: {size}"))
        visitor.connection.settimeout(None)
        sender = gevent.spawn(meter.pump, visitor.send, blocks(size))
        try:
            meter.wait_stalled()
            assert meter.sent < STALLED_GROWTH
            assert web.server.usage().memory_info().rss - before < STALLED_GROWTH
        finally:
            sender.kill()
            may_read.set()


def test_a_stalled_visitor_stalls_nobody_else(lab: Lab) -> None:
    def serve(served: Served) -> None:
        while True:
            path = served.request().line.split(b" ")[1]
            served.send(*([head("HTTP/1.1 200 OK", CHUNKED), *chunks()] if path == b"/long" else [response()]))

    web = Web(lab)
    web.publish(serve)
    with web.visitor() as stalled:
        stalled.send(get("/long"))
        before = stalled.reader.head()
        for _ in range(5):
            assert web.body(get("/short")) == "hello"
        whole = stalled.reader.body(before).body
    assert hashlib.sha256(whole).hexdigest() == digest(), "it has all in the end"


@pytest.mark.parametrize("framing", ["chunked", "until the end"])
def test_events_come_one_by_one(lab: Lab, framing: str) -> None:
    """Each is here before the next one is made."""
    heard = Event()

    def serve(served: Served) -> None:
        served.request()
        fields = ["Content-Type: text/event-stream", *([CHUNKED] if framing == "chunked" else [])]
        served.send(head("HTTP/1.1 200 OK", *fields))
        for at in range(5):
            assert heard.wait(10)
            heard.clear()
            event = b"data: %d\n\n" % at
            served.send(b"%x\r\n%b\r\n" % (len(event), event) if framing == "chunked" else event)
        served.send(b"0\r\n\r\n" if framing == "chunked" else b"")

    web = Web(lab)
    web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(get())
        assert visitor.reader.head().values("Content-Type") == [b"text/event-stream"]
        for at in range(5):
            heard.set()
            assert visitor.reader.until(b"\n\n").endswith(b"data: %d\n\n" % at)
        visitor.reader.until(b"0\r\n\r\n")
