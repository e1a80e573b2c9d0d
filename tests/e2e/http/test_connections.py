"""Connections on both sides of the server: kept, used again, ended when the other side has gone."""

import contextlib
import socket

import gevent
import pytest

from tests.support.lab import Lab
from tests.support.waiting import eventually
from tests.support.web import Served, Visitor, Web, answering, closing, get, head, needs_our_frps, request, response

# A promise: within a second. The rest is for a machine with other work.
LEAVE_SECONDS = 3.0
V2_SIZE = 28  # a PROXY header of version 2 with IPv4 addresses


def test_keep_alive(lab: Lab) -> None:
    web = Web(lab)
    web.publish()
    with web.visitor() as visitor:
        for _ in range(5):
            assert visitor.ask(get()).body == b"hello"


def test_the_visitor_wants_to_close(lab: Lab) -> None:
    web = Web(lab)
    web.publish()
    with web.visitor() as visitor:
        answer = visitor.ask(get("/", "Connection: close"))
        assert answer.values("Connection") == [b"close"]
        assert visitor.reader.is_over()


def test_version_1_0_ends_after_the_answer(lab: Lab) -> None:
    web = Web(lab)
    web.publish()
    with web.visitor() as visitor:
        assert visitor.ask(request("GET / HTTP/1.0")).body == b"hello"
        assert visitor.reader.is_over()


def test_version_1_0_with_keep_alive(lab: Lab) -> None:
    web = Web(lab)
    web.publish()
    with web.visitor() as visitor:
        for _ in range(3):
            answer = visitor.ask(request("GET / HTTP/1.0", "Connection: keep-alive"))
            assert answer.has_token("Connection", b"keep-alive")
            assert answer.body == b"hello"
        assert not visitor.ask(request("GET / HTTP/1.0")).has_token("Connection", b"keep-alive")
        assert visitor.reader.is_over()


def test_version_1_0_may_come_without_host(lab: Lab) -> None:
    web = Web(lab)
    web.publish(customDomains=["*"])
    assert web.ask(request("GET / HTTP/1.0", host=None)).status == 200
    assert web.ask(request("GET / HTTP/1.1", host=None)).status == 400


def test_pipelined_requests_are_answered_in_order(lab: Lab) -> None:
    web = Web(lab)

    def serve(served: Served) -> None:
        while True:
            seen = served.request()
            served.send(response(seen.line + seen.body))

    web.publish(serve)
    kinds = [get("/{}"), request("POST /{} HTTP/1.1", body=b"body"), get("/{}", host="nobody.test")]
    count = 30
    content = [kinds[at % 3].replace(b"{}", b"%d" % at) for at in range(count)]
    with web.visitor() as visitor:
        visitor.send(b"".join(content))
        for at in range(count):
            answer = visitor.answer()
            if at % 3 == 2:
                assert answer.status == 404
            else:
                method, tail = ((b"GET", b""), (b"POST", b"body"))[at % 3]
                assert answer.body == b"%b /%d HTTP/1.1" % (method, at) + tail


