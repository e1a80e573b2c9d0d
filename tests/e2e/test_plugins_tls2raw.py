"""tls2raw: TLS ends at the client, a local service gets what is inside."""

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import SERVER_NAME, Authority
from tests.support.lab import Lab, tcp_proxy
from tests.support.names import front, trusting, web_ports
from tests.support.users import connect, receive_exact


def plugin(port: int, **files: str) -> dict[str, Any]:
    return {"type": "tls2raw", "localAddr": f"127.0.0.1:{port}", **files}


def talk(connection: socket.socket, context: ssl.SSLContext, name: str) -> None:
    with context.wrap_socket(connection, server_hostname=name) as user:
        assert user.selected_alpn_protocol() is None
        user.sendall(b"hello, service")
        assert receive_exact(user, 14) == b"hello, service"


@pytest.mark.parametrize("stages", [{}, {"transport.useEncryption": True, "transport.useCompression": True}])
@pytest.mark.parametrize("kind", ["tcp", "https"])
def test_behind_a_port_and_behind_a_name(lab: Lab, kind: str, stages: dict[str, bool]) -> None:
    options = web_ports()
    way = front(kind, options)
    proxy = way.proxy("tls", 1, "a.test", plugin=plugin(lab.tcp_echo()), **stages)
    lab.frpc(lab.frps(options).port, [proxy])
    for _ in range(2):
        context = trusting()
        context.set_alpn_protocols(["h2", "http/1.1"])
        talk(connect(way.port), context, "a.test")


def test_a_certificate_of_its_own(lab: Lab, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    pair = authority.issue("server")
    proxy = tcp_proxy("tls", 1, plugin=plugin(lab.tcp_echo(), crtPath=pair.cert, keyPath=pair.key))
    lab.frpc(lab.frps().port, [proxy])
    talk(connect(proxy["remotePort"]), ssl.create_default_context(cafile=authority.file), SERVER_NAME)


def test_the_service_hears_who_its_user_is(lab: Lab) -> None:
    service = lab.backlog()
    proxy = tcp_proxy("tls", 1, plugin=plugin(service.port), **{"transport.proxyProtocolVersion": "v1"})
    lab.frpc(lab.frps().port, [proxy])
    with trusting().wrap_socket(connect(proxy["remotePort"])) as user, service.accept() as served:
        user.sendall(b"!")
        source, destination = user.getsockname(), user.getpeername()
        header = f"PROXY TCP4 {source[0]} {destination[0]} {source[1]} {destination[1]}\r\n!".encode()
        assert receive_exact(served, len(header)) == header


def test_what_is_no_tls(lab: Lab) -> None:
    service = lab.backlog()
    proxy = tcp_proxy("tls", 1, plugin=plugin(service.port))
    client = lab.frpc(lab.frps().port, [proxy])
    with connect(proxy["remotePort"]) as user:
        user.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while user.recv(100):
            pass
    client.wait_for("tls handshake error")
    assert service.is_idle()


def test_files_that_are_not_there(lab: Lab) -> None:
    proxy = tcp_proxy("tls", 1, plugin=plugin(1, crtPath="/no.crt", keyPath="/no.key"))
    client = lab.start_frpc(lab.frps().port, {"proxies": [proxy]})
    client.wait_for("[tls] start error: open /no.crt: no such file or directory")
