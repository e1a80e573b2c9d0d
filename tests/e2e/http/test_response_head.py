"""What of an answer's head reaches the visitor."""

import gzip

import pytest

from tests.support.lab import Lab
from tests.support.web import Served, Web, answering, closing, get, head, needs_our_frps, request, response


@pytest.mark.parametrize(
    "line", ["200 OK", "200 All is well", "200 ", "299 My own", "404 \xe9t\xe9", "599 x  y ", "451 Unavailable"]
)
def test_reason_phrase_is_kept(lab: Lab, line: str) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)
    web.publish(answering(response(status=line)))
    assert web.ask(get()).line == f"HTTP/1.1 {line}".encode("latin-1")


@pytest.mark.parametrize("status", [200, 201, 301, 302, 400, 403, 404, 418, 500, 502, 503, 504, 599])
def test_statuses_and_bodies_of_the_service_pass(lab: Lab, status: int) -> None:
    web = Web(lab)
    web.publish(answering(response(b"of the service", status=f"{status} Phrase")))
    answer = web.ask(get())
    assert (answer.status, answer.body) == (status, b"of the service")


def test_order_and_case_are_kept(lab: Lab) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)
    fields = [
        "x-UPPER-lower: 1",
        "date: yesterday",
        "SERVER: mine",
        "X_under: \xe9 \t x",
        "set-cookie: a",
        "Set-Cookie: b",
    ]
    web.publish(answering(head("HTTP/1.1 200 OK", *fields, "content-length: 5", "A: ") + b"hello"))
    assert web.ask(get()).head == head("HTTP/1.1 200 OK", *fields, "content-length: 5", "A: ")


def test_repeated_fields_keep_their_order(lab: Lab) -> None:
    web = Web(lab)
    web.publish(answering(response(b"", "Set-Cookie: b=1", "Set-Cookie: a=2", "set-cookie: c=3")))
    assert web.ask(get()).values("Set-Cookie") == [b"b=1", b"a=2", b"c=3"]


def test_date_is_added_where_there_is_none(lab: Lab) -> None:
    web = Web(lab)
    web.publish(answering(response(b""), response(b"", "Date: Thu, 01 Jan 1970 00:00:00 GMT")))
    with web.visitor() as visitor:
        (added,) = visitor.ask(get()).values("Date")
        assert added.endswith(b" GMT")
        assert visitor.ask(get()).values("Date") == [b"Thu, 01 Jan 1970 00:00:00 GMT"]


def test_response_headers_are_set(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(
        answering(response(b"hello", "X-Set: service's", "x-set: again", "X-Other: kept")),
        **{"responseHeaders.set.X-Set": "from client", "responseHeaders.set.X-From-Where": "frp"},
    )
    answer = web.ask(get())
    assert answer.values("X-Set") == [b"from client"]
    assert answer.values("X-From-Where") == [b"frp"]
    assert answer.values("X-Other") == [b"kept"]
    assert not service.request.values("X-From-Where")


def test_response_headers_are_not_of_the_servers_own_answers(lab: Lab) -> None:
    web = Web(lab)
    web.publish(**{"responseHeaders.set.X-Set": "x", "httpUser": "u", "httpPassword": "p"})
    assert not web.ask(get()).values("X-Set")


def test_what_concerns_one_connection_only_is_not_passed_on(lab: Lab) -> None:
    web = Web(lab)
    fields = [
        "Connection: X-Hop, keep-alive",
        "Keep-Alive: timeout=5",
        "Proxy-Authenticate: Basic",
        "Proxy-Connection: keep-alive",
        "X-Hop: 1",
        "X-End: 2",
    ]
    web.publish(answering(response(b"hello", *fields)))
    names = {name.lower() for name, _ in web.ask(get()).fields}
    assert b"x-end" in names
    assert not names & {b"keep-alive", b"proxy-authenticate", b"proxy-connection", b"x-hop"}


def test_a_body_of_unknown_kind_is_not_given_one(lab: Lab) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)
    web.publish(answering(response(b"<html>hello</html>")))
    assert not web.ask(get()).values("Content-Type")


def test_a_packed_body_passes_as_it_is(lab: Lab) -> None:
    """Also to a visitor that has asked for none."""
    needs_our_frps(lab.ends)
    web = Web(lab)
    packed = gzip.compress(b"hello" * 100)
    web.publish(answering(response(packed, "Content-Encoding: gzip")))
    answer = web.ask(get())
    assert answer.values("Content-Encoding") == [b"gzip"]
    assert answer.values("Content-Length") == [str(len(packed)).encode()]
    assert answer.body == packed


