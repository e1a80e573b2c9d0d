"""Answers that are made here: under back-pressure, from slow sources, for visitors that leave."""

import time
from collections.abc import Callable, Iterator

import pytest
from gevent.event import Event

from frpg.net.stream import Stream
from frpg.proto.http1.forward import Visitor
from frpg.proto.http1.request import Request
from frpg.relay.http import front, local
from frpg.relay.http.local import UNKNOWN_SIZE, LateRefusal, LocalExchange
from frpg.relay.http.pages import Pages
from frpg.relay.http.site import HttpSite, Visit
from tests.support.waiting import eventually
from tests.unit.relay.http.guest import Guest
from tests.unit.relay.http.wires import VISITOR, Wire, get, post, settle


class FakeBody:
    """Gives its pieces; None stands for one that takes a wait, which ends with `gate`."""

    def __init__(self, *pieces: bytes | OSError | None) -> None:
        self.pieces = list(pieces)
        self.gate = Event()
        self.closed = 0

    def read(self) -> bytes | None:
        assert not self.closed
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, OSError):
            raise piece
        return piece

    def wait(self) -> bytes:
        assert self.gate.wait(10)
        piece = self.read()
        assert piece is not None
        return piece

    def close(self) -> None:
        self.closed += 1


class Site(HttpSite):
    """Answers every request with the next body."""

    def __init__(self) -> None:
        super().__init__(Pages())
        self.size = UNKNOWN_SIZE
        self.bodies: list[FakeBody] = []
        self.serve_with: Callable[[Visit, Request], None] = self.answer

    def visitor(self, stream: Stream) -> Visitor:
        return Visitor(b"192.0.2.7")

    def serve(self, visit: Visit, request: Request) -> None:  # type: ignore[override]
        self.serve_with(visit, request)

    def answer(self, visit: Visit, request: Request) -> None:
        length = b"Content-Length: %d\r\n" % self.size if self.size >= 0 else b""
        visit.ask(LocalExchange(visit, request, 200, length, self.size, self.bodies.pop(0)))

    def refuse(self, stream: Stream, why: str) -> None:
        raise AssertionError(why)

    def visit(self, data: bytes = b"") -> Wire:
        visitor = Wire(VISITOR)
        self.admit(visitor)
        settle()
        if data:
            visitor.feed(data)
            settle()
        return visitor

    def will_send(self, *pieces: bytes | OSError | None, size: int = UNKNOWN_SIZE) -> FakeBody:
        self.size = size
        self.bodies.append(FakeBody(*pieces))
        return self.bodies[-1]


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture(autouse=True)
def closed(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(front, "date", lambda: b"then")
    yield
    site.close()
    settle()
    assert not site.fronts


def answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nDate: then\r\n\r\n" % len(body) + body


def test_the_pieces_are_the_body(site: Site) -> None:
    body = site.will_send(b"he", b"llo", size=5)
    assert site.visit(get()).take() == answer(b"hello")
    assert body.closed == 1


def test_a_body_of_unknown_size_is_chunked(site: Site) -> None:
    body = site.will_send(b"he", b"llo")
    got = site.visit(get()).take()
    assert got.endswith(b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
    assert body.closed == 1


def test_for_http_1_0_the_end_of_the_connection_ends_it(site: Site) -> None:
    site.will_send(b"he", b"llo")
    visitor = site.visit(get(minor=0))
    assert visitor.take() == b"HTTP/1.0 200 OK\r\nDate: then\r\nConnection: close\r\n\r\nhello"
    assert visitor.is_closed


def test_no_body_for_head(site: Site) -> None:
    body = site.will_send(b"hello", size=5)
    visitor = site.visit(get(method="HEAD"))
    assert visitor.take() == answer(b"hello").removesuffix(b"hello")
    assert (body.pieces, body.closed) == ([b"hello"], 1)
    assert not visitor.is_closed


def test_requests_in_order(site: Site) -> None:
    for _ in range(3):
        site.will_send(b"hello", size=5)
    assert site.visit(get() * 3).take() == answer(b"hello") * 3


def test_a_body_that_came_with_the_request_is_read_past(site: Site) -> None:
    site.will_send(b"hello", size=5)
    site.will_send(b"hello", size=5)
    visitor = site.visit(post(6) + b"abc")
    assert visitor.take() == answer(b"hello")
    visitor.feed(b"def" + get())
    settle()
    assert visitor.take() == answer(b"hello")


def test_a_slow_visitor_stops_the_reading(site: Site) -> None:
    body = site.will_send(b"1", b"2", b"3", size=3)
    visitor = site.visit()
    visitor.is_congested = True
    visitor.write = _congested(visitor)  # type: ignore[method-assign]
    visitor.is_congested = False
    visitor.feed(get())
    settle()
    assert visitor.take().endswith(b"\r\n\r\n1")
    assert body.pieces == [b"2", b"3"]
    visitor.drain()
    assert (visitor.take(), body.pieces) == (b"2", [b"3"])
    visitor.drain()
    assert (visitor.take(), body.closed) == (b"3", 1)


def _congested(visitor: Wire) -> Callable[..., bool]:
    def write(views: list[bytes]) -> bool:
        visitor.written += b"".join(views)
        return False

    return write


class SharedWire(Wire):
    """Shares a connection that others have filled; what it writes itself goes out at once, and nobody calls it."""

    is_congested = property(lambda self: True, lambda self, value: None)  # type: ignore[assignment]

    def write(self, views: list[bytes]) -> bool:  # type: ignore[override]
        self.written += b"".join(views)
        return True


@pytest.mark.parametrize("version", [1, 2])
def test_what_others_wrote_holds_nobody_up(site: Site, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a multiplexed connection who has not written is not told when the others' bytes have gone."""
    for _ in range(3):
        site.will_send(b"hello", size=5)
    if version == 1:
        visitor = SharedWire(VISITOR)
        site.admit(visitor)
        settle()
        visitor.feed(get() * 3)
        settle()
        assert visitor.take() == answer(b"hello") * 3
    else:
        monkeypatch.setattr("tests.unit.relay.http.test_local.Wire", SharedWire)
        guest = Guest(site)  # type: ignore[arg-type]
        assert [bytes(guest.get().body) for _ in range(3)] == [b"hello"] * 3


def test_a_slow_visitor_is_not_one_that_stands_still(site: Site) -> None:
    """Nothing of what it has not read yet shows here: what counts is that more is written now and then."""
    site.will_send(*[b"x"] * 10, size=10)
    visitor = site.visit()
    visitor.write = _congested(visitor)  # type: ignore[method-assign]
    visitor.feed(get())
    settle()
    (one,) = site.fronts
    now = time.monotonic()
    for number in range(1, 6):
        one.check(now + number * front.STALL_SECONDS * 0.9)
        visitor.drain()
    assert not visitor.is_closed
    one.check(now + 5 * front.STALL_SECONDS)
    one.check(now + 6 * front.STALL_SECONDS)
    assert visitor.is_closed


def test_others_have_their_turn(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "TURN", 2)
    body = site.will_send(b"1", b"2", b"3", b"4", b"5", size=5)
    visitor = Wire(VISITOR)
    site.admit(visitor)
    settle()
    visitor.feed(get())
    assert visitor.take() == answer(b"12345").removesuffix(b"345")
    assert body.pieces == [b"3", b"4", b"5"]
    visitor.drain()  # does not end the pause
    assert body.pieces == [b"3", b"4", b"5"]
    eventually(lambda: body.closed == 1)
    assert visitor.take() == b"345"


def test_a_visitor_may_leave_while_others_have_their_turn(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "TURN", 2)
    body = site.will_send(b"1", b"2", b"3", size=3)
    visitor = Wire(VISITOR)
    site.admit(visitor)
    settle()
    visitor.feed(get())
    visitor.end()
    settle()
    assert (body.pieces, body.closed) == ([b"3"], 1)


def test_pieces_that_take_a_while(site: Site) -> None:
    body = site.will_send(b"1", None, b"2", b"3", size=3)
    visitor = site.visit(get())
    assert visitor.take() == answer(b"123").removesuffix(b"23")
    visitor.drain()  # nobody else reads meanwhile
    assert body.pieces == [b"2", b"3"]
    body.gate.set()
    settle()
    assert (visitor.take(), body.closed) == (b"23", 1)


def test_a_visitor_may_leave_meanwhile(site: Site) -> None:
    body = site.will_send(b"1", None, b"2", size=2)
    visitor = site.visit(get())
    visitor.end()
    settle()
    assert visitor.is_closed
    assert body.closed == 0  # it is in use
    body.gate.set()
    settle()
    assert body.closed == 1
    assert visitor.take() == answer(b"12").removesuffix(b"2")


@pytest.mark.parametrize("pieces", [(b"1", b""), (b"1", OSError(5, "bad disk")), (b"1", None, OSError(5, "bad disk"))])
@pytest.mark.parametrize("minor", [0, 1])
def test_what_ends_early_looks_like_it(site: Site, pieces: tuple[bytes], minor: int) -> None:
    body = site.will_send(*pieces, size=3)
    body.gate.set()
    visitor = site.visit(get(minor=minor))
    assert visitor.take().endswith(b"\r\n\r\n1")
    assert visitor.is_closed
    assert visitor.was_aborted == (minor == 0)
    assert body.closed == 1


def test_a_fault_of_ours_ends_the_answer(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    body = site.will_send(None, None, size=3)  # `wait` asserts that there is a piece
    body.gate.set()
    visitor = site.visit(get())
    assert visitor.is_closed
    assert body.closed == 1
    assert "an answer failed" in caplog.text


def test_http2(site: Site) -> None:
    size = 200_000  # more than the first window
    body = site.will_send(*[b"x" * 1000] * 100, None, *[b"y" * 1000] * 100, size=size)
    body.gate.set()
    guest = Guest(site)  # type: ignore[arg-type]
    message = guest.get()
    assert bytes(message.body) == b"x" * (size // 2) + b"y" * (size // 2)
    assert message.value(b"content-length") == b"%d" % size
    assert message.is_ended
    assert body.closed == 1
    site.will_send(b"", size=0)
    assert guest.get().is_ended
    body = site.will_send(b"hello", size=5)
    head = guest.messages[guest.call(method=b"HEAD")]
    assert (head.is_ended, bytes(head.body), body.closed) == (True, b"", 1)


# --- refusals that take a while


def test_a_late_refusal(site: Site) -> None:
    def refuse(visit: Visit) -> None:
        visit.reply(401, text="no\n")

    site.serve_with = lambda visit, request: visit.ask(LateRefusal(visit, request, 0.01, refuse))
    visitor = Wire(VISITOR)
    site.admit(visitor)
    settle()
    visitor.feed(get())
    assert visitor.take() == b""
    eventually(lambda: visitor.written.endswith(b"\r\n\r\nno\n"))
    assert not visitor.is_closed
    guest = Guest(site)  # type: ignore[arg-type]
    number = guest.call()

    def has_answer() -> bool:
        guest.hear()
        return guest.messages[number].is_ended

    eventually(has_answer)
    assert guest.messages[number].status == 401


def test_nobody_is_left_to_refuse(site: Site) -> None:
    asked: list[LateRefusal] = []

    def serve(visit: Visit, request: Request) -> None:
        asked.append(LateRefusal(visit, request, 0.01, lambda _: asked.clear()))
        visit.ask(asked[0])

    site.serve_with = serve
    site.visit(get()).end()
    settle()
    (exchange,) = asked
    assert exchange.is_over
    assert not exchange._timer.active
