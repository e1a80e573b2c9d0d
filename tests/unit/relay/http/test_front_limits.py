"""A visitor's connection: what is no request, bodies that nobody wants, and an end to every wait."""

import time

import pytest

from frpg.relay.http import front
from frpg.relay.http.front import MAX_WASTE, STALL_SECONDS, Front
from tests.unit.proto.http1.messages import cuts, judge_response
from tests.unit.relay.http.wires import PLAIN, FakeService, World, answer, get, post, settle

NEVER = time.monotonic() + 10_000


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400), (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505), (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400), (get("/%zz"), 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 65536, 431), (get("/" + "x" * 66_000), 431), (get("/",
        "a: b", *["x: y"] * 600), 431),
        (get("/", "Transfer-Encoding: gzip, chunked"), 501), (b"\x16\x03\x01\x00\xff\r\n\r\n", 400),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", [1, 1_000_000])
def test_bad_requests(world: World, service: FakeService, data: bytes, status: int, step: int) -> None:
    visitor = world.visit()
    for piece in cuts(data, step if len(data) < 1000 else 1_000_000):
        visitor.feed(piece)
    got = visitor.take()
    assert got.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nConnection: close\r\n" in got
    assert judge_response(got).complete == 1
    assert visitor.is_finished
    visitor.feed(get() * 3)  # nobody listens any more
    settle()
    assert visitor.take() == b""
    assert service.opened == []
    visitor.end()
    assert visitor.is_closed


def test_empty_lines_cost_no_more_than_their_bytes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real = Front._take_head

    def take_head(self: Front, data: bytes) -> bytes | None:
        seen.append(len(data))
        return real(self, data)

    monkeypatch.setattr(Front, "_take_head", take_head)
    visitor = world.visit(b"\r\n" * 100_000)
    assert sum(seen) < 1_000_000
    assert visitor.take().startswith(b"HTTP/1.1 400 ")


def test_a_body_that_is_none_is_refused(world: World, service: FakeService) -> None:
    visitor = world.visit(post(-1) + b"5\r\nhello\r\nnonsense\r\n")
    assert visitor.take().startswith(b"HTTP/1.1 400 ")
    assert service.wire.was_aborted
    assert service.connections == 0


def test_a_wasted_body_that_is_none_is_no_second_answer(world: World) -> None:
    visitor = world.visit(post(-1).replace(b"a.test", b"no.test") + b"5\r\nhello\r\nnonsense\r\n")
    assert visitor.take().count(b"HTTP/1.1") == 1
    assert visitor.is_finished


# --- waste


def test_a_body_that_nobody_wants_is_read_past(world: World, service: FakeService) -> None:
    for head, body in ((post(5), b"hello"), (post(-1), b"5\r\nhello\r\n0\r\nx: y\r\n\r\n")):
        for step in (1, 3, 1000):
            visitor = world.visit(head.replace(b"a.test", b"no.test"))
            for piece in cuts(body + get(), step):
                visitor.feed(piece)
            settle()
            assert visitor.take().count(b"HTTP/1.1 404") == 1
            assert service.wire.take() == PLAIN
            visitor.end()
            settle()