def test_head_keeps_the_length(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(answering(head("HTTP/1.1 200 OK", "Content-Length: 12345", "X-A: b"), response()))
    with web.visitor() as visitor:
        answer = visitor.ask(request("HEAD /x HTTP/1.1"))
        assert answer.values("Content-Length") == [b"12345"]
        assert visitor.ask(get()).body == b"hello", "no byte was taken for a body"
    assert service.requests[0].line == b"HEAD /x HTTP/1.1"


def test_head_of_a_chunked_answer(lab: Lab) -> None:
    web = Web(lab)
    web.publish(answering(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"), response()))
    with web.visitor() as visitor:
        assert visitor.ask(request("HEAD / HTTP/1.1")).status == 200
        assert visitor.ask(get()).body == b"hello"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_statuses_without_a_body(lab: Lab, status: str) -> None:
    web = Web(lab)
    web.publish(answering(head(f"HTTP/1.1 {status}", 'ETag: "x"'), response()))
    with web.visitor() as visitor:
        answer = visitor.ask(get())
        assert answer.line == f"HTTP/1.1 {status}".encode()
        assert not answer.values("Transfer-Encoding")
        assert visitor.ask(get()).body == b"hello"


def test_304_may_tell_a_length(lab: Lab) -> None:
    web = Web(lab)
    web.publish(answering(head("HTTP/1.1 304 Not Modified", "Content-Length: 700"), response()))
    with web.visitor() as visitor:
        assert visitor.ask(get()).status == 304
        assert visitor.ask(get()).body == b"hello"


def test_early_hints(lab: Lab) -> None:
    web = Web(lab)
    hints = head("HTTP/1.1 103 Early Hints", "Link: </style.css>; rel=preload", "X-Hint: 1")
    web.publish(answering(hints + hints + response(b"at last"), response(b"next")))
    with web.visitor() as visitor:
        visitor.send(get())
        for _ in range(2):
            hint = visitor.answer()
            assert hint.status == 103
            assert hint.values("Link") == [b"</style.css>; rel=preload"]
        assert visitor.answer().body == b"at last"
        assert visitor.ask(get()).body == b"next"


def test_early_hints_are_not_for_old_visitors(lab: Lab) -> None:
    needs_our_frps(lab.ends)
    web = Web(lab)
    web.publish(answering(head("HTTP/1.1 103 Early Hints", "Link: </x>") + response(b"at last")))
    assert web.ask(request("GET / HTTP/1.0")).body == b"at last"


@pytest.mark.parametrize("minor", [0, 1])
def test_the_version_is_the_visitors(lab: Lab, minor: int) -> None:
    web = Web(lab)
    web.publish()
    assert web.ask(request(f"GET / HTTP/1.{minor}")).line == f"HTTP/1.{minor} 200 OK".encode()


def test_a_service_of_version_1_0(lab: Lab) -> None:
    web = Web(lab)
    web.publish(closing(b"HTTP/1.0 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello"))
    with web.visitor() as visitor:
        for _ in range(2):
            answer = visitor.ask(get())
            assert answer.line == b"HTTP/1.1 200 OK"
            assert answer.body == b"hello"


def test_a_service_that_ends_lines_with_a_line_feed(lab: Lab) -> None:
    """Simple scripts do."""
    web = Web(lab)
    web.publish(closing(b"HTTP/1.1 200 OK\nX-A: b\nContent-Length: 5\n\nhello"))
    answer = web.ask(get())
    assert answer.values("X-A") == [b"b"]
    assert answer.body == b"hello"


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_an_answer_may_be_cut_anywhere(lab: Lab, step: int) -> None:
    web = Web(lab)
    content = response(b"hello", "X-A: b")
    service = web.service(lambda served: cut(served, content, step))
    web.client(web.proxy(service))
    with web.visitor() as visitor:
        for _ in range(3):
            answer = visitor.ask(get())
            assert answer.values("X-A") == [b"b"]
            assert answer.body == b"hello"


def cut(served: Served, content: bytes, step: int) -> None:
    while True:
        served.request()
        served.send(*(content[at : at + step] for at in range(0, len(content), step)))
