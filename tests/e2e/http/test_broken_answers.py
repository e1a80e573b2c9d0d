"""A service that breaks its answer off, or says more than was asked: no visitor reads a whole answer that is none, and
none reads another one's bytes."""

import socket
import struct

import pytest

from tests.support.lab import Lab
from tests.support.waiting import eventually
from tests.support.web import Served, Web, answering, get, head, needs_our_frps, request, response

CHUNKED = "Transfer-Encoding: chunked"
ROUNDS = 5

BROKEN = {
    "counted": head("HTTP/1.1 200 OK", "Content-Length: 100000") + b"secret" * 100,
    "counted, without a byte": head("HTTP/1.1 200 OK", "Content-Length: 5"),
    "chunked, in a chunk": head("HTTP/1.1 200 OK", CHUNKED) + b"64\r\nsecret",
    "chunked, behind a chunk": head("HTTP/1.1 200 OK", CHUNKED) + b"6\r\nsecret\r\n",
    "chunked, in the last": head("HTTP/1.1 200 OK", CHUNKED) + b"6\r\nsecret\r\n0\r\n",
    "chunked, in the trailers": head("HTTP/1.1 200 OK", CHUNKED) + b"6\r\nsecret\r\n0\r\nX-A: b\r\n",
}
MALFORMED = {
    "no size": head("HTTP/1.1 200 OK", CHUNKED) + b"6\r\nsecret\r\nsecret\r\n0\r\n\r\n",
    "size too small": head("HTTP/1.1 200 OK", CHUNKED) + b"5\r\nsecret\r\n0\r\n\r\n",
    "negative size": head("HTTP/1.1 200 OK", CHUNKED) + b"6\r\nsecret\r\n-1\r\n\r\n",
    "huge size": head("HTTP/1.1 200 OK", CHUNKED) + b"6\r\nsecret\r\n" + b"F" * 17 + b"\r\nx",
}


def site(web: Web, content: bytes) -> None:
    """/bad gets `content` and the end, anything else a good answer."""

    def serve(served: Served) -> None:
        while True:
            if served.request().line.split(b" ")[1] == b"/bad":
                served.send(content)
                return
            served.send(response())

    web.publish(serve)


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_does_not_look_complete(lab: Lab, content: bytes) -> None:
    web = Web(lab)
    site(web, content)
    for _ in range(ROUNDS):
        with web.visitor() as visitor, web.visitor() as other:
            assert other.ask(get()).body == b"hello"
            visitor.send(get("/bad"))
            assert visitor.breaks_off()
            assert other.ask(get()).body == b"hello"
        assert web.body(get()) == "hello"


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_malformed_chunks_end_the_answer(lab: Lab, content: bytes) -> None:
    web = Web(lab)
    site(web, content)
    for _ in range(ROUNDS):
        with web.visitor() as visitor:
            visitor.send(get("/bad") + get("/next"))
            assert visitor.breaks_off()
        assert web.body(get()) == "hello"


def test_old_visitors_see_a_break_as_well(lab: Lab) -> None:
    """Version 1.0 reads up to the end of the connection: only a reset tells."""
    needs_our_frps(lab.ends)
    web = Web(lab)
    site(web, BROKEN["chunked, in a chunk"])
    with web.visitor() as visitor:
        visitor.send(request("GET /bad HTTP/1.0"))
        assert visitor.breaks_off()


def test_a_reset_is_not_an_end(lab: Lab, frpg_only: None) -> None:
    """Of an answer whose end only the end of the connection tells."""
    web = Web(lab)

    def serve(served: Served) -> None:
        served.reader.head()
        served.send(head("HTTP/1.1 200 OK") + b"some of it")
        served.reader.exact(1)  # the visitor has it, and says so
        served.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 2"))
        before = visitor.reader.head()
        visitor.reader.until(b"some of it")
        visitor.send(b"x")
        with pytest.raises(ConnectionError):
            visitor.reader.until(b"\r\n0\r\n\r\n")
        assert before.status == 200


EXTRA = response(b"poison", "X-Poison: yes")
TOO_MUCH = {
    "a second answer": response() + EXTRA,
    "bytes": response() + b"poison" * 10,
    "a line end": response() + b"\r\n",
    "behind chunks": head("HTTP/1.1 200 OK", CHUNKED) + b"5\r\nhello\r\n0\r\n\r\n" + EXTRA,
    "behind a HEAD": head("HTTP/1.1 200 OK", "Content-Length: 6") + b"poison" + EXTRA,
    "a body of 204": head("HTTP/1.1 204 No Content", "Content-Length: 6") + b"poison" + EXTRA,
    "a body of 304": head("HTTP/1.1 304 Not Modified", "Content-Length: 6") + b"poison" + EXTRA,
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_was_not_asked_for_reaches_nobody(lab: Lab, name: str) -> None:
    web = Web(lab)

    def serve(served: Served) -> None:
        while True:
            served.request()
            served.send(TOO_MUCH[name])

    web.publish(serve)
    question = request("HEAD / HTTP/1.1") if name == "behind a HEAD" else get()
    with web.visitor() as first, web.visitor() as second:
        for visitor in (first, second, first, second, second, first):
            answer = visitor.ask(question)
            assert answer.status in (200, 204, 304)
            assert answer.body in (b"hello", b"")
            assert not answer.values("X-Poison")
            assert not visitor.reader.ahead


def test_a_service_that_speaks_unasked(lab: Lab) -> None:
    """Between two requests, on a connection at rest."""
    web = Web(lab)

    service = web.publish(answering(response()))
    assert web.body(get()) == "hello"
    first = service.next()
    first.send(EXTRA)
    eventually(lambda: first.ended.is_set(), what="a connection that spoke unasked is kept")
    for _ in range(3):
        answer = web.ask(get())
        assert answer.body == b"hello"
        assert not answer.values("X-Poison")


def test_a_service_that_answers_before_it_is_asked(lab: Lab) -> None:
    """Its greeting is no answer to a request that it has not read; if it looks like one, it is for one visitor only."""
    web = Web(lab)

    def serve(served: Served) -> None:
        served.send(response(b"greeting"))
        served.request()
        served.send(response(b"real"))
        served.wait_end()

    web.publish(serve)
    for _ in range(ROUNDS):
        answer = web.ask(get())
        assert answer.body in (b"greeting", b"real") or answer.status in (404, 502)
        assert len(answer.values("Content-Length")) == 1