def test_pipelined_behind_the_last(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    with web.visitor() as visitor:
        visitor.send(get("/last", "Connection: close") + get("/beyond"))
        assert visitor.answer().body == b"hello"
        assert visitor.reader.is_over()
    assert service.request.line == b"GET /last HTTP/1.1"


def test_connections_to_the_service_are_used_again(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    with web.visitor() as first, web.visitor() as second:
        for _ in range(3):
            assert first.ask(get()).body == b"hello"
            assert second.ask(get()).body == b"hello"
    assert web.body(get()) == "hello"
    assert len(service.requests) == 7
    assert len(service.connections) == 1


def test_visitors_at_a_time_do_not_share_one(lab: Lab) -> None:
    web = Web(lab)

    def serve(served: Served) -> None:
        while True:
            seen = served.request()
            served.send(response(seen.line.split(b" ")[1]))

    service = web.publish(serve)
    visitors = [web.visitor() for _ in range(10)]
    for at, visitor in enumerate(visitors):
        visitor.send(head(f"POST /{at} HTTP/1.1", "Host: a.test", "Content-Length: 1"))
    eventually(lambda: len(service.connections) == len(visitors), what="a request waits for another one's end")
    for visitor in visitors:
        visitor.send(b"x")
    assert [visitor.answer().body for visitor in visitors] == [b"/%d" % at for at in range(len(visitors))]
    for visitor in visitors:
        visitor.close()


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_connection_with_a_proxy_header_is_for_one_visitor(lab: Lab, version: str, frpg_only: None) -> None:
    """The header tells who asks, of all requests that follow it. Only our client tells the server that there is one."""
    web = Web(lab)

    def serve(served: Served) -> None:
        header = served.reader.until(b"\r\n") if version == "v1" else served.reader.exact(V2_SIZE).hex().encode()
        while True:
            served.request()
            served.send(response(header))

    service = web.publish(serve, **{"transport.proxyProtocolVersion": version})
    with web.visitor() as first, web.visitor() as second:
        for visitor in (first, second, first, second):
            port = visitor.connection.getsockname()[1]
            assert (b" 127.0.0.1 %d " if version == "v1" else b"7f000001%04x") % port in visitor.ask(get()).body
    assert len(service.connections) == 2


def test_a_service_that_closes_after_each_answer(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(closing(response(b"once", "Connection: close")))
    with web.visitor() as visitor:
        for _ in range(3):
            answer = visitor.ask(get())
            assert answer.body == b"once"
            assert not answer.has_token("Connection", b"close"), "that is not the visitor's affair"
    assert len(service.connections) == 3


def test_a_service_that_closes_without_a_word(lab: Lab) -> None:
    """A GET finds the connection closed under it, and is sent again over a fresh one."""
    web = Web(lab)
    service = web.publish(closing(response(b"once")))
    with web.visitor() as visitor:
        for _ in range(10):
            assert visitor.ask(get()).body == b"once"
    assert len(service.connections) == 10


def leave_while(web: Web, content: bytes) -> Served:
    """A visitor that leaves while the service is in the middle of its request; returns the service's side."""
    service = web.publish(Served.wait_end)
    visitor = web.visitor()
    visitor.send(content)
    served = service.next()
    eventually(lambda: bool(served.reader.raw))
    visitor.close()
    return served


def test_a_visitor_leaves_before_the_answer(lab: Lab) -> None:
    assert leave_while(Web(lab), get()).ended.wait(LEAVE_SECONDS)


def test_a_visitor_leaves_within_its_request(lab: Lab) -> None:
    content = head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 100000") + b"x" * 5000
    served = leave_while(Web(lab), content)
    assert served.ended.wait(LEAVE_SECONDS)


def test_a_visitor_leaves_within_the_answer(lab: Lab) -> None:
    def serve(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK", "Content-Type: text/event-stream"))
        sender = gevent.spawn(send_events, served)
        try:
            served.wait_end()
        finally:
            sender.kill()

    web = Web(lab)
    service = web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(get())
        assert visitor.reader.head().status == 200
        visitor.reader.until(b"data: x\n\n")
    assert service.next().ended.wait(LEAVE_SECONDS)


def send_events(served: Served) -> None:
    with contextlib.suppress(OSError):
        while True:
            served.send(b"data: x\n\n" * 1000)


def test_a_visitor_leaves_while_its_answer_is_held_up(lab: Lab) -> None:
    """It has not read for a while, and so nothing is read of it either."""
    needs_our_frps(lab.ends)

    def serve(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK"))
        while True:
            served.send(bytes(65536))

    web = Web(lab)
    service = web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(get())
        visitor.reader.head()
    assert service.next().ended.wait(LEAVE_SECONDS)


def test_options_of_the_whole_server(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish(customDomains=["*"])
    with web.visitor() as visitor:
        answer = visitor.ask(request("OPTIONS * HTTP/1.1"))
        assert (answer.status, answer.body) == (200, b"")
        assert answer.values("Content-Length") == [b"0"]
        assert visitor.ask(request("OPTIONS /x HTTP/1.1")).body == b"hello"
    assert service.request.line == b"OPTIONS /x HTTP/1.1"


def test_connect_is_for_the_service(lab: Lab) -> None:
    """It has the request itself, answers it, and then both speak as they like."""
    web = Web(lab)

    def serve(served: Served) -> None:
        served.reader.head()
        served.send(head("HTTP/1.1 200 Connected") + b"first word")
        served.send(served.reader.exact(5).upper())
        served.wait_end()

    service = web.publish(serve)
    with web.visitor() as visitor:
        visitor.send(request("CONNECT a.test:443 HTTP/1.1", host="a.test:443"))
        assert visitor.reader.head().line == b"HTTP/1.1 200 Connected"
        assert visitor.reader.exact(10) == b"first word"
        visitor.send(b"hello")
        assert visitor.reader.exact(5) == b"HELLO"
    served = service.next()
    assert served.ended.wait(LEAVE_SECONDS)
    assert bytes(served.reader.raw).startswith(b"CONNECT a.test:443 HTTP/1.1\r\n")


def test_connect_to_nobody(lab: Lab) -> None:
    web = Web(lab)
    web.publish()
    with web.visitor() as visitor:
        answer = visitor.ask(request("CONNECT nobody.test:443 HTTP/1.1"))
        assert answer.status == 404
        assert answer.values("Content-Type") == [b"text/html"]
        assert visitor.reader.is_over()


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_a_service_that_is_stopped_and_started(lab: Lab, mux: bool) -> None:
    """Connections at rest end with it; none is tried in vain."""
    web = Web(lab, {"transport.tcpMux": mux})
    service = web.service(answering(response()))
    lab.frpc(web.server.port, [web.proxy(service)], {"transport.tcpMux": mux})
    with web.visitor() as visitor:
        assert visitor.ask(get()).status == 200
        (served,) = service.connections
        served.connection.shutdown(socket.SHUT_WR)
        assert served.ended.wait(10), "an end is no reason to keep the connection"
        assert visitor.ask(get()).status == 200


def test_many_visitors_come_and_go(lab: Lab) -> None:
    web = Web(lab)
    service = web.publish()
    before = web.server.usage().num_fds()
    for _ in range(5):
        visitors = [Visitor(web.port) for _ in range(20)]
        for visitor in visitors:
            visitor.send(get())
        for visitor in visitors:
            assert visitor.answer().body == b"hello"
            visitor.close()
    assert len(service.requests) == 100
    eventually(lambda: web.server.usage().num_fds() <= before + 5, what="visitors' connections are kept")
