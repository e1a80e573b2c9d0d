"""A forward proxy between real sockets: what passes, what is changed on the way, who may use it."""

import base64
import contextlib
import socket
import time
from collections.abc import Callable, Iterator

import gevent
import pytest

from frpg.client.plugins.http_proxy import HttpProxy
from frpg.config.plugins import HttpProxyPlugin
from tests.support.fake_frps import eventually
from tests.support.ports import free_port
from tests.support.services import Backlog, echo, tcp_service
from tests.support.users import TIMEOUT, receive_all, receive_exact
from tests.support.web import Answer, Served, WebService, answering, chunked, head, response
from tests.unit.client.plugins.conftest import Plug
from tests.unit.client.plugins.plugged import Plugged

OPEN = HttpProxyPlugin()
CLOSED = HttpProxyPlugin(http_user="abc", http_password="s3:cret")
Serve = Callable[..., WebService]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Web services, which are let go before they end."""
    with contextlib.ExitStack() as stack:

        def make(answer: Answer = answering(response())) -> WebService:  # noqa: B008
            service = WebService(answer)
            service.port = stack.enter_context(tcp_service(service.serve))
            return service

        yield make


@pytest.fixture
def echo_port() -> Iterator[int]:
    with tcp_service(echo) as port:
        yield port


def get(service: WebService, path: str = "/", *fields: str, method: str = "GET") -> bytes:
    authority = f"127.0.0.1:{service.port}"
    return head(f"{method} http://{authority}{path} HTTP/1.1", "Host: other.test", *fields)


def login(text: str = "abc:s3:cret", scheme: str = "Basic") -> str:
    return f"Proxy-Authorization: {scheme} {base64.b64encode(text.encode()).decode()}"


def settle(bench: Plugged) -> None:
    """Let go of the services: what is idle is closed."""
    plugin = bench.plugin
    assert isinstance(plugin, HttpProxy)
    plugin.origins.close()
    gevent.sleep(0)


# --- plain requests


def test_a_request_reaches_its_service_as_if_the_user_had_asked(plug: Plug, serve: Serve) -> None:
    bench, service = plug(OPEN), serve()
    with bench.visitor() as user:
        answer = user.ask(get(service, "/a?b=%41", "X-One: 1", "Proxy-Connection: keep-alive", login()))
    assert (answer.status, answer.body) == (200, b"hello")
    host = f"127.0.0.1:{service.port}"
    assert service.request.head == head("GET /a?b=%41 HTTP/1.1", f"Host: {host}", "X-One: 1")
    settle(bench)


@pytest.mark.parametrize("target", ["", "?q", "/"])
def test_a_url_without_path_is_for_the_root(plug: Plug, serve: Serve, target: str) -> None:
    bench, service = plug(OPEN), serve()
    with bench.visitor() as user:
        assert user.ask(get(service, target)).status == 200
    assert service.request.line == f"GET /{target.removeprefix('/')} HTTP/1.1".encode()
    settle(bench)


def test_what_the_request_says_of_its_way_stays(plug: Plug, serve: Serve) -> None:
    told = ["X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: h", "Forwarded: for=x"]
    bench, service = plug(OPEN), serve()
    with bench.visitor() as user:
        user.ask(get(service, "/", *told, "Authorization: Basic YTpi"))
        user.ask(get(service))
    first, second = service.requests
    lines = {line.decode() for line in first.head.split(b"\r\n")}
    assert lines >= {*told, "Authorization: Basic YTpi"}
    assert not any(second.values(name) for name in ("X-Forwarded-For", "Via", "Forwarded", "X-Forwarded-Host"))
    settle(bench)


def test_bodies_go_both_ways(plug: Plug, serve: Serve) -> None:
    def answer(served: Served) -> None:
        served.send(head("HTTP/1.1 201 Made", "Transfer-Encoding: chunked"), chunked([served.request().body]))
        served.wait_end()

    bench, service = plug(OPEN), serve(answer)
    body = bytes(range(256)) * 2_000
    with bench.visitor() as user:
        sent = get(service, "/", f"Content-Length: {len(body)}", method="POST") + body
        done = gevent.spawn(user.send, sent)
        got = user.answer()
        done.get(timeout=TIMEOUT)
    assert (got.line, got.body) == (b"HTTP/1.1 201 Made", body)
    settle(bench)


def test_the_users_share_connections_to_a_service(plug: Plug, serve: Serve) -> None:
    bench, service, other = plug(OPEN), serve(), serve()
    for _ in range(3):
        with bench.visitor() as user:
            user.ask(get(service))
            user.ask(get(other))
    assert [len(service.connections), len(other.connections)] == [1, 1]
    assert (len(service.requests), len(other.requests)) == (3, 3)
    settle(bench)


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_login_of_a_connection_is_not_shared(plug: Plug, serve: Serve, scheme: str) -> None:
    bench, service = plug(OPEN), serve()
    with bench.visitor() as user:
        user.ask(get(service, "/", f"Authorization: {scheme} abc"))
        user.ask(get(service))
    assert len(service.connections) == 2
    settle(bench)


def test_websocket_upgrades_become_tunnels(plug: Plug, serve: Serve) -> None:
    def answer(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"), b"ready")
        served.send(served.connection.recv(100))
        served.wait_end()

    bench, service = plug(OPEN), serve(answer)
    with bench.visitor() as user:
        user.send(get(service, "/", "Connection: Upgrade", "Upgrade: websocket"))
        assert user.reader.head().status == 101
        assert user.reader.exact(5) == b"ready"
        user.send(b"ping")
        assert user.reader.exact(4) == b"ping"
        assert bench.tally.connections == 1
    assert service.next().ended.wait(TIMEOUT)


def test_redirects_are_the_users_matter(plug: Plug, serve: Serve) -> None:
    bench, service = plug(OPEN), serve(answering(head("HTTP/1.1 302 Found", "Location: /x", "Content-Length: 0")))
    with bench.visitor() as user:
        answer = user.ask(get(service))
    assert (answer.status, answer.values("Location"), len(service.requests)) == (302, [b"/x"], 1)
    settle(bench)


# --- requests that reach nobody


@pytest.mark.parametrize("target", ["/", "//127.0.0.1/", "*"])
def test_requests_without_a_url_are_told_what_this_is(plug: Plug, target: str) -> None:
    with plug(OPEN).visitor() as user:
        answer = user.ask(head(f"{'OPTIONS' if target == '*' else 'GET'} {target} HTTP/1.1", "Host: 127.0.0.1"))
        assert answer.status == 500
        assert b"forward proxy" in answer.body
        assert user.ask(head("GET / HTTP/1.1", "Host: a")).status == 500, "the connection stays usable"


@pytest.mark.parametrize(
    "url", ["http://good@HERE/", "http://u:p@HERE/", "http:///x", "ftp://HERE/", "http://HERE:99999/"]
)
def test_urls_with_two_meanings_are_refused(plug: Plug, local: Backlog, url: str) -> None:
    here = f"127.0.0.1:{local.port}" if ":99999" not in url else "127.0.0.1"
    with plug(OPEN).visitor() as user:
        assert user.ask(head(f"GET {url.replace('HERE', here)} HTTP/1.1", "Host: a")).status == 400
        assert user.reader.is_over()
    assert local.is_idle()


def test_a_service_that_is_not_there_is_told_with_the_reason(plug: Plug) -> None:
    port = free_port()
    with plug(OPEN).visitor() as user:
        answer = user.ask(head(f"GET http://127.0.0.1:{port}/ HTTP/1.1", "Host: a"))
        assert answer.status == 502
        assert answer.body == f"dial tcp 127.0.0.1:{port}: connect: connection refused\n".encode()
        assert answer.values("Content-Type") == [b"text/plain; charset=utf-8"]
        assert user.ask(head("GET / HTTP/1.1", "Host: a")).status == 500, "the connection stays usable"


@pytest.mark.parametrize("host", ["no.such.name.invalid", "a..b", "x" * 64 + ".test"])
def test_names_that_lead_nowhere(plug: Plug, host: str) -> None:
    def nobody(host: str, port: int) -> list[tuple[int, object]]:
        host.encode("idna")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with plug(OPEN, resolver=nobody).visitor() as user:
        assert user.ask(head(f"GET http://{host}/ HTTP/1.1", "Host: a")).status == 502
        assert user.ask(head("GET / HTTP/1.1", "Host: a")).status == 500


def test_http2_is_not_spoken(plug: Plug) -> None:
    with plug(OPEN).visitor() as user:
        assert user.ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status == 505


# --- CONNECT


def connect(port: int, *fields: str, host: str = "127.0.0.1", method: str = "CONNECT") -> bytes:
    return head(f"{method} {host}:{port} HTTP/1.1", f"Host: {host}:{port}", *fields)


ESTABLISHED = b"HTTP/1.1 200 OK\r\n\r\n"


def test_a_tunnel_carries_what_follows(plug: Plug, local: Backlog) -> None:
    bench = plug(OPEN)
    user = bench.user()
    user.sendall(connect(local.port) + b"early")
    service = local.accept()
    with service:
        assert receive_exact(user, len(ESTABLISHED)) == ESTABLISHED
        assert receive_exact(service, 5) == b"early"
        assert bench.tally.connections == 1
        payload = bytes(range(256)) * 10_000
        for one, other in ((user, service), (service, user)):
            sending = gevent.spawn(one.sendall, payload)
            assert receive_exact(other, len(payload)) == payload
            sending.get(timeout=TIMEOUT)
        user.shutdown(socket.SHUT_WR)
        assert service.recv(1) == b""
        service.sendall(b"last")
    assert receive_all(user) == b"last"
    assert bench.tally.received.value == len(connect(local.port)) + 5 + len(payload)
    assert bench.tally.sent.value == len(ESTABLISHED) + len(payload) + 4


def test_nothing_stands_between_a_tunnel_and_its_relay(plug: Plug, local: Backlog) -> None:
    bench = plug(OPEN)
    user = bench.user()
    user.sendall(connect(local.port))
    with local.accept():
        receive_exact(user, len(ESTABLISHED))
        ((stream, _),) = bench.joined
        assert type(stream).__name__ == "TcpStream"


@pytest.mark.parametrize("step", [1, 7])
def test_a_connect_may_arrive_in_pieces(plug: Plug, echo_port: int, step: int) -> None:
    user = plug(OPEN).user()
    user.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    content = connect(echo_port)
    for start in range(0, len(content), step):
        user.sendall(content[start : start + step])
        gevent.sleep(0)
    user.sendall(b"hello")
    assert receive_exact(user, len(ESTABLISHED) + 5) == ESTABLISHED + b"hello"


def test_a_tunnel_may_follow_a_plain_request(plug: Plug, serve: Serve, echo_port: int) -> None:
    bench, service = plug(OPEN), serve()
    with bench.visitor() as user:
        assert user.ask(get(service)).status == 200
        user.send(connect(echo_port))
        assert user.reader.head().status == 200
        user.send(b"hello")
        assert user.reader.exact(5) == b"hello"
    settle(bench)


@pytest.mark.parametrize(
    "target", ["127.0.0.1", "127.0.0.1:", "127.0.0.1:0", ":80", "u@127.0.0.1:80", "http://a:80", "[::1"]
)
def test_a_connect_needs_host_and_port(plug: Plug, target: str) -> None:
    with plug(OPEN).visitor() as user:
        assert user.ask(head(f"CONNECT {target} HTTP/1.1", "Host: a")).status == 400
        assert user.reader.is_over()


def test_a_target_that_is_not_there(plug: Plug) -> None:
    user = plug(OPEN).user()
    user.sendall(connect(free_port()))
    assert receive_all(user) == b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def test_names_are_looked_up_here(plug: Plug, echo_port: int) -> None:
    asked = []

    def resolver(host: str, port: int) -> list[tuple[int, object]]:
        asked.append((host, port))
        return [(socket.AF_INET, ("127.0.0.1", port))]

    user = plug(OPEN, resolver=resolver).user()
    user.sendall(connect(echo_port, host="Inside.Test") + b"hello")
    assert receive_exact(user, len(ESTABLISHED) + 5) == ESTABLISHED + b"hello"
    assert asked == [("inside.test", echo_port)]


def test_a_user_that_leaves_while_its_target_is_dialled(plug: Plug) -> None:
    waiting = gevent.event.Event()

    def resolver(host: str, port: int) -> list[tuple[int, object]]:
        try:
            waiting.set()
            gevent.sleep(TIMEOUT)
        finally:
            waiting.clear()
        raise OSError("never")

    bench = plug(OPEN, resolver=resolver)
    user = bench.user()
    user.sendall(connect(80, host="slow.test"))
    assert waiting.wait(TIMEOUT)
    user.close()
    assert eventually(lambda: not waiting.is_set())
    assert bench.tally.connections == 0


# --- passwords


@pytest.mark.parametrize("scheme", ["Basic", "basic", "Whatever"])
def test_the_right_password(plug: Plug, serve: Serve, echo_port: int, scheme: str) -> None:
    bench, service = plug(CLOSED), serve()
    with bench.visitor() as user:
        assert user.ask(get(service, "/", login(scheme=scheme))).status == 200
        user.send(connect(echo_port, login(scheme=scheme)))
        assert user.reader.head().status == 200
    assert not service.request.values("Proxy-Authorization")
    settle(bench)


BAD = {
    "none": [],
    "no base64": ["Proxy-Authorization: Basic ???"],
    "no colon": [login("abc")],
    "no scheme": ["Proxy-Authorization: YWJjOnMzOmNyZXQ="],
    "two": [login(), login()],
    "of the service": ["Authorization: Basic YWJjOnMzOmNyZXQ="],
}
WRONG = ["abc:wrong", "abc:", ":s3:cret", "ABC:s3:cret", "abc:s3:cret "]


@pytest.mark.parametrize("fields", BAD.values(), ids=BAD)
def test_a_missing_password_is_told_at_once(
    plug: Plug, serve: Serve, fields: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frpg.client.plugins.http_proxy.REFUSAL_SECONDS", TIMEOUT * 2)
    bench, service = plug(CLOSED), serve()
    with bench.visitor() as user:
        answer = user.ask(get(service, "/", *fields))
        assert (answer.status, answer.body) == (407, b"")
        assert answer.values("Proxy-Authenticate") == [b"Basic"]
        assert user.ask(get(service, "/", login())).status == 200, "the connection stays usable"
    assert len(service.requests) == 1
    settle(bench)


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_password_takes_its_time(plug: Plug, serve: Serve, text: str) -> None:
    bench, service = plug(CLOSED), serve()
    with bench.visitor() as user:
        start = time.monotonic()
        answer = user.ask(get(service, "/", login(text)))
        assert time.monotonic() - start >= 0.2
        assert (answer.status, answer.body) == (407, b"")
        assert user.ask(get(service, "/", login())).status == 200
    settle(bench)


@pytest.mark.parametrize("fields", [[], [login("abc:wrong")]], ids=["missing", "wrong"])
def test_a_connect_without_the_password_ends_the_connection(plug: Plug, local: Backlog, fields: list[str]) -> None:
    user = plug(CLOSED).user()
    user.sendall(connect(local.port, *fields))
    assert receive_all(user) == (
        b"HTTP/1.1 407 Not authorized\r\nConnection: close\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
    )
    assert local.is_idle()


def test_a_user_that_leaves_before_its_refusal(plug: Plug, local: Backlog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frpg.client.plugins.http_proxy.REFUSAL_SECONDS", TIMEOUT)
    bench = plug(CLOSED)
    user = bench.user()
    user.sendall(connect(local.port, login("abc:wrong")))
    assert eventually(lambda: bench.tally.received.value > 0)
    user.close()
    assert eventually(lambda: bench.tally.connections == 0)


@pytest.mark.parametrize("config", [HttpProxyPlugin(http_user="a"), HttpProxyPlugin(http_password="b")])
def test_one_of_both_is_enough_to_ask(plug: Plug, config: HttpProxyPlugin) -> None:
    with plug(config).visitor() as user:
        assert user.ask(head("GET http://127.0.0.1:1/ HTTP/1.1", "Host: a")).status == 407
        text = f"{config.http_user}:{config.http_password}"
        assert user.ask(head("GET http://127.0.0.1:1/ HTTP/1.1", "Host: a", login(text))).status == 502


# --- the end


def test_an_idle_user_is_let_go_when_the_plugin_ends(plug: Plug, serve: Serve) -> None:
    bench, service = plug(OPEN), serve()
    with bench.visitor() as user:
        user.ask(get(service))
        bench.plugin.close()
        assert user.reader.is_over()
