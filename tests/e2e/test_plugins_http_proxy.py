"""A forward proxy behind a server: curl and WebSocket clients use it, and it keeps its password to itself."""

import base64
import random
import socket
import sys
from pathlib import Path

import gevent
import pytest

from tests.support.binaries import ROOT
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.lab import Lab, tcp_proxy
from tests.support.nginx import run as run_nginx
from tests.support.nginx import serve_files
from tests.support.ports import free_port
from tests.support.tools import need, run, wait_listening
from tests.support.users import TIMEOUT, connect, receive_all, receive_exact
from tests.support.web import Visitor, WebService, answering, head, response

USER, PASSWORD = "abc", "s3cret"
TYPES = {"plain": {}, "both": {"transport.useEncryption": True, "transport.useCompression": True}}


def publish(lab: Lab, plugin: dict[str, str] | None = None, **options: object) -> int:
    """The remote port of a forward proxy."""
    mux = options.pop("mux", True)
    named = {f"plugin.{key}": value for key, value in {"type": "http_proxy", **(plugin or {})}.items()}
    proxy = tcp_proxy("forward", 0, **named, **options)
    lab.frpc(lab.frps({"transport.tcpMux": mux}).port, [proxy], {"transport.tcpMux": mux})
    return proxy["remotePort"]


def login(text: str = f"{USER}:{PASSWORD}") -> str:
    return f"Proxy-Authorization: Basic {base64.b64encode(text.encode()).decode()}"


def curl(*options: str) -> str:
    (program,) = need("curl")
    return run(program, "--silent", "--show-error", "--noproxy", "", "--max-time", "50", *options)


@pytest.fixture
def page(lab: Lab) -> str:
    """URL of a file that a real server has."""
    port = free_port()
    serve_files(lab, port, {"page": b"a real page\n"})
    return f"http://127.0.0.1:{port}/page"


