"""What visitors get when there is no answer: which status, and that the next request is served all the same."""

import contextlib
import select
import signal
from pathlib import Path

import gevent
import pytest

from tests.support.lab import Lab
from tests.support.ports import free_port
from tests.support.web import Served, Web, closing, get, head, needs_our_frps, request, response
from tests.support.web_message import Message

MANY = 24  # more than the connections that a server keeps ready: poolCount and 10
OFFICIAL = {502: 404, 503: 404, 504: 504}  # frp has one page for all


def check(lab: Lab, answer: Message, status: int) -> None:
    """A page of the server itself, with this status."""
    if lab.ends.frps.is_official:
        assert answer.status == OFFICIAL.get(status, status)
        return
    assert answer.status == status
    assert answer.values("Content-Type") == [b"text/html; charset=utf-8"]
    assert b"<h1>" in answer.body
    assert len(answer.values("Date")) == 1


def test_404_for_an_unknown_host(lab: Lab) -> None:
    web = Web(lab)
    web.publish(locations=["/known"])
    with web.visitor() as visitor:
        check(lab, visitor.ask(get(host="nobody.test")), 404)
        check(lab, visitor.ask(get("/unknown")), 404)
        assert visitor.ask(get("/known")).status == 200
    ours, frps = "no route found for host [nobody.test] path [/] user []", "no route found: nobody.test /"
    web.server.wait_for(frps if lab.ends.frps.is_official else ours)


def test_404_without_a_body_for_head(lab: Lab) -> None:
    web = Web(lab)
    with web.visitor() as visitor:
        page = visitor.ask(get())
        assert visitor.ask(request("HEAD / HTTP/1.1")).values("Content-Length") == page.values("Content-Length")
        assert visitor.ask(get()).body == page.body


def test_404_after_the_body_was_read_past(lab: Lab) -> None:
    web = Web(lab)
    with web.visitor() as visitor:
        for _ in range(2):
            assert visitor.ask(request("POST / HTTP/1.1", body=get("/hidden") * 1000)).status == 404


def test_custom_404_page(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "404.html"
    web = Web(lab, {"custom404Page": str(file)})
    pages = {
        "<!DOCTYPE html><p>not here</p>": b"text/html; charset=utf-8",
        "not here either": b"text/plain; charset=utf-8",
    }
    with web.visitor() as visitor:
        for page, kind in pages.items():
            file.write_text(page)
            answer = visitor.ask(get())
            assert (answer.status, answer.body, answer.values("Content-Type")) == (404, page.encode(), [kind])
        file.unlink()
        check(lab, visitor.ask(get()), 404)
    web.server.wait_for("read custom 404 page error")


def test_custom_404_page_is_for_404_only(lab: Lab, tmp_path: Path) -> None:
    needs_our_frps(lab.ends)
    file = tmp_path / "404.html"
    file.write_text("<p>not here</p>")
    web = Web(lab, {"custom404Page": str(file)})
    web.client(web.proxy(free_port()))
    answer = web.ask(get())
    check(lab, answer, 502)
    assert b"not here" not in answer.body


def test_503_when_the_client_delivers_no_connection(lab: Lab) -> None:
    web = Web(lab, {"userConnTimeout": 1})
    client = web.client(web.proxy(web.service(closing(response()))))
    assert web.ask(get()).status == 200
    client.process.send_signal(signal.SIGSTOP)
    try:
        with contextlib.ExitStack() as stack:
            visitors = [stack.enter_context(web.visitor()) for _ in range(MANY)]
            for visitor in visitors:  # the first ones take what is ready, and wait for the client
                visitor.send(get())
            answered, _, _ = select.select([visitor.connection for visitor in visitors], [], [], 10)
            refused = [visitor for visitor in visitors if visitor.connection in answered]
            assert refused
            check(lab, refused[0].answer(), 503)
            check(lab, refused[0].ask(get()), 503)
    finally:
        client.process.send_signal(signal.SIGCONT)
    assert web.ask(get()).status == 200


def test_502_when_nobody_listens(lab: Lab) -> None:
    web = Web(lab)
    service = web.service(closing(response()))
    web.client(web.proxy(free_port(), customDomains=["down.test"]), web.proxy(service))
    with web.visitor() as visitor:
        for _ in range(2):
            check(lab, visitor.ask(get(host="down.test")), 502)
            check(lab, visitor.ask(request("POST / HTTP/1.1", host="down.test", body=b"x" * 100_000)), 502)
            assert visitor.ask(get()).status == 200


GARBAGE = {
    "nothing": b"",
    "half a line": b"HTTP/1.1 20",
    "half a head": b"HTTP/1.1 200 OK\r\nX-A: b\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "zeros": bytes(1000),
    "another version": b"HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n",
    "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    "a line without colon": b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n",
    "space in a name": b"HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n0\r\n\r\n",
    "unknown coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nhello",
    "endless head": b"HTTP/1.1 200 OK\r\n" + b"X-A: bbbbbbbbbbbbbbbb\r\n" * 200_000,
}
TAKEN_BY_FRP = ("length and chunks", "another version", "space in a name")


@pytest.mark.parametrize("name", GARBAGE)
def test_502_for_a_bad_answer(lab: Lab, name: str) -> None:
    if name in TAKEN_BY_FRP:
        needs_our_frps(lab.ends)
    web = Web(lab)
    web.publish(closing(GARBAGE[name]), customDomains=["bad.test"])
    web.publish()
    with web.visitor() as visitor:
        for _ in range(2):
            check(lab, visitor.ask(get(host="bad.test")), 502)
            assert visitor.ask(get()).body == b"hello"


def test_a_request_with_a_body_is_not_sent_twice(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(closing(b""))
    check(lab, web.ask(request("POST / HTTP/1.1", body=b"pay 5")), 502)
    assert len(service.connections) == 1


def test_504_when_the_service_does_not_answer(lab: Lab) -> None:
    web = Web(lab, {"vhostHTTPTimeout": 1})

    def serve(served: Served) -> None:
        if served.request().line == b"GET /slow HTTP/1.1":
            served.wait_end()
        else:
            served.send(response())

    service = web.publish(serve)
    with web.visitor() as visitor:
        answer = visitor.ask(get("/slow"))
        if lab.ends.frps.is_official:
            assert (answer.status, answer.body) == (504, b"")
        else:
            check(lab, answer, 504)
        assert visitor.ask(get("/fast")).status == 200
    assert service.next().ended.wait(10), "the service is told that nobody waits"


def test_no_504_while_the_request_is_under_way(lab: Lab) -> None:
    web = Web(lab, {"vhostHTTPTimeout": 1})
    web.publish()
    with web.visitor() as visitor:
        visitor.send(head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 4") + b"ab")
        gevent.sleep(2.2)  # that nothing happens can only be seen in time
        visitor.send(b"cd")
        assert visitor.answer().status == 200


def test_no_504_while_the_answer_is_under_way(lab: Lab) -> None:
    web = Web(lab, {"vhostHTTPTimeout": 1})

    def serve(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK", "Content-Length: 4") + b"ab")
        gevent.sleep(2.2)
        served.send(b"cd")

    web.publish(serve)
    assert web.ask(get()).body == b"abcd"
