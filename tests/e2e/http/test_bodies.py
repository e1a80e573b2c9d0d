"""Bodies of requests and answers: framing, trailers, 100-continue, early answers."""

import pytest

from tests.support.lab import Lab
from tests.support.web import (
    Served,
    Web,
    answering,
    chunked,
    closing,
    get,
    head,
    needs_our_frps,
    request,
    response,
)

CHUNKED = "Transfer-Encoding: chunked"
PIECES = [b"a", b"bc" * 5000, b"\r\n0\r\n\r\n", b"d"]
WHOLE = b"".join(PIECES)


def echo(served: Served) -> None:
    """Answer with the request's body."""
    while True:
        served.send(response(served.request().body))


def test_counted_request(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(echo)
    assert web.ask(request("POST /x HTTP/1.1", body=WHOLE)).body == WHOLE
    assert service.request.values("Content-Length") == [str(len(WHOLE)).encode()]
    assert not service.request.values("Transfer-Encoding")


def test_chunked_request(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(echo)
    with web.visitor() as visitor:
        for _ in range(2):
            assert visitor.ask(request("POST / HTTP/1.1", CHUNKED) + chunked(PIECES)).body == WHOLE
    for seen in service.requests:
        assert seen.values("Transfer-Encoding") == [b"chunked"]
        assert not seen.values("Content-Length")


@pytest.mark.parametrize("line", ["GET /x HTTP/1.1", "DELETE /x HTTP/1.1", "PUT /x HTTP/1.1"])
def test_any_method_may_have_a_body(lab: Lab, line: str) -> None:
    web = Web(lab)
    web.publish(echo)
    with web.visitor() as visitor:
        assert visitor.ask(request(line, body=b"content")).body == b"content"
        assert visitor.ask(request(line, CHUNKED) + chunked([b"pieces"])).body == b"pieces"


def test_a_request_that_comes_byte_by_byte(lab: Lab) -> None:
    web = Web(lab)
    web.publish(echo)
    content = request("POST / HTTP/1.1", CHUNKED) + chunked([b"hello", b"you"], b"X-Trailer: t\r\n")
    with web.visitor() as visitor:
        visitor.send(*(content[at : at + 1] for at in range(len(content))))
        assert visitor.answer().body == b"helloyou"


def test_a_request_is_passed_on_while_it_comes(lab: Lab) -> None:
    """The service has the first part before the visitor has sent the second."""
    needs_our_frps(lab.ends)
    web = Web(lab)

    def serve(served: Served) -> None:
        served.reader.head()
        assert served.reader.exact(5) == b"first"
        served.send(head("HTTP/1.1 200 OK", "Content-Length: 6") + b"one")
        assert served.reader.exact(6) == b"second"
        served.send(b"two")

    web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 11") + b"first")
        visitor.reader.head()
        assert visitor.reader.exact(3) == b"one"
        visitor.send(b"second")
        assert visitor.reader.exact(3) == b"two"


def test_chunked_answer(lab: Lab) -> None:
    web = Web(lab)
    web.publish(answering(head("HTTP/1.1 200 OK", CHUNKED) + chunked(PIECES), response()))
    with web.visitor() as visitor:
        answer = visitor.ask(get())
        assert answer.body == WHOLE
        assert answer.values("Transfer-Encoding") == [b"chunked"]
        assert not answer.values("Content-Length")
        assert visitor.ask(get()).body == b"hello"


def test_chunk_extensions_of_a_service_are_legal(lab: Lab) -> None:
    web = Web(lab)
    web.publish(answering(head("HTTP/1.1 200 OK", CHUNKED) + b"5;a=b\r\nhello\r\n0;last\r\n\r\n"))
    assert web.ask(get()).body == b"hello"


def test_trailers_of_an_answer(lab: Lab) -> None:
    web = Web(lab)
    trailers = b"Grpc-Status: 0\r\nX-Check: abc\r\n"
    web.publish(
        answering(head("HTTP/1.1 200 OK", "Trailer: Grpc-Status, X-Check", CHUNKED) + chunked([b"hello"], trailers))
    )
    with web.visitor() as visitor:
        for _ in range(2):
            answer = visitor.ask(get("/", "TE: trailers"))
            assert sorted(answer.trailers.splitlines()) == sorted(trailers.splitlines())
            assert all(answer.has_token("Trailer", name) for name in (b"grpc-status", b"x-check"))


def test_trailers_of_a_request(lab: Lab) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)
    service = web.publish()
    content = request("POST / HTTP/1.1", "Trailer: X-Check", CHUNKED) + chunked(
        [b"hello"], b"X-Check: abc\r\nx-b: c\r\n"
    )
    assert web.ask(content).status == 200
    assert service.request.body == b"hello"
    assert service.request.trailers == b"X-Check: abc\r\nx-b: c\r\n"
    assert service.request.values("Trailer") == [b"X-Check"]


@pytest.mark.parametrize("fields", [(), ("Connection: close",)], ids=["plain", "close"])
def test_an_answer_until_the_end_becomes_chunks(lab: Lab, fields: tuple[str, ...]) -> None:
    web = Web(lab)
    web.publish(closing(head("HTTP/1.1 200 OK", *fields) + WHOLE))
    with web.visitor() as visitor:
        for _ in range(2):  # its end is not the end of the visitor's connection
            answer = visitor.ask(get())
            assert answer.body == WHOLE
            assert answer.values("Transfer-Encoding") == [b"chunked"]


def test_an_answer_until_the_end_of_version_1_0(lab: Lab) -> None:
    web = Web(lab)
    web.publish(closing(b"HTTP/1.0 200 OK\r\n\r\n" + WHOLE))
    assert web.ask(get()).body == WHOLE


def test_an_empty_answer_until_the_end(lab: Lab) -> None:
    web = Web(lab)
    web.publish(closing(head("HTTP/1.1 200 OK", "Connection: close")))
    with web.visitor() as visitor:
        for _ in range(2):
            assert visitor.ask(get()).body == b""


@pytest.mark.parametrize("framing", ["chunked", "until the end"])
def test_old_visitors_get_no_chunks(lab: Lab, framing: str) -> None:
    """A visitor of version 1.0 reads up to the end, whatever it asked for."""
    web = Web(lab)
    answers = {
        "chunked": head("HTTP/1.1 200 OK", CHUNKED) + chunked(PIECES, b"X-Trailer: x\r\n"),
        "until the end": head("HTTP/1.1 200 OK") + WHOLE,
    }
    web.publish(closing(answers[framing]))
    answer = web.ask(request("GET / HTTP/1.0", "Connection: keep-alive"))
    assert answer.line == b"HTTP/1.0 200 OK"
    assert not answer.values("Transfer-Encoding")
    assert answer.body == WHOLE


def expecting(*, size: int = 5) -> bytes:
    return head("POST / HTTP/1.1", "Host: a.test", "Expect: 100-continue", f"Content-Length: {size}")


def test_100_continue(lab: Lab) -> None:
    """The visitor waits for the 100, and gets exactly one."""
    needs_our_frps(lab.ends)
    web = Web(lab)

    def serve(served: Served) -> None:
        while True:
            before = served.reader.head()
            if before.values("Expect"):
                served.send(head("HTTP/1.1 100 Continue"))
            served.requests.append(served.reader.body(before))
            served.send(response(served.requests[-1].body))

    web.publish(serve)
    with web.visitor() as visitor:
        for _ in range(2):
            visitor.send(expecting())
            assert visitor.answer().status == 100
            visitor.send(b"hello")
            answer = visitor.answer()
            assert (answer.status, answer.body) == (200, b"hello")


def test_100_continue_with_a_service_that_never_says_it(lab: Lab) -> None:
    """The visitor does not wait for it for ever, as RFC 9110 demands, and the service answers when all is there."""
    web = Web(lab)
    web.publish(echo)
    with web.visitor() as visitor:
        visitor.send(expecting(), b"hello")
        while (answer := visitor.answer()).status == 100:
            pass
        assert (answer.status, answer.body) == (200, b"hello")


def test_expectation_that_is_turned_down(lab: Lab) -> None:
    """The final answer comes in place of the 100; the body may never come."""
    needs_our_frps(lab.ends)
    web = Web(lab)

    def serve(served: Served) -> None:
        served.reader.head()
        served.send(head("HTTP/1.1 417 Expectation Failed", "Content-Length: 0", "Connection: close"))
        served.wait_end()

    service = web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(expecting(size=100_000))
        assert visitor.answer().status == 417
    assert service.next().ended.wait(10)


def test_an_answer_may_come_before_the_request_is_complete(lab: Lab) -> None:
    """As 413 does; what was sent of the body is no request."""
    needs_our_frps(lab.ends)
    web = Web(lab)

    def serve(served: Served) -> None:
        served.reader.head()
        served.send(response(b"too much", "Connection: close", status="413 Content Too Large"))
        served.wait_end()

    service = web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 100000"))
        visitor.send(get("/hidden") * 100)
        answer = visitor.answer()
        assert (answer.status, answer.body) == (413, b"too much")
    assert service.next().ended.wait(10)
    assert len(service.connections) == 1, "what was hidden in the body became a request"


def test_the_next_request_after_an_early_answer(lab: Lab) -> None:
    """The rest of the first request's body is read past, or the connection ends; nothing of it is a request."""
    needs_our_frps(lab.ends)
    web = Web(lab)

    def serve(served: Served) -> None:
        first = served.reader.head()
        served.send(response(first.line.split(b" ")[1]))
        served.wait_end()

    service = web.publish(serve)
    hidden = get("/hidden")
    with web.visitor() as visitor:
        visitor.send(head("POST /first HTTP/1.1", "Host: a.test", f"Content-Length: {len(hidden) + 1}"))
        assert visitor.answer().body == b"/first"
        visitor.send(b"x", hidden)
        visitor.send(get("/next"))
        assert visitor.answer().body == b"/next"
    assert [bytes(served.reader.raw)[:6] for served in service.connections] == [b"POST /", b"GET /n"]
