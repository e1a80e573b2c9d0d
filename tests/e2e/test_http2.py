"""HTTP/2 without TLS and without asking first, through an http proxy to a service that speaks HTTP/1.1."""

import hashlib
import re
from pathlib import Path

import pytest
from gevent.event import Event
from h2.errors import ErrorCodes

from tests.support.curl import Curl
from tests.support.http2_visitor import Http2Visitor
from tests.support.lab import Lab
from tests.support.peers import command, need_module
from tests.support.ports import free_port
from tests.support.tools import need, run
from tests.support.waiting import eventually
from tests.support.web import HOST, Served, Web, answering, chunked, get, head, needs_our_frps, response

MIB = 1 << 20
PRIOR = "--http2-prior-knowledge"


@pytest.fixture
def web(lab: Lab) -> Web:
    return Web(lab)


def visit(web: Web, *, takes: bool = True) -> Http2Visitor:
    return Http2Visitor(web.port, takes=takes)


def test_many_answers_on_one_connection(web: Web) -> None:
    service = web.publish(answering(response(b"hello", "X-A: 1")))
    with visit(web) as visitor:
        for _ in range(3):
            message = visitor.get()
            assert (message.status, bytes(message.body), message.value(b"x-a")) == (200, b"hello", b"1")
    assert len(service.connections) == 1
    assert {request.line for request in service.requests} == {b"GET / HTTP/1.1"}


def test_a_slow_answer_holds_no_other_up(web: Web) -> None:
    may_answer = Event()

    def serve(served: Served) -> None:
        while True:
            if served.request().line.split(b" ")[1] == b"/slow":
                may_answer.wait(20)
            served.send(response())

    web.publish(serve)
    with visit(web) as visitor:
        slow = visitor.ask(b"/slow")
        for _ in range(5):
            assert visitor.get(b"/fast").status == 200
        assert not visitor.messages[slow].is_ended
        may_answer.set()
        assert visitor.finished(slow).status == 200


def test_what_the_service_is_told(web: Web) -> None:
    service = web.publish()
    with visit(web) as visitor:
        visitor.get(b"/a%2Fb?x=y", (b"x-b", b"1"), (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"te", b"trailers"))
    request = service.request
    assert request.line == b"GET /a%2Fb?x=y HTTP/1.1"
    assert request.values("Host") == [HOST.encode()]
    assert request.values("Cookie") == [b"a=1; b=2"]
    assert request.values("X-Forwarded-For") == [b"127.0.0.1"]
    assert request.values("X-Forwarded-Proto") == [b"http"]
    assert request.values("TE") == [b"trailers"]
    assert request.values("X-B") == [b"1"]


def test_the_order_of_fields_is_kept(web: Web) -> None:
    needs_our_frps(web.lab.ends)
    service = web.publish()
    with visit(web) as visitor:
        visitor.get(b"/", (b"z", b"1"), (b"a", b"2"), (b"m", b"3"))
    assert [name for name, _ in service.request.fields][1:4] == [b"z", b"a", b"m"]


