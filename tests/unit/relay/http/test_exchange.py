"""Requests that fail on their way: tried again where that is safe, answered with the right status where it is not."""

import time

import gevent
import pytest
from gevent.event import Event

from frpg.errors import FrpgError
from frpg.relay.http import exchange
from tests.unit.relay.http.wires import FakeService, Wire, World, answer, get, post, settle


def reused(world: World, service: FakeService) -> Wire:
    """A connection at rest."""
    first = world.visit(get())
    service.wire.feed(answer())
    assert len(service.backends) == 1
    first.end()
    return service.wire


LEAVING = [Wire.end, lambda wire: wire.fail(ConnectionResetError("reset"))]


@pytest.mark.parametrize("leave", LEAVING)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_what_may_be_sent_twice_is_when_an_old_connection_ends(
    world: World, service: FakeService, method: str, leave
) -> None:  # type: ignore[no-untyped-def]
    old = reused(world, service)
    old.take()
    visitor = world.visit(get("/", method=method))
    assert old.take().startswith(method.encode())
    leave(old)
    settle()
    assert service.wire is not old
    assert service.wire.take().startswith(method.encode())
    assert visitor.written == b""
    service.wire.feed(answer())
    assert visitor.take() == answer()


@pytest.mark.parametrize("leave", LEAVING)
@pytest.mark.parametrize(
    "request_", [get(method="POST"), get(method="PATCH"), post(5) + b"hello", post(-1), post(5) + b"h"]
)
def test_what_may_not_be_sent_twice_is_not(world: World, service: FakeService, request_: bytes, leave) -> None:  # type: ignore[no-untyped-def]
    old = reused(world, service)
    visitor = world.visit(request_)
    leave(old)
    settle()
    assert visitor.take().startswith(b"HTTP/1.1 502 ")
    assert service.opened == [old]


def test_what_may_not_be_sent_twice_takes_no_connection_that_has_rested(world: World, service: FakeService) -> None:
    old = reused(world, service)
    (idle,) = service.backends._idle
    idle.idle_since -= exchange._MAX_REST_OF_ONCE + 0.5
    world.visit(get(method="POST"))
    assert len(service.opened) == 2
    world.visit(get())
    assert len(service.opened) == 2
    assert old.written.endswith(b"\r\n\r\n")


def test_an_old_connection_is_given_up_once(world: World, service: FakeService) -> None:
    old = reused(world, service)
    visitor = world.visit(get())
    old.end()
    settle()
    service.wire.end()  # a new one that ends as well is a fault
    settle()
    assert visitor.take().startswith(b"HTTP/1.1 502 ")
    assert len(service.opened) == 2


@pytest.mark.parametrize("step", [1, 5, 1000])
@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n", b"\0" * 100 + b"\n\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"x" * 300_000, b"HTTP/1.1 100 Go\r\n\r\nnonsense\r\n\r\n",
    ],
)  # fmt: skip
def test_garbage_is_no_answer_and_no_reason_to_ask_again(world: World, garbage: bytes, step: int) -> None:
    one, other = FakeService("one"), FakeService("other")
    target = world.publish(one, other)
    visitor = world.visit(get())
    for start in range(0, len(garbage), step if len(garbage) < 1000 else 100_000):
        one.wire.feed(garbage[start : start + (step if len(garbage) < 1000 else 100_000)])
    settle()
    assert one.wire.was_aborted
    assert visitor.take().removeprefix(b"HTTP/1.1 100 Go\r\n\r\n").startswith(b"HTTP/1.1 502 ")
    assert other.opened == []
    assert target.suspects == ["one"]
    visitor.feed(get())
    settle()
    one.wire.feed(answer())
    assert visitor.take() == answer()


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_an_answer_that_had_begun_is_not_asked_for_again(world: World, service: FakeService, cut: int) -> None:
    old = reused(world, service)
    visitor = world.visit(get())
    old.feed(answer()[:cut])
    old.end()
    settle()
    assert visitor.take().startswith(b"HTTP/1.1 502 ")
    assert service.opened == [old]


# --- groups


@pytest.fixture
def members(world: World) -> list[FakeService]:
    return [FakeService("one"), FakeService("two"), FakeService("three")]


@pytest.mark.parametrize("request_", [get(), post(5) + b"hello"])
@pytest.mark.parametrize(
    "failure", [FrpgError(reason="no work connection"), ConnectionError("gone"), TimeoutError("late")]
)
def test_members_that_cannot_be_reached_are_passed_over(
    world: World, members: list[FakeService], request_: bytes, failure: Exception
) -> None:
    target = world.publish(*members)
    for member in members[:2]:
        member.failures = [failure]
    visitor = world.visit(request_)
    assert target.suspects == ["one", "two"]
    members[2].wire.feed(answer())
    assert visitor.take() == answer()


