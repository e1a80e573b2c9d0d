"""Answers of a service: read however they are cut, counted, kept from all others."""

from typing import Any

import pytest

from frpg.proto.http1.response import MAX_HEAD
from tests.unit.proto.http1.messages import cuts, judge_response
from tests.unit.relay.http.wires import FakeService, World, answer, get

ANSWERS = {
    "counted": (answer(b"hello world"), b"hello world"),
    "empty": (answer(), b""),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5;x\r\nhello\r\n06\r\n world\r\n0\r\na: b\r\n\r\n",
        b"hello world",
    ),
    "LF alone": (b"HTTP/1.1 200 OK\nDate: x\nContent-Length: 11\n\nhello world", b"hello world"),
    "folded": (b"HTTP/1.1 200 OK\r\nDate: x\r\nA: b\r\n c\r\nContent-Length: 11\r\n\r\nhello world", b"hello world"),
    "behind others": (
        b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + answer(b"hello world"),
        b"hello world",
    ),
    "no content": (b"HTTP/1.1 204 No\r\nDate: x\r\n\r\n", b""),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_cut_everywhere(world: World, service: FakeService, name: str) -> None:
    sent, body = ANSWERS[name]
    for step in range(1, len(sent) + 1):
        visitor = world.visit(get())
        for piece in cuts(sent, step):
            service.wire.feed(piece)
        verdict = judge_response(visitor.take())
        assert (verdict.body, verdict.status) == (body, 204 if name == "no content" else 200)
        assert verdict.complete == (3 if name == "behind others" else 1)
        visitor.end()
    assert len(service.opened) == 1
    assert len(service.backends) == 1
    assert service.traffic_out.value == len(sent) * len(sent)


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_until_the_end_of_the_connection(world: World, service: FakeService, step: int) -> None:
    visitor = world.visit(get())
    for piece in cuts(b"HTTP/1.0 200 OK\nDate: x\n\nhello world", step):
        service.wire.feed(piece)
    service.wire.end()
    verdict = judge_response(visitor.take())
    assert (verdict.body, verdict.complete) == (b"hello world", 1)
    assert service.wire.is_closed
    assert len(service.backends) == 0


def test_answers_to_head_have_no_body(world: World, service: FakeService) -> None:
    visitor = world.visit(get(method="HEAD"))
    service.wire.feed(answer(b"hello")[:-5])
    assert visitor.take() == answer(b"hello")[:-5]
    assert len(service.backends) == 1


BEHIND = {
    "a body that should not be": ("HEAD", answer(b"hello")),
    "more than it said": ("GET", answer(b"hello") + b"x"),
    "another answer": ("GET", answer(b"hello") + answer(b"secret")),
    "line ends": ("GET", answer(b"hello") + b"\r\n"),
    "behind chunks": ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx"),
    "a body of 204": ("GET", b"HTTP/1.1 204 No\r\n\r\nhello"),
}


@pytest.mark.parametrize("when", ["at once", "later"])
@pytest.mark.parametrize("name", BEHIND)
def test_what_follows_an_answer_reaches_nobody(world: World, service: FakeService, name: str, when: str) -> None:
    method, sent = BEHIND[name]
    size = sent.index(b"\r\n\r\n") + 4
    if "hello" in name or name in ("more than it said", "another answer", "line ends"):
        size = len(answer(b"hello"))
    elif name == "behind chunks":
        size = len(sent) - 1
    visitor = world.visit(get(method=method))
    if when == "at once":
        service.wire.feed(sent)
    else:
        service.wire.feed(sent[:size])
        assert len(service.backends) == 1
        service.wire.feed(sent[size:])
    assert service.wire.is_closed
    assert len(service.backends) == 0
    first = visitor.take()
    assert first.count(b"HTTP/1.1 ") == 1
    assert b"secret" not in first
    other = world.visit(get())
    assert len(service.opened) == 2
    service.wire.feed(answer(b"mine"))
    assert other.take() == answer(b"mine")


@pytest.mark.parametrize("line", ["Connection: close", "Connection: x, Close"])
def test_a_service_that_closes_is_not_used_again(world: World, service: FakeService, line: str) -> None:
    visitor = world.visit(get())
    service.wire.feed(answer(b"hello", line))
    assert visitor.take() == answer(b"hello")
    assert service.wire.is_closed
    assert service.connections == 0


def test_connections_end_while_they_rest(world: World, service: FakeService) -> None:
    for leave in (lambda: service.wire.end(), lambda: service.wire.fail(ConnectionResetError())):
        world.visit(get())
        service.wire.feed(answer())
        leave()
        assert (len(service.backends), service.connections) == (0, 0)
        assert service.wire.is_closed


def test_connections_in_use_end_when_their_proxy_has(world: World, service: FakeService) -> None:
    idle, busy = world.visit(get()), world.visit(get())
    service.opened[0].feed(answer())
    service.backends.close()
    assert service.opened[0].is_closed
    assert not service.opened[1].is_closed
    service.opened[1].feed(answer(b"last"))
    assert busy.take() == answer(b"last")
    assert service.opened[1].is_closed
    assert not idle.is_closed


def test_interim_answers_without_end_are_refused(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    visitor.is_congested = True
    hint = b"HTTP/1.1 103 Hints\r\nLink: " + b"x" * 1000 + b"\r\n\r\n"
    for _ in range(1000):
        service.wire.feed(hint)
    assert service.wire.was_aborted
    assert len(visitor.written) < 2 * MAX_HEAD


def test_a_head_without_end_is_refused(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    service.wire.feed(b"HTTP/1.1 200 OK\r\n")
    for _ in range(300):
        service.wire.feed(b"x: " + b"y" * 1000 + b"\r\n")
    assert service.wire.was_aborted
    assert visitor.take().startswith(b"HTTP/1.1 502 ")


def test_traffic_is_counted(world: World, service: FakeService) -> None:
    world.visit(get())
    asked = len(service.wire.take())
    service.wire.feed(answer(b"hello"))
    assert (service.traffic_in.value, service.traffic_out.value) == (asked, len(answer(b"hello")))


class Hasty(FakeService):
    """Its streams deliver what was held back in the moment when they are resumed, as a limited stream may."""

    def open(self, *addresses: Any) -> Any:
        wire = super().open(*addresses)
        resume = wire.resume

        def resume_now() -> None:
            resume()
            wire._deliver()

        wire.resume = resume_now
        return wire


def test_a_connection_that_ends_while_it_is_put_back(world: World) -> None:
    hasty = Hasty()
    world.publish(hasty, host="hasty.test")
    visitor = world.visit(get(host="hasty.test"))
    visitor.is_congested = True
    hasty.wire._pending = [answer(b"hello"), b"garbage"]
    hasty.wire._deliver()
    assert visitor.take() == answer(b"hello")
    assert hasty.wire.is_closed
    assert len(hasty.backends) == 0
    assert hasty.connections == 0
