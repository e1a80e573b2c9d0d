"""HTTP/2 visitors and services that are slow, and visitors that mean no good: nobody else notices, nothing grows."""

from collections.abc import Iterator

import gevent
import pytest
from gevent.event import Event
from h2.errors import ErrorCodes

from tests.support.http2_visitor import Http2Visitor
from tests.support.lab import Lab
from tests.support.waiting import eventually
from tests.support.web import Served, Web, get, head, needs_our_frps, response

MIB = 1 << 20
STALLED_GROWTH = 64 * MIB  # what a stalled peer may cost: windows and buffers of each hop


@pytest.fixture
def web(lab: Lab) -> Web:
    return Web(lab)


def visit(web: Web, *, takes: bool = True) -> Http2Visitor:
    return Http2Visitor(web.port, takes=takes)


def blocks(size: int) -> Iterator[bytes]:
    block = bytes(range(256)) * 1024
    for at in range(size // len(block)):
        yield at.to_bytes(4, "big") + block[4:]


class Meter:
    """Counts what a sender got rid of."""

    def __init__(self) -> None:
        self.sent = 0

    def wait_stalled(self) -> None:
        """Until nothing has moved for a second."""

        def is_stalled() -> bool:
            before = self.sent
            gevent.sleep(1)  # stillness announces itself by no event
            return self.sent == before > 0

        eventually(is_stalled, timeout=60, what="a stalled reader stalls nobody")


def test_a_closed_window_holds_the_service_up_and_nobody_else(web: Web) -> None:
    needs_our_frps(web.lab.ends)
    size, meter = 256 * MIB, Meter()

    def serve(served: Served) -> None:
        while True:
            if served.request().line.split(b" ")[1] != b"/long":
                served.send(response())
                continue
            served.send(head("HTTP/1.1 200 OK", f"Content-Length: {size}"))
            for block in blocks(size):
                served.send(block)
                meter.sent += len(block)

    web.publish(serve)
    with visit(web) as visitor:
        visitor.get(b"/short")
        before = web.server.usage().memory_info().rss
        visitor.takes = False
        long = visitor.ask(b"/long")
        visitor.push()
        visitor.until(lambda: len(visitor.messages[long].body) > 65000)
        meter.wait_stalled()
        assert meter.sent < STALLED_GROWTH
        assert web.server.usage().memory_info().rss - before < STALLED_GROWTH
        visitor.connection.increment_flow_control_window(1 << 20)  # of the connection; that of the stream stays shut
        assert visitor.get(b"/short").status == 200
        visitor.connection.reset_stream(long)
        visitor.push()


def test_a_slow_service_holds_the_visitor_up_and_nobody_else(web: Web) -> None:
    needs_our_frps(web.lab.ends)
    may_read = Event()

    def serve(served: Served) -> None:
        while True:
            if served.reader.head().line.split(b" ")[1] == b"/slow":
                assert may_read.wait(60)
                return
            served.send(response())

    web.publish(serve)
    with visit(web) as visitor:
        visitor.get(b"/fast")
        before = web.server.usage().memory_info().rss
        slow = visitor.begin(b"/slow")
        meter = Meter()

        def upload() -> None:
            block = bytes(16384)
            while meter.sent < 256 * MIB:
                if visitor.room(slow) < len(block):
                    visitor.step()
                else:
                    visitor.body(slow, block)
                    visitor.push()
                    meter.sent += len(block)

        sender = gevent.spawn(upload)
        try:
            meter.wait_stalled()
        finally:
            sender.kill()
        assert meter.sent < STALLED_GROWTH
        assert web.server.usage().memory_info().rss - before < STALLED_GROWTH
        assert visitor.get(b"/fast").status == 200
        may_read.set()


# --- strangers


def test_rapid_resets_are_stopped(web: Web) -> None:
    needs_our_frps(web.lab.ends)
    service = web.publish()
    with visit(web) as visitor:
        for _ in range(1000):
            visitor.connection.reset_stream(visitor.ask())
            visitor.push()
        visitor.until(lambda: visitor.goaway is not None)
        assert visitor.goaway == ErrorCodes.ENHANCE_YOUR_CALM
    assert web.ask(get()).status == 200
    assert len(service.connections) < 300


@pytest.mark.parametrize("field", [b"connection", b"transfer-encoding", b"upgrade"])
def test_fields_of_connections_are_refused(web: Web, field: bytes) -> None:
    needs_our_frps(web.lab.ends)
    service = web.publish()
    with visit(web) as visitor:
        assert visitor.get(b"/", (field, b"chunked")).status == 400
        assert visitor.get().status == 200
    assert len(service.requests) == 1


def test_a_short_body_never_swallows_the_next_request(web: Web) -> None:
    """Trailers end the stream where the length says that there is more."""
    needs_our_frps(web.lab.ends)
    service = web.publish()
    with visit(web) as visitor:
        stream = visitor.begin(b"/", (b"content-length", b"100"))
        visitor.upload(stream, b"short", trailers=[(b"x-sum", b"7")])
        assert visitor.finished(stream).reset == ErrorCodes.PROTOCOL_ERROR
        assert visitor.get(b"/next").status == 200
    assert [request.line for request in service.requests] == [b"GET /next HTTP/1.1"]
