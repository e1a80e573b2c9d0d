"""http2http, http2https, https2http, https2https: a local web service behind the names of a server."""

import socket
import ssl
from typing import Any

import gevent
import pytest
from gevent.event import Event

from tests.support.certificates import Authority, Pair
from tests.support.http2_visitor import Http2Visitor
from tests.support.lab import Lab, tcp_proxy
from tests.support.names import trusting, web_ports
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import connect
from tests.support.waiting import eventually
from tests.support.web import Answer, Served, Visitor, WebService, answering, chunked, get, head, request, response

KINDS = ("http2http", "http2https", "https2http", "https2https")
HOST = "a.test"
HELLO = answering(response())


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Authority(tmp_path_factory.mktemp("tls"), "ca").issue("service")


class Bridge:
    """A server, a client with the plugin, and its local service."""

    def __init__(self, lab: Lab, kind: str, pair: Pair, answer: Answer = HELLO, **options: Any) -> None:
        self.kind = kind
        self.users_tls, self._local_tls = kind.startswith("https"), kind.endswith("2https")
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(pair.cert, pair.key)
        self.service = WebService(answer)
        self.service.port = lab.service(self._serve)
        ports = web_ports()
        self.port: int = ports["vhostHTTPSPort" if self.users_tls else "vhostHTTPPort"]
        plugin = {"type": kind, "localAddr": f"127.0.0.1:{self.service.port}", **options}
        proxy = {"name": "web", "type": "https" if self.users_tls else "http", "customDomains": [HOST]}
        self.client: Program = lab.frpc(lab.frps(ports).port, [proxy | {"plugin": plugin}])

    def _serve(self, connection: socket.socket) -> None:
        if self._local_tls:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection:
            self.service.serve(connection)

    def tls(self, name: str | None = HOST, *protocols: str) -> ssl.SSLSocket:
        context = trusting()
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context.wrap_socket(connect(self.port), server_hostname=name)

    def visitor(self) -> Visitor:
        return Visitor(self.tls() if self.users_tls else self.port)

    def ask(self, content: bytes) -> Any:
        with self.visitor() as visitor:
            return visitor.ask(content)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def test_requests_and_bodies_go_through(lab: Lab, kind: str, pair: Pair) -> None:
    def mirror(served: Served) -> None:
        while True:
            served.send(response(served.request().body))

    bridge, payload = Bridge(lab, kind, pair, mirror), bytes(range(256)) * 8000
    with bridge.visitor() as visitor:
        for body in (b"small", payload, b"again"):
            sending = gevent.spawn(visitor.send, request("POST /a%20b?x=1 HTTP/1.1", "X-Mine: here", body=body))
            assert visitor.answer().body == body
            sending.get(timeout=10)
    seen = bridge.service.requests[0]
    assert (seen.line, seen.values("Host"), seen.values("X-Mine")) == (
        b"POST /a%20b?x=1 HTTP/1.1", [b"a.test"], [b"here"]
    )  # fmt: skip