def test_waste_has_a_limit_in_size_and_time(world: World) -> None:
    visitor = world.visit(post(1 << 40).replace(b"a.test", b"no.test"))
    for _ in range(MAX_WASTE // 65536 + 1):
        assert not visitor.is_finished
        visitor.feed(bytes(65536))
    assert visitor.is_finished
    (front_,) = world.vhost.fronts
    front_.check(NEVER)
    assert visitor.is_closed
    other = world.visit(post(10).replace(b"a.test", b"no.test"))
    (front_,) = world.vhost.fronts
    front_.check(time.monotonic() + front.IDLE_SECONDS + 1)
    assert other.is_closed


# --- deadlines


def test_slow_heads(world: World) -> None:
    silent, slow = world.visit(), world.visit(b"GET / HT")
    now = time.monotonic()
    for after in (0.0, front.HEAD_SECONDS - 5):
        for each in list(world.vhost.fronts):
            each.check(now + after)
    assert not (silent.is_closed or slow.is_closed)
    for each in list(world.vhost.fronts):
        each.check(now + front.HEAD_SECONDS + 1)
    assert silent.is_closed
    assert silent.take() == b""
    assert slow.take().startswith(b"HTTP/1.1 408 ")
    for each in list(world.vhost.fronts):
        each.check(now + front.HEAD_SECONDS + 2 + front.LINGER_SECONDS)
    assert slow.is_closed


def test_a_head_cannot_be_kept_going(world: World) -> None:
    visitor = world.visit(b"GET / HTTP/1.1\r\n")
    (each,) = world.vhost.fronts
    before = each.deadline
    for _ in range(100):
        visitor.feed(b"x: y\r\n")
    assert each.deadline == before


def test_a_head_that_came_ahead_has_no_more_time(world: World, service: FakeService) -> None:
    world.visit(get() + b"GET / HT")
    service.wire.feed(answer())
    settle()
    (each,) = world.vhost.fronts
    assert each.deadline is not None
    assert each.deadline <= time.monotonic() + front.HEAD_SECONDS


def test_idle_visitors(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    (each,) = world.vhost.fronts
    assert each.deadline is None
    service.wire.feed(answer())
    each.check(time.monotonic() + front.IDLE_SECONDS - 1)
    assert not visitor.is_closed
    each.check(time.monotonic() + front.IDLE_SECONDS + 1)
    assert visitor.is_closed


def test_an_answer_that_does_not_come(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    (each,) = world.vhost.fronts
    each.check(time.monotonic() + 59)
    assert visitor.written == b""
    each.check(time.monotonic() + 61)
    assert visitor.take().startswith(b"HTTP/1.1 504 ")
    assert service.wire.was_aborted
    assert not visitor.is_closed  # for another try
    visitor.feed(get("/again"))
    settle()
    service.wire.feed(answer())
    assert visitor.take() == answer()


def test_the_time_for_an_answer_begins_with_the_end_of_the_request(world: World, service: FakeService) -> None:
    visitor = world.visit(post(5) + b"hell")
    (each,) = world.vhost.fronts
    each.check(NEVER)
    assert visitor.written == b""
    visitor.feed(b"o")
    each.check(time.monotonic() + 61)
    assert visitor.take().startswith(b"HTTP/1.1 504 ")
    visitor.feed(get())
    settle()
    service.wire.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    each.check(NEVER)  # a body may take its time
    assert not service.wire.is_closed


def test_a_visitor_that_left_while_it_was_not_read(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    visitor.has_left = True
    for each in list(world.vhost.fronts):
        each.check(time.monotonic())
    assert visitor.is_closed
    assert service.wire.was_aborted


def test_a_body_that_does_not_come(world: World, service: FakeService) -> None:
    visitor = world.visit(post(100) + b"x")
    (each,) = world.vhost.fronts
    now = time.monotonic()
    each.check(now)
    visitor.feed(b"y")
    each.check(now + STALL_SECONDS)  # it has moved
    each.check(now + 2 * STALL_SECONDS - 1)
    assert not visitor.is_closed
    each.check(now + 2 * STALL_SECONDS)
    assert visitor.is_closed
    assert service.wire.was_aborted


def test_a_body_that_the_service_does_not_take_is_not_the_visitors_fault(world: World, service: FakeService) -> None:
    visitor = world.visit(post(100))
    service.wire.is_congested = True
    visitor.feed(b"x")
    (each,) = world.vhost.fronts
    each.check(time.monotonic())
    each.check(NEVER)
    assert not visitor.is_closed


def test_an_answer_that_is_not_read(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    visitor.is_congested, visitor.unsent = True, 1000
    service.wire.feed(answer(b"x" * 1000)[:-1])
    (each,) = world.vhost.fronts
    now = time.monotonic()
    each.check(now)
    visitor.unsent = 999
    each.check(now + STALL_SECONDS)  # slow, but it reads
    each.check(now + 2 * STALL_SECONDS - 1)
    assert not visitor.is_closed
    each.check(now + 2 * STALL_SECONDS)
    assert visitor.is_closed
