"""CONNECT: requests cut everywhere, who may pass, and that no byte behind one is lost."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from frpg.server.service import Server
from frpg.server.vhost import tcpmux
from tests.support.ports import free_port
from tests.support.users import connect, receive_all, receive_exact
from tests.support.waiting import eventually
from tests.unit.proto.http1.messages import cuts, judge_response
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer, echo

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CONNECT = b"CONNECT A.test:22 HTTP/1.1\r\nHost: whatever\r\n\r\n"


def basic(user: str, password: str, name: str = "Proxy-Authorization") -> bytes:
    credentials = b64encode(f"{user}:{password}".encode()).decode()
    return CONNECT[:-2] + f"{name}: Basic {credentials}\r\n\r\n".encode()


@pytest.fixture(params=[False, True], ids=["plain", "passthrough"])
def server(serve: StartServer, request: pytest.FixtureRequest) -> Server:
    return serve(tcpmux_http_connect_port=free_port(), tcpmux_passthrough=request.param)


@pytest.fixture
def peer(server: Server) -> Iterator[Peer]:
    with Peer(server, service=echo) as peer:
        yield peer
    eventually(lambda: not server.context.users)


def publish(peer: Peer, name: str = "p", **fields: Any) -> None:
    options = {"custom_domains": ["a.test"], "multiplexer": "httpconnect", **fields}
    assert peer.new_proxy(name, "tcpmux", **options).error == ""


def ask(server: Server, data: bytes, step: int = 100_000) -> Any:
    user = connect(server.config.tcpmux_http_connect_port)
    for piece in cuts(data, step):
        user.sendall(piece)
        gevent.sleep(0)
    return user


def echoed(server: Server, request: bytes) -> bytes:
    """What an echo service behind a request makes the user see."""
    return (request if server.config.tcpmux_passthrough else OK) + b"SSH-2.0"


@pytest.mark.parametrize("step", [1, 5, 46, 100_000])
@pytest.mark.parametrize(
    "request_", [CONNECT, b"CONNECT a.test HTTP/1.0\r\n\r\n", b"CONNECT a.test.:1 HTTP/1.1\r\nx: y\r\n\r\n"]
)
def test_bytes_behind_the_request_are_not_lost(server: Server, peer: Peer, request_: bytes, step: int) -> None:
    publish(peer)
    with ask(server, request_ + b"SSH-2.0", step) as user:
        expected = echoed(server, request_)
        assert receive_exact(user, len(expected)) == expected
        start = peer.started[0]
        assert (start.src_addr, start.src_port) == user.getsockname()
        assert (start.dst_addr, start.dst_port) == user.getpeername()


def test_no_route(server: Server, peer: Peer) -> None:
    publish(peer, custom_domains=["b.test"])
    with ask(server, CONNECT) as user:
        verdict = judge_response(receive_all(user))
    assert (verdict.status, verdict.complete) == (404, 1)
    assert peer.started == []


def test_who_may_pass(server: Server, peer: Peer) -> None:
    publish(peer, http_user="u", http_pwd="p")
    for refused in (CONNECT, basic("u", "x"), basic("x", "p"), basic("", ""), basic("u", "p", "Authorization")):
        with ask(server, refused) as user:
            got = receive_all(user)
        verdict = judge_response(got)
        assert (verdict.status, verdict.body, verdict.complete) == (407, b"", 1)
        assert verdict.values(b"proxy-authenticate") == [b'Basic realm="Restricted"']
        assert got.count(b"HTTP/1.1") == 1
    assert peer.started == []
    with ask(server, basic("u", "p") + b"SSH-2.0") as user:
        expected = echoed(server, basic("u", "p"))
        assert receive_exact(user, len(expected)) == expected


def test_a_password_alone_asks_nobody(server: Server, peer: Peer) -> None:
    publish(peer, http_pwd="p")
    with ask(server, CONNECT + b"SSH-2.0") as user:
        expected = echoed(server, CONNECT)
        assert receive_exact(user, len(expected)) == expected


def test_routes_by_user(server: Server, peer: Peer) -> None:
    publish(peer, "mine", route_by_http_user="u")
    publish(peer, "plain")
    for request, name in ((basic("u", "x"), "mine"), (basic("v", "x"), "plain"), (CONNECT, "plain")):
        with ask(server, request + b"SSH-2.0") as user:
            receive_exact(user, len(echoed(server, request)))
        assert peer.started[-1].proxy_name == name


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", b"SSH-2.0-x\r\n", b"\x16\3\1\0\5", b"CONNECT a.test\r\n\r\n",
        b"connect a.test HTTP/1.1\r\n\r\n",
        b"CONNECT a b HTTP/1.1\r\n\r\n", b"CONNECT a.test/x HTTP/1.1\r\n\r\n", b"CONNECT a.test HTTP/2.0\r\n\r\n",
        b"CONNECT a.test HTTP/1.1\r\nx y\r\n\r\n", b"CONNECT a.test HTTP/1.1\r\nx: " + b"y" * 70_000,
        b"CONNECT user@a.test:1 HTTP/1.1\r\n\r\n",
        b"CONNECT a.test HTTP/1.1\nHost: a\n\n" + b"x" * 70_000,
    ],
)  # fmt: skip
def test_no_connect_no_answer(server: Server, peer: Peer, data: bytes) -> None:
    publish(peer)
    with ask(server, data) as user:
        assert receive_all(user) == b""
    assert peer.started == []


def test_a_request_that_does_not_come(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcpmux, "DEADLINE", 0.1)
    with ask(server, CONNECT[:-1]) as user:
        assert receive_all(user) == b""