@pytest.mark.program
@pytest.mark.parametrize("options", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("way", [[], ["--proxytunnel"]], ids=["plain", "CONNECT"])
def test_curl_gets_pages(lab: Lab, page: str, way: list[str], options: dict[str, object]) -> None:
    proxy = f"http://127.0.0.1:{publish(lab, **options)}"
    assert curl("--proxy", proxy, *way, page, page, page) == "a real page\n" * 3


@pytest.mark.program
@pytest.mark.parametrize("way", [[], ["--proxytunnel"]], ids=["plain", "CONNECT"])
def test_curl_gives_the_password(lab: Lab, page: str, way: list[str]) -> None:
    port = publish(lab, {"httpUser": USER, "httpPassword": PASSWORD})
    for user, status in ((f"{USER}:{PASSWORD}", "200"), (f"{USER}:wrong", "407")):
        options = ["--proxy", f"http://127.0.0.1:{port}", "--proxy-user", user, *way, "--output", "/dev/null"]
        options += ["--silent", "--noproxy", "", "--write-out", "%{http_connect}" if way else "%{http_code}"]
        # A refused CONNECT is a failure of curl's; what it prints is the same.
        assert run("sh", "-c", '"$0" "$@" || true', *need("curl"), *options, page) == status
    assert PASSWORD not in "\n".join(program.text for program in lab.programs)


@pytest.mark.program
def test_https_through_a_tunnel(lab: Lab, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    pair, port = authority.issue("site"), free_port()
    (lab.folder / "page").write_bytes(b"a secret page\n")
    server = f"listen 127.0.0.1:{port} ssl; ssl_certificate {pair.cert}; ssl_certificate_key {pair.key};"
    run_nginx(lab, port, f"http {{ access_log off; server {{ {server} root {lab.folder}; }} }}")
    proxy = f"http://127.0.0.1:{publish(lab)}"
    options = ["--proxy", proxy, "--cacert", authority.file, "--connect-to", f"{SERVER_NAME}:443:127.0.0.1:{port}"]
    assert curl(*options, f"https://{SERVER_NAME}/page") == "a secret page\n"


# --- tunnels, byte for byte


def open_tunnel(port: int, target: int, *fields: str) -> socket.socket:
    """A connection to the proxy at `port` that has become one to `target`; the caller closes it."""
    user = connect(port)
    user.sendall(head(f"CONNECT 127.0.0.1:{target} HTTP/1.1", f"Host: 127.0.0.1:{target}", *fields))
    assert receive_exact(user, 19) == b"HTTP/1.1 200 OK\r\n\r\n"
    return user


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
@pytest.mark.parametrize("options", TYPES.values(), ids=TYPES)
def test_a_tunnel_carries_everything(lab: Lab, options: dict[str, object], mux: bool) -> None:
    port, target = publish(lab, mux=mux, **options), lab.tcp_echo()
    payload = random.Random(1).randbytes(3_000_000)
    for _ in range(2):
        with open_tunnel(port, target) as user:
            sending = gevent.spawn(user.sendall, payload)
            assert receive_exact(user, len(payload)) == payload
            sending.get(timeout=TIMEOUT)


def test_a_target_that_is_not_there(lab: Lab) -> None:
    with connect(publish(lab)) as user:
        user.sendall(head(f"CONNECT 127.0.0.1:{free_port()} HTTP/1.1", "Host: a"))
        assert receive_all(user) == b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("fields", [[], [login(f"{USER}:wrong")]], ids=["missing", "wrong"])
def test_a_tunnel_needs_the_password(lab: Lab, fields: list[str]) -> None:
    port, target = publish(lab, {"httpUser": USER, "httpPassword": PASSWORD}), lab.tcp_echo()
    with connect(port) as user:
        user.sendall(head(f"CONNECT 127.0.0.1:{target} HTTP/1.1", f"Host: 127.0.0.1:{target}", *fields))
        line, *lines = receive_all(user).decode().split("\r\n")
    assert line == "HTTP/1.1 407 Not authorized"
    assert {"Proxy-Authenticate: Basic", "Connection: close"} <= set(lines)
    with open_tunnel(port, target, login()) as user:
        user.sendall(b"hello")
        assert receive_exact(user, 5) == b"hello"


# --- plain requests, byte for byte


def test_what_a_service_sees_of_a_request(lab: Lab) -> None:
    port, service = publish(lab), WebService(answering(response()))
    service.port = lab.service(service.serve)
    with Visitor(port) as user:
        fields = ["Host: other.test", "X-One: 1", "Proxy-Connection: keep-alive", "Accept-Encoding: identity"]
        answer = user.ask(head(f"GET http://127.0.0.1:{service.port}/a?b=c HTTP/1.1", *fields, login()))
    assert (answer.status, answer.body) == (200, b"hello")
    seen = service.request
    assert seen.line == b"GET /a?b=c HTTP/1.1"
    assert seen.values("Host") == [f"127.0.0.1:{service.port}".encode()]
    assert seen.values("X-One") == [b"1"]
    for name in ("Proxy-Connection", "Proxy-Authorization", "X-Forwarded-For", "Via"):
        assert not seen.values(name)


@pytest.mark.parametrize("fields", [[], [login(f"{USER}:wrong")]], ids=["missing", "wrong"])
def test_a_request_needs_the_password(lab: Lab, fields: list[str]) -> None:
    port, service = publish(lab, {"httpUser": USER, "httpPassword": PASSWORD}), WebService(answering(response()))
    service.port = lab.service(service.serve)
    with Visitor(port) as user:
        ask = f"GET http://127.0.0.1:{service.port}/ HTTP/1.1"
        answer = user.ask(head(ask, "Host: a", *fields))
        assert (answer.status, answer.body, answer.values("Proxy-Authenticate")) == (407, b"", [b"Basic"])
        assert user.ask(head(ask, "Host: a", login())).status == 200, "the connection stays usable"
    assert len(service.requests) == 1


@pytest.mark.parametrize("target", ["/", "//127.0.0.1:PORT/"])
def test_the_host_field_is_no_target(lab: Lab, target: str) -> None:
    port, backlog = publish(lab), lab.backlog()
    with Visitor(port) as user:
        ask = f"GET {target.replace('PORT', str(backlog.port))} HTTP/1.1"
        assert user.ask(head(ask, f"Host: 127.0.0.1:{backlog.port}")).status == 500
    assert backlog.is_idle()


def test_a_websocket_through_a_plain_request(lab: Lab) -> None:
    if lab.ends.frpc.is_official:
        pytest.skip("goes beyond official frpc")
    pytest.importorskip("websockets")
    local, port = free_port(), publish(lab)
    lab.command(sys.executable, str(ROOT / "tests/support/peers/websocket_echo.py"), str(local))
    wait_listening(local)
    with Visitor(port) as user:
        fields = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455, 1.3, as is the answer
        user.send(head(f"GET http://127.0.0.1:{local}/socket HTTP/1.1", "Host: a", *fields, key))
        answer = user.reader.head()
        assert (answer.status, answer.values("Sec-WebSocket-Accept")) == (101, [b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])
        user.send(b"\x81\x85\0\0\0\0hello")
        assert user.reader.exact(7) == b"\x81\x05hello"