@pytest.mark.parametrize("size", [1, 100_000, 4 * MIB])
def test_bodies_both_ways(web: Web, size: int) -> None:
    def serve(served: Served) -> None:
        while True:
            served.send(response(served.request().body))

    web.publish(serve)
    body = bytes(range(251)) * (size // 251 + 1)
    with visit(web) as visitor:
        for fields in ((), ((b"content-length", b"%d" % size),)):
            stream = visitor.begin(b"/", *fields)
            visitor.upload(stream, body[:size])
            assert hashlib.sha256(visitor.finished(stream).body).digest() == hashlib.sha256(body[:size]).digest()


def test_trailers_of_an_answer(web: Web) -> None:
    answer = head("HTTP/1.1 200 OK", "Trailer: X-Sum", "Transfer-Encoding: chunked")
    web.publish(answering(answer + chunked([b"hello"], b"X-Sum: 7\r\n")))
    with visit(web) as visitor:
        message = visitor.get()
    assert (bytes(message.body), message.trailers) == (b"hello", [(b"x-sum", b"7")])


def test_trailers_of_a_request(web: Web) -> None:
    needs_our_frps(web.lab.ends)
    service = web.publish()
    with visit(web) as visitor:
        stream = visitor.begin()
        visitor.upload(stream, b"hello", trailers=[(b"x-sum", b"7")])
        assert visitor.finished(stream).status == 200
    assert (service.request.body, service.request.trailers) == (b"hello", b"x-sum: 7\r\n")


def test_early_hints(web: Web) -> None:
    web.publish(answering(head("HTTP/1.1 103 Early Hints", "Link: </a>") + response()))
    with visit(web) as visitor:
        message = visitor.get()
    assert [dict(block)[b"link"] for block in message.informational] == [b"</a>"]
    assert message.status == 200


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body(web: Web, status: int) -> None:
    web.publish(answering(head(f"HTTP/1.1 {status} Nothing", "ETag: x")))
    with visit(web) as visitor:
        message = visitor.get()
    assert (message.status, bytes(message.body)) == (status, b"")


def test_the_head_alone(web: Web) -> None:
    web.publish(answering(head("HTTP/1.1 200 OK", "Content-Length: 5")))
    with visit(web) as visitor:
        message = visitor.get(method=b"HEAD")
    assert (message.value(b"content-length"), bytes(message.body)) == (b"5", b"")


def test_events_come_one_by_one(web: Web) -> None:
    heard: Event = Event()

    def serve(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked"))
        for number in range(5):
            assert heard.wait(10)
            heard.clear()
            served.send(b"9\r\ndata: %d\n\n\r\n" % number)
        served.send(b"0\r\n\r\n")

    web.publish(serve)
    with visit(web) as visitor:
        stream = visitor.ask()
        visitor.push()
        message = visitor.messages[stream]
        for number in range(5):
            heard.set()
            visitor.until(lambda number=number: message.body.endswith(b"data: %d\n\n" % number))  # type: ignore[misc]
        assert visitor.finished(stream).reset is None


def test_an_unknown_host(web: Web) -> None:
    web.publish()
    with visit(web) as visitor:
        stream = visitor.ask_raw(
            [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"nobody.test")]
        )
        visitor.push()
        assert visitor.finished(stream).status == 404
        assert visitor.get().status == 200


def test_a_dead_service(web: Web) -> None:
    needs_our_frps(web.lab.ends)
    web.client(web.proxy(free_port()))
    with visit(web) as visitor:
        assert visitor.get().status == 502


def test_a_broken_answer_is_never_complete(web: Web) -> None:
    web.publish(lambda served: (served.request(), served.send(head("HTTP/1.1 200 OK", "Content-Length: 9") + b"half")))
    with visit(web) as visitor:
        message = visitor.get()
        assert (message.is_ended, message.reset) == (False, ErrorCodes.INTERNAL_ERROR)


def test_a_reset_reaches_the_service(web: Web) -> None:
    def serve(served: Served) -> None:
        served.request()
        served.wait_end()

    service = web.publish(serve)
    with visit(web) as visitor:
        stream = visitor.ask()
        visitor.push()
        served = service.next()
        eventually(lambda: len(served.requests) == 1)
        visitor.connection.reset_stream(stream, ErrorCodes.CANCEL)
        visitor.push()
        assert served.ended.wait(5)
        assert not visitor.messages[stream].is_ended


def test_a_visitor_that_leaves_reaches_the_service(web: Web) -> None:
    def serve(served: Served) -> None:
        served.request()
        served.wait_end()

    service = web.publish(serve)
    with visit(web) as visitor:
        for _ in range(3):
            visitor.ask()
        visitor.push()
        connections = [service.next() for _ in range(3)]
        eventually(lambda: all(served.requests for served in connections))
    assert all(served.ended.wait(5) for served in connections)


def test_the_end_of_the_server_is_said(web: Web) -> None:
    needs_our_frps(web.lab.ends)
    web.publish()
    with visit(web) as visitor:
        visitor.get()
        web.server.stop()
        visitor.until(lambda: visitor.goaway is not None)
        assert visitor.goaway == ErrorCodes.NO_ERROR


# --- one port for all


@pytest.fixture
def shared(lab: Lab) -> Web:
    """The http port is the clients' port."""
    port = free_port()
    web = Web(lab, {"bindPort": port, "vhostHTTPPort": port})
    web.port = port
    return web


def test_on_the_shared_port(shared: Web) -> None:
    shared.publish()
    with visit(shared) as visitor:
        assert bytes(visitor.get().body) == b"hello"
    assert shared.ask(get()).status == 200


@pytest.mark.program
def test_grpc_on_the_shared_port(shared: Web) -> None:
    needs_our_frps(shared.lab.ends)
    need_module("grpc")
    service = shared.lab.command(*command("grpc_echo", port := free_port()))
    service.wait_for("serving")
    shared.client(shared.proxy(port))
    for check in ("unary", "talk"):
        assert run(*command("grpc_client", shared.port, HOST, check)) == "held\n"


# --- programs


@pytest.mark.program
def test_curl(web: Web, tmp_path: Path) -> None:
    def serve(served: Served) -> None:
        while True:
            served.send(response(hashlib.sha256(served.request().body).hexdigest().encode()))

    web.publish(serve)
    curl = Curl(HOST, web.port)
    empty = hashlib.sha256().hexdigest()
    assert curl("/", PRIOR, "--write-out", " %{http_version}") == f"{empty} 2"
    upload = tmp_path / "upload"
    upload.write_bytes(bytes(range(256)) * 32768)
    assert curl("/", PRIOR, "--upload-file", str(upload)) == hashlib.sha256(upload.read_bytes()).hexdigest()
    assert curl("/", PRIOR, "--data", "x", "--header", "Expect: 100-continue") == hashlib.sha256(b"x").hexdigest()


@pytest.mark.program
def test_curl_hears_an_early_answer(web: Web, tmp_path: Path) -> None:
    """And no error, although nobody reads what it sends."""
    needs_our_frps(web.lab.ends)
    upload = tmp_path / "upload"
    upload.write_bytes(bytes(64 * MIB))
    options = ["--upload-file", str(upload), "--no-fail-with-body", "--no-fail", "--write-out", "%{http_code}"]
    assert Curl("nobody.test", web.port)("/", PRIOR, *options, "--output", "/dev/null") == "404"


@pytest.mark.program
@pytest.mark.parametrize("size", [1000, 100_000])
def test_h2load_counts_no_error(web: Web, size: int) -> None:
    (h2load,) = need("h2load")
    web.publish(answering(response(bytes(size))))
    place = f"--connect-to=127.0.0.1:{web.port}"
    said = run(h2load, "-n", "500", "-c", "5", "-m", "10", place, f"http://{HOST}:{web.port}/")
    assert re.search(r"500 succeeded, 0 failed, 0 errored, 0 timeout", said), said
    assert "500 2xx" in said