def test_no_member_can_be_reached(world: World, members: list[FakeService]) -> None:
    target = world.publish(*members)
    for member in members:
        member.failures = [FrpgError(reason="no work connection")]
    visitor = world.visit(get())
    assert visitor.take().startswith(b"HTTP/1.1 503 ")
    assert target.suspects == ["one", "two", "three"]
    visitor.feed(get())
    settle()
    members[0].wire.feed(answer())
    assert visitor.take() == answer()


@pytest.mark.parametrize("leave", LEAVING)
def test_members_whose_service_is_dead_are_passed_over(world: World, members: list[FakeService], leave) -> None:  # type: ignore[no-untyped-def]
    target = world.publish(*members)
    visitor = world.visit(get())
    for member in members[:2]:
        leave(member.wire)
        settle()
    members[2].wire.feed(answer())
    assert visitor.take() == answer()
    assert target.suspects == ["one", "two"]
    assert [member.connections for member in members] == [0, 0, 1]


@pytest.mark.parametrize("request_", [get(method="POST"), post(5) + b"hello"])
def test_a_dead_service_gets_no_second_try_for_what_cannot_be_sent_twice(
    world: World, members: list[FakeService], request_: bytes
) -> None:
    target = world.publish(*members)
    visitor = world.visit(request_)
    members[0].wire.end()
    settle()
    assert visitor.take().startswith(b"HTTP/1.1 502 ")
    assert target.suspects == ["one"]
    assert members[1].opened == []


def test_the_old_connection_of_a_member_that_died(world: World, members: list[FakeService]) -> None:
    target = world.publish(*members)
    first = world.visit(get())
    members[0].wire.feed(answer())
    old = members[0].wire
    first.feed(get("/second"))
    members[0].failures = [ConnectionError("refused")]
    old.end()
    settle()
    assert target.suspects == ["one"]
    assert members[1].wire.take().startswith(b"GET /second ")


# --- leaving while a connection is opened


def test_a_visitor_that_leaves_in_the_moment_when_the_connection_comes(world: World, service: FakeService) -> None:
    service.gate = Event()
    visitor = world.visit(post(5) + b"hello")
    service.gate.set()  # wakes the opener in this turn of the loop
    visitor.end()
    settle()
    assert service.connections == 0
    assert all(wire.is_closed and wire.written == b"" for wire in service.opened)


def test_leaving_just_after_the_connection_has_come(world: World, service: FakeService) -> None:
    class Late(FakeService):
        """Its visitor leaves while it opens, and the kill comes too late."""

        def open(self, *addresses):  # type: ignore[no-untyped-def]
            visitor.end()
            return super().open(*addresses)

    late = Late()
    world.publish(late, host="late.test")
    visitor = Wire(("192.0.2.1", 1))
    world.vhost.admit(visitor)  # type: ignore[arg-type]
    settle()
    visitor.feed(get(host="late.test"))
    settle()
    assert visitor.is_closed
    assert late.connections == 0
    assert all(wire.is_closed and wire.written == b"" for wire in late.opened)
    assert service.opened == []


def test_a_bug_ends_the_visitor_and_nothing_else(
    world: World, service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    service.failures = [ZeroDivisionError()]
    visitor = world.visit(get())
    assert visitor.is_closed
    assert "an exchange failed" in caplog.text
    other = world.visit(get())
    service.wire.feed(answer())
    assert other.take() == answer()


# --- services that speak first


@pytest.mark.parametrize("request_", [get(), post(5) + b"hello", post(5) + b"h", post(-1)])
@pytest.mark.parametrize("early", [answer(b"early"), answer(status="408 Timeout") + b"more", b"SSH-2.0-x\r\n\r\n"])
def test_a_service_that_speaks_first(
    world: World, service: FakeService, request_: bytes, early: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    service.early = early
    visitor = world.visit(request_)
    got = visitor.take()
    assert got.count(b"HTTP/1.1 ") == 1
    assert b"more" not in got
    assert not [record for record in caplog.records if record.exc_info]
    visitor.feed(b"")
    service.early = b""
    for rest in (b"ello", b"5\r\nhello\r\n0\r\n\r\n"):
        if request_ == (post(5) + b"h" if rest == b"ello" else post(-1)):
            visitor.feed(rest)
    visitor.feed(get("/next"))
    settle()
    assert service.wire.take().startswith((b"GET /next ", b"GET / "))
    assert not [record for record in caplog.records if record.exc_info]


def test_deadlines_are_of_the_answer_only(world: World, service: FakeService) -> None:
    service.gate = Event()
    visitor = world.visit(get())
    (front,) = world.vhost.fronts
    front.check(time.monotonic() + 10_000)  # opening has a deadline of its own
    assert visitor.written == b""
    service.gate.set()
    gevent.sleep(0)
    settle()
    front.check(time.monotonic() + 61)
    assert visitor.take().startswith(b"HTTP/1.1 504 ")
    service.wire.feed(answer(b"too late"))
    assert visitor.written == b""
