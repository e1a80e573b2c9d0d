"""A visitor's connection: requests in order, bodies under back-pressure, visitors that leave."""

from collections.abc import Sequence

import pytest

from frpg.proto.stage import Buffer
from frpg.relay.http.front import MAX_AHEAD
from tests.unit.proto.http1.messages import cuts, judge_request, judge_response
from tests.unit.relay.http.wires import PLAIN, VISITOR, FakeService, Wire, World, answer, get, post, settle


def test_a_request_and_its_answer(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    assert service.wire.take() == PLAIN
    service.wire.feed(answer(b"hello"))
    assert visitor.take() == answer(b"hello")
    assert service.sources == [visitor.remote_addr]
    assert not visitor.is_closed
    assert service.connections == 1


REQUESTS = [
    get("/1"),
    post(5) + b"hello",
    post(-1, "x: y") + b"2\r\nhe\r\n3;x\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n",
    get("/2"),
]


def test_requests_cut_everywhere(world: World, service: FakeService) -> None:
    sent = b"\r\n" + b"".join(REQUESTS)
    for step in range(1, len(sent) + 1):
        visitor = world.visit()
        for piece in cuts(sent, step):
            visitor.feed(piece)
        bodies = []
        for _ in REQUESTS:
            settle()
            verdict = judge_request(service.wire.take())
            assert verdict.complete == 1
            bodies.append((verdict.first, verdict.body, verdict.values(b"x-sum")))
            service.wire.feed(answer())
        assert bodies == [(b"/1", b"", []), (b"/", b"hello", []), (b"/", b"hello", [b"1"]), (b"/2", b"", [])]
        assert visitor.take() == answer() * 4
        visitor.end()
    assert len(service.opened) == 1


def test_pipelined_requests_are_answered_in_order(world: World, service: FakeService) -> None:
    visitor = world.visit(b"".join(get(f"/{number}") for number in range(5)) + get("/", host="no.test"))
    for number in range(5):
        assert service.wire.take().startswith(b"GET /%d " % number)
        service.wire.feed(answer(b"%d" % number))
        settle()
    got = visitor.take()
    assert [got.index(b"\r\n\r\n%d" % number) for number in range(5)] == sorted(
        got.index(b"\r\n\r\n%d" % number) for number in range(5)
    )
    assert got.index(b"404") > got.index(b"\r\n\r\n4")
    assert len(service.opened) == 1


class Narrow(Wire):
    """Takes one write, and is congested after it until it drains."""

    def write(self, views: Sequence[Buffer]) -> bool:
        super().write(views)
        self.is_congested = True
        return False


def test_answers_that_nobody_reads_do_not_pile_up(world: World) -> None:
    visitor = Narrow(VISITOR)
    world.vhost.admit(visitor)  # type: ignore[arg-type]
    settle()
    for piece in cuts(get(host="no.test") * 1000, 10_000):
        visitor.feed(piece)
    for number in range(1, 1001):
        assert visitor.written.count(b"HTTP/1.1 404") == number
        visitor.drain()
        settle()
    assert visitor.written.count(b"HTTP/1.1 404") == 1000
    assert visitor._pending == []


def test_what_comes_ahead_has_a_limit(world: World, service: FakeService) -> None:
    service.gate = None
    visitor = world.visit(get())
    for _ in range(100):
        visitor.feed(get("/" + "x" * 1000))
    settle()
    assert visitor.is_paused
    kept = sum(map(len, visitor._pending))
    assert 100 * 1000 - kept <= MAX_AHEAD + 2000
    for _ in range(101):
        service.wire.feed(answer())
        settle()
    assert visitor.take().count(b"200 OK") == 101
    assert not visitor.is_paused


def test_upload_is_paused_by_a_slow_service(world: World, service: FakeService) -> None:
    visitor = world.visit(post(300) + b"a" * 100)
    service.wire.is_congested = True
    visitor.feed(b"b" * 100)
    assert visitor.is_paused
    visitor.feed(b"c" * 100)
    settle()
    assert not service.wire.written.endswith(b"c")
    service.wire.drain()
    settle()
    assert service.wire.take().endswith(b"a" * 100 + b"b" * 100 + b"c" * 100)
    service.wire.feed(answer())
    assert visitor.take() == answer()


@pytest.mark.parametrize("body", [b"x" * 10, b"x" * 100_000])
def test_an_early_answer_does_not_stop_the_visitor(world: World, service: FakeService, body: bytes) -> None:
    visitor = world.visit(post(len(body) + 5))
    service.wire.is_congested = True
    visitor.feed(body)
    service.wire.feed(answer(status="413 Too Large"))
    settle()
    assert service.wire.is_closed  # it was not sent all
    assert visitor.take().startswith(b"HTTP/1.1 413")
    visitor.feed(b"yyyyy" + get("/next"))
    settle()
    assert len(service.opened) == 2
    assert service.wire.take() == PLAIN.replace(b"GET / ", b"GET /next ")


def test_a_slow_visitor_pauses_the_service(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    visitor.is_congested = True
    service.wire.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + b"a" * 100)
    assert service.wire.is_paused
    service.wire.feed(b"b" * 200)
    settle()
    assert not visitor.written.endswith(b"b")
    visitor.drain()
    settle()
    assert visitor.take().endswith(b"a" * 100 + b"b" * 200)
    assert not service.wire.is_paused
    assert len(service.backends) == 1


@pytest.mark.parametrize("minor", [0, 1])
@pytest.mark.parametrize("connection", ["close", "keep-alive"])
def test_the_connection_stays_as_asked(world: World, service: FakeService, minor: int, connection: str) -> None:
    visitor = world.visit(get("/", f"Connection: {connection}", minor=minor))
    service.wire.feed(answer(b"hello"))
    line = b"" if connection == "keep-alive" and minor else b"Connection: %b\r\n" % connection.encode()
    start = b"HTTP/1.%d 200 OK\r\nContent-Length: 5\r\nDate: then\r\n%b\r\nhello" % (minor, line)
    assert visitor.take() == start
    assert visitor.is_closed is (connection == "close")
    assert not visitor.was_aborted


def test_answers_of_unknown_length(world: World, service: FakeService) -> None:
    start = b"HTTP/1.1 200 OK\r\nDate: then\r\n"
    visitor = world.visit(get())
    service.wire.feed(start + b"\r\nab")
    assert visitor.take() == start + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
    service.wire.end()
    assert visitor.take() == b"0\r\n\r\n"
    old = world.visit(get("/", "Connection: keep-alive", minor=0))
    service.wire.feed(start + b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
    assert old.take() == b"HTTP/1.0 200 OK\r\nDate: then\r\nConnection: close\r\n\r\nab"
    service.wire.feed(b"0\r\nX-Sum: 1\r\n\r\n")
    assert (old.take(), old.is_closed, old.was_aborted) == (b"", True, False)


def test_chunks_and_trailers_of_an_answer(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    service.wire.feed(b"HTTP/1.1 200 OK\r\nDate: then\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert visitor.take().endswith(b"Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in cuts(b"3;x\r\nabc\r\n002\r\nde\r\n0\r\nX-Sum: 1\r\nContent-Length: 7\r\n\r\n", 7):
        service.wire.feed(piece)
    got = visitor.take()
    assert got.endswith(b"0\r\nX-Sum: 1\r\n\r\n")
    verdict = judge_response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + got)
    assert (verdict.body, verdict.complete) == (b"abcde", 1)
    assert len(service.backends) == 1


@pytest.mark.parametrize("minor", [0, 1])
def test_an_answer_cut_short_does_not_look_complete(world: World, service: FakeService, minor: int) -> None:
    visitor = world.visit(get(minor=minor))
    service.wire.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    service.wire.end()
    assert visitor.take().endswith(b"hello")
    assert visitor.is_closed
    assert visitor.was_aborted is (minor == 0)


@pytest.mark.parametrize("leave", [Wire.end, lambda wire: wire.fail(ConnectionResetError())])
@pytest.mark.parametrize("moment", ["opening", "asked", "answering", "uploading", "idle"])
def test_a_visitor_that_leaves_takes_its_request_along(world: World, service: FakeService, moment: str, leave) -> None:  # type: ignore[no-untyped-def]
    if moment == "opening":
        from gevent.event import Event

        service.gate = Event()
    visitor = world.visit(post(10) + b"x" if moment == "uploading" else get())
    if moment in ("answering", "idle"):
        service.wire.feed(answer(b"hello")[: -1 if moment == "answering" else None])
    leave(visitor)
    settle()
    assert visitor.is_closed
    assert not world.vhost.fronts
    assert service.connections == (moment == "idle")
    if moment != "opening":
        assert service.wire.was_aborted is (moment != "idle")


def test_expectations_pass(world: World, service: FakeService) -> None:
    visitor = world.visit(post(5, "Expect: 100-continue"))
    assert b"Expect: 100-continue\r\n" in service.wire.take()
    service.wire.feed(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert visitor.take() == b"HTTP/1.1 100 Continue\r\n\r\n"
    visitor.feed(b"hello")
    assert service.wire.take() == b"hello"
    service.wire.feed(b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + answer())
    assert visitor.take() == b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + answer()


def test_interim_answers_are_not_for_http_1_0(world: World, service: FakeService) -> None:
    visitor = world.visit(get(minor=0))
    service.wire.feed(b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + answer())
    assert visitor.take().startswith(b"HTTP/1.0 200 OK\r\n")


def test_a_refused_expectation_ends_the_connection(world: World) -> None:
    visitor = world.visit(get("/", "Content-Length: 5", "Expect: 100-continue", host="no.test", method="POST"))
    assert b"Connection: close\r\n" in visitor.take()
    assert visitor.is_finished