def test_chunks_and_trailers_go_through(lab: Lab, kind: str, pair: Pair) -> None:
    def answer(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum"))
        served.send(chunked([b"one", b"two"], b"X-Sum: 2\r\n"))
        served.wait_end()

    bridge = Bridge(lab, kind, pair, answer)
    content = head("POST / HTTP/1.1", f"Host: {HOST}", "Transfer-Encoding: chunked") + chunked([b"a", b"bc"])
    answered = bridge.ask(content)
    assert (answered.body, answered.trailers) == (b"onetwo", b"X-Sum: 2\r\n")
    assert bridge.service.request.body == b"abc"


TOLD = ("X-Forwarded-For: 2.2.2.2, 3.3.3.3", "X-Forwarded-Proto: gopher", "Forwarded: for=2.2.2.2")
CHAINS = {
    "http2http": b"2.2.2.2, 3.3.3.3, 127.0.0.1",  # by the server; frp's client drops it here
    "http2https": b"2.2.2.2, 3.3.3.3, 127.0.0.1",
    "https2http": b"2.2.2.2, 3.3.3.3, 127.0.0.1",
    "https2https": b"2.2.2.2, 3.3.3.3, 127.0.0.1",
}


def test_the_service_is_told_of_its_visitor(lab: Lab, kind: str, pair: Pair) -> None:
    if kind == "http2http" and lab.ends.frpc.is_official:
        pytest.skip("official frpc takes these away")
    bridge = Bridge(lab, kind, pair)
    bridge.ask(get("/", *TOLD))
    seen = bridge.service.request
    assert seen.values("X-Forwarded-For") == [CHAINS[kind]]
    assert seen.values("X-Forwarded-Host") == [b"a.test"]
    assert seen.values("X-Forwarded-Proto") == [b"https" if bridge.users_tls else b"http"]
    assert seen.values("Forwarded") == []


def test_headers_and_host_are_rewritten(lab: Lab, kind: str, pair: Pair) -> None:
    changes = {"hostHeaderRewrite": "inner.test", "requestHeaders": {"set": {"X-From-Where": "frp", "X-One": "ours"}}}
    bridge = Bridge(lab, kind, pair, **changes)
    bridge.ask(get("/", "X-One: 1"))
    seen = bridge.service.request
    assert [seen.values(name) for name in ("Host", "X-One", "X-From-Where")] == [[b"inner.test"], [b"ours"], [b"frp"]]


def test_a_websocket_is_a_tunnel(lab: Lab, kind: str, pair: Pair) -> None:
    def answer(served: Served) -> None:
        assert served.request().values("Upgrade") == [b"websocket"]
        served.send(head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"), b"first")
        while data := served.connection.recv(100):
            served.send(data[::-1])

    bridge = Bridge(lab, kind, pair, answer)
    with bridge.visitor() as visitor:
        assert visitor.ask(get("/", "Connection: Upgrade", "Upgrade: websocket")).status == 101
        assert visitor.reader.exact(5) == b"first"
        for _ in range(3):
            visitor.send(b"\x81\x01a")
            assert visitor.reader.exact(3) == b"a\x01\x81"


def test_events_come_one_by_one(lab: Lab, kind: str, pair: Pair) -> None:
    heard = [Event() for _ in range(3)]

    def answer(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Connection: close"))
        for number, event in enumerate(heard):
            served.send(b"data: %d\n\n" % number)
            assert event.wait(10)

    bridge = Bridge(lab, kind, pair, answer)
    with bridge.visitor() as visitor:
        visitor.send(get())
        visitor.reader.head()
        for number, event in enumerate(heard):
            assert b"data: %d\n\n" % number in visitor.reader.until(b"\n\n")
            event.set()


def test_a_service_that_is_not_there(lab: Lab, kind: str, pair: Pair) -> None:
    bridge = Bridge(lab, kind, pair, localAddr=f"127.0.0.1:{free_port()}")
    answered = bridge.ask(get())
    assert (answered.status, answered.body) == (502, b"")
    bridge.client.wait_for("http: proxy error: dial tcp 127.0.0.1:")


@pytest.mark.parametrize("kind", ["https2http", "https2https"])
def test_http2_where_it_is_not_switched_off(lab: Lab, kind: str, pair: Pair) -> None:
    bridge = Bridge(lab, kind, pair)
    with Http2Visitor(bridge.tls(HOST, "h2", "http/1.1")) as visitor:
        answers = [visitor.get(b"/one"), visitor.get(b"/two")]
        assert [(answered.status, bytes(answered.body)) for answered in answers] == [(200, b"hello")] * 2
    assert [seen.line for seen in bridge.service.requests] == [b"GET /one HTTP/1.1", b"GET /two HTTP/1.1"]


def test_http2_switched_off(lab: Lab, pair: Pair) -> None:
    bridge = Bridge(lab, "https2http", pair, enableHTTP2=False)
    with bridge.tls(HOST, "h2", "http/1.1") as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"


def test_a_request_for_another_host_is_misdirected(lab: Lab, pair: Pair) -> None:
    bridge = Bridge(lab, "https2http", pair)
    with bridge.visitor() as visitor:
        answered = visitor.ask(get(host="b.test"))
        assert (answered.status, answered.body) == (421, b"")
        assert visitor.ask(get(host="A.test.:8443")).status == 200
    assert len(bridge.service.requests) == 1


def test_without_a_server_name_every_host_is_served(lab: Lab, pair: Pair) -> None:
    service = WebService(HELLO)
    plugin = {"type": "https2http", "localAddr": f"127.0.0.1:{lab.service(service.serve)}"}
    proxy = tcp_proxy("web", 1, plugin=plugin)
    lab.frpc(lab.frps().port, [proxy])
    with Visitor(trusting().wrap_socket(connect(proxy["remotePort"]))) as visitor:
        assert visitor.ask(get(host="any.test")).status == 200


def test_behind_a_port_a_request_never_goes_elsewhere(lab: Lab) -> None:
    service, other = WebService(HELLO), lab.backlog()
    plugin = {"type": "http2http", "localAddr": f"127.0.0.1:{lab.service(service.serve)}"}
    proxy = tcp_proxy("web", 1, plugin=plugin)
    lab.frpc(lab.frps().port, [proxy])
    host = f"127.0.0.1:{other.port}"
    targets = {f"http://{host}/x": b"/x", f"//{host}/x": f"//{host}/x".encode(), f"/http://{host}/": None}
    with Visitor(proxy["remotePort"]) as visitor:
        for target, expected in targets.items():
            assert visitor.ask(head(f"GET {target} HTTP/1.1", f"Host: {host}")).status == 200
            seen = service.requests[-1].line.split(b" ")[1]
            assert seen == (expected or target.encode())
    assert other.is_idle()


def test_files_that_are_not_there(lab: Lab) -> None:
    plugin = {"type": "https2http", "localAddr": "127.0.0.1:1", "crtPath": "/no.crt", "keyPath": "/no.key"}
    client = lab.start_frpc(lab.frps().port, {"proxies": [tcp_proxy("web", 1, plugin=plugin)]})
    client.wait_for("[web] start error: gen TLS config error: open /no.crt: no such file or directory")


@pytest.mark.usefixtures("frpg_only")
def test_an_answer_under_way_is_finished_when_the_client_leaves(lab: Lab, pair: Pair) -> None:
    go = Event()

    def answer(served: Served) -> None:
        if served.request().line.endswith(b"/later HTTP/1.1"):
            return
        served.send(head("HTTP/1.1 200 OK", "Content-Length: 10") + b"first")
        assert go.wait(10)
        served.send(b"later")

    bridge = Bridge(lab, "http2https", pair, answer)
    with bridge.visitor() as visitor:
        visitor.send(get())
        visitor.reader.until(b"first")
        leaving = gevent.spawn(bridge.client.stop)
        eventually(lambda: bridge.ask(get("/later")).status == 404, what="the server still knows the proxy")
        go.set()
        assert visitor.reader.exact(5) == b"later"
        leaving.get(timeout=10)
