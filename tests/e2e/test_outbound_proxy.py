"""A client that reaches its server through an HTTP or a SOCKS5 proxy, named in the file or by the environment."""

import base64
import contextlib
import socket
import struct
from collections.abc import Callable

import gevent
import pytest

from tests.support.lab import Lab, client_options, nest, tcp_proxy
from tests.support.program import Program, environment
from tests.support.users import connect, receive_exact, tcp_echoes

USER, PASSWORD = "ann", "s3cret"


def join(one: socket.socket, other: socket.socket) -> None:
    """Copy both ways until either ends."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)

    other.settimeout(None)
    jobs = [gevent.spawn(copy, one, other), gevent.spawn(copy, other, one)]
    gevent.joinall(jobs, count=1)
    gevent.killall(jobs)


def http_proxy(asked: list[str], *, credentials: bool) -> Callable[[socket.socket], None]:
    """Answers CONNECT; notes where it was asked to go."""
    key = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    def handle(client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        request, *headers = head.decode().split("\r\n")
        if credentials and f"proxy-authorization: basic {key}".lower() not in (h.lower() for h in headers):
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        method, target, _ = request.split(" ")
        assert method == "CONNECT"
        asked.append(target)
        with connect(int(target.rpartition(":")[2])) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            join(client, server)

    return handle


def socks_proxy(asked: list[str], *, credentials: bool) -> Callable[[socket.socket], None]:
    """RFC 1928 with RFC 1929."""

    def handle(client: socket.socket) -> None:
        _, count = receive_exact(client, 2)
        methods = receive_exact(client, count)
        method = 2 if credentials else 0
        assert method in methods
        client.sendall(bytes([5, method]))
        if credentials:
            user = receive_exact(client, receive_exact(client, 2)[1])
            password = receive_exact(client, receive_exact(client, 1)[0])
            is_right = (user, password) == (USER.encode(), PASSWORD.encode())
            client.sendall(bytes([1, 0 if is_right else 1]))
            if not is_right:
                return
        assert receive_exact(client, 4) == bytes([5, 1, 0, 1])  # connect to an IPv4 address
        host = socket.inet_ntoa(receive_exact(client, 4))
        (port,) = struct.unpack("!H", receive_exact(client, 2))
        asked.append(f"{host}:{port}")
        with connect(port) as server:
            client.sendall(bytes([5, 0, 0, 1]) + bytes(6))
            join(client, server)

    return handle


KINDS = {"http": http_proxy, "socks5": socks_proxy}


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
@pytest.mark.parametrize("credentials", [False, True], ids=["open", "password"])
@pytest.mark.parametrize("kind", KINDS)
def test_proxy_from_the_file(lab: Lab, kind: str, credentials: bool, mux: bool) -> None:
    asked: list[str] = []
    port = lab.service(KINDS[kind](asked, credentials=credentials))
    login = f"{USER}:{PASSWORD}@" if credentials else ""
    server, proxy = lab.frps({"transport.tcpMux": mux}), tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(server.port, [proxy], {"transport.tcpMux": mux, "transport.proxyURL": f"{kind}://{login}127.0.0.1:{port}"})
    assert tcp_echoes(proxy["remotePort"], bytes(100_000))
    assert set(asked) == {f"127.0.0.1:{server.port}"}


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_password_is_a_login_failure(lab: Lab, kind: str) -> None:
    port = lab.service(KINDS[kind]([], credentials=True))
    client = lab.start_frpc(lab.frps().port, {"transport.proxyURL": f"{kind}://{USER}:hunter2@127.0.0.1:{port}"})
    assert client.wait_exit() == 1
    assert "login to the server failed" in client.text
    assert "hunter2" not in client.text, "a secret is in the log"


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
def test_proxy_from_the_environment(lab: Lab, variable: str) -> None:
    if variable.isupper() and lab.ends.frpc.is_official:
        pytest.skip("the official frpc reads it in lower case only")
    asked: list[str] = []
    port = lab.service(http_proxy(asked, credentials=False))
    server, proxy = lab.frps(), tcp_proxy("echo", lab.tcp_echo())
    config = lab.config("frpc", {**client_options(server.port), "proxies": [nest(proxy)]})
    surroundings = environment() | {variable: f"http://127.0.0.1:{port}"}
    client = Program([*lab.ends.frpc.command, "-c", str(config)], name="frpc", env=surroundings)
    lab.programs.append(client)
    client.wait_for("[echo] start proxy success")
    assert tcp_echoes(proxy["remotePort"])
    assert set(asked) == {f"127.0.0.1:{server.port}"}
