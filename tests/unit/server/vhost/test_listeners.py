"""The shared listeners of a server: where they listen, what the log says, and that the end of the server ends them."""

import logging
from typing import Any

import pytest

from frpg.errors import ConfigError
from frpg.proto.proxy_protocol import header
from frpg.server.service import Server
from tests.support.ports import free_port, free_ports
from tests.support.users import connect, receive_all, refuses
from tests.support.waiting import eventually
from tests.unit.relay.http.wires import get
from tests.unit.server.conftest import StartServer, server_config

HTTP_CLAIM = header("v1", ("203.0.113.7", 4711), ("198.51.100.1", 80))
KEYS = ("vhost_http_port", "vhost_https_port", "tcpmux_http_connect_port")


def test_ports_of_their_own(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    http, https, tcpmux = free_ports(3)
    server = serve(**dict(zip(KEYS, (http, https, tcpmux), strict=True)))
    assert [record.getMessage() for record in caplog.records] == [
        f"frps tcp listen on 127.0.0.1:{server.bind_port}",
        f"tcpmux httpconnect multiplexer listen on 127.0.0.1:{tcpmux}, passthrough: false",
        f"http service listen on 127.0.0.1:{http}",
        f"https service listen on 127.0.0.1:{https}",
        "frps started successfully",
    ]
    for port, data, answer in (
        (http, get("/", "Connection: close"), b"HTTP/1.1 404 "),
        (tcpmux, b"CONNECT a HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
    ):
        with connect(port) as user:
            user.sendall(data)
            assert receive_all(user).startswith(answer)
    server.close()
    assert all(refuses(port) for port in (http, https, tcpmux))


def test_shared_ports(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    serve(vhost_http_port=7000, vhost_https_port=7000)
    lines = [record.getMessage() for record in caplog.records]
    assert "http service listen on 127.0.0.1:7000" in lines
    assert not any("https service" in line for line in lines)


@pytest.mark.parametrize(
    ("key", "failure"),
    [
        ("vhost_http_port", "create vhost http listener error"),
        ("vhost_https_port", "create server listener error"),
        ("tcpmux_http_connect_port", "create server listener error"),
    ],
)
def test_a_port_in_use(serve: StartServer, key: str, failure: str) -> None:
    taken = serve().bind_port
    others = dict(zip(KEYS, free_ports(3), strict=True))
    server = Server(server_config(**others | {key: taken}), bind_port=0)
    with pytest.raises(ConfigError) as caught:
        server.start()
    assert caught.value.faults == [f"{failure}, listen tcp 127.0.0.1:{taken}: bind: address already in use"]
    assert all(refuses(port) for port in others.values() if port != taken)
    server.close()


def test_http_and_https_cannot_share_another_port(serve: StartServer) -> None:
    port = free_port()
    server = Server(server_config(vhost_http_port=port, vhost_https_port=port), bind_port=0)
    with pytest.raises(ConfigError, match="address already in use"):
        server.start()
    server.close()


def test_ports_of_other_hosts_are_not_shared(serve: StartServer) -> None:
    server = serve(proxy_bind_addr="127.0.0.2", vhost_http_port=(port := free_port()), bind_port=port)
    with connect(server.bind_port) as user:
        user.sendall(get())
        assert b"HTTP" not in receive_all(user)


@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize("trusted", [[], ["127.0.0.1"]])
def test_the_end_of_the_server_ends_those_that_wait(serve: StartServer, kind: int, trusted: list[str]) -> None:
    ports = free_ports(3)
    options: dict[str, Any] = dict(zip(KEYS, ports, strict=True))
    server = serve(vhost_trusted_proxies=trusted, **options)
    starts = [b"", b"GET / HT", b"\x16\3\1", b"CONNECT ", b"PROXY ", HTTP_CLAIM]
    users = [connect(ports[kind]) for _ in starts]
    for user, start in zip(users, starts, strict=True):
        user.sendall(start)
    probe = connect(ports[kind])  # those before it have been accepted when it is answered
    probe.sendall((get("/", "Connection: close"), b"\x00", b"\x00")[kind])
    receive_all(probe)
    probe.close()
    server.close()
    for user in users:
        receive_all(user)
        user.close()
    eventually(lambda: not server.context.users)


def test_trusted_headers_on_each_listener(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ports = free_ports(3)
    serve(vhost_trusted_proxies=["127.0.0.1"], **dict(zip(KEYS, ports, strict=True)))
    for port in ports:
        with connect(port) as user:
            user.sendall(HTTP_CLAIM + b"NONSENSE\r\n\r\n")
            receive_all(user)
    eventually(lambda: caplog.text.count("from 203.0.113.7 port 4711: ") == 3)
