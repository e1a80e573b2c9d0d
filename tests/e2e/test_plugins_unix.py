"""unix_domain_socket: a Unix socket behind every type of proxy."""

import socket
from pathlib import Path
from typing import Any

import gevent
import pytest

from tests.support.lab import Lab, tcp_proxy
from tests.support.names import KINDS, front, web_ports
from tests.support.services import echo, unix_service
from tests.support.users import connect, receive_exact

HOST = "unix.test"
STAGES = [{}, {"transport.useEncryption": True, "transport.useCompression": True}]


def plugin(path: Path | str) -> dict[str, Any]:
    return {"type": "unix_domain_socket", "unixPath": str(path)}


@pytest.mark.parametrize("stages", STAGES, ids=["plain", "both"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_type_brings_its_users_there(lab: Lab, kind: str, stages: dict[str, bool]) -> None:
    options = web_ports()
    way = front(kind, options)
    with unix_service(lab.folder / "s", way.service("from the socket")) as path:
        lab.frpc(lab.frps(options).port, [way.proxy("unix", 1, HOST, plugin=plugin(path), **stages)])
        assert [way.visit(HOST) for _ in range(3)] == ["from the socket"] * 3


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_bulk_both_ways(lab: Lab, mux: bool) -> None:
    payload = bytes(range(256)) * 40_000
    transport = {"transport.tcpMux": mux}
    with unix_service(lab.folder / "s", echo) as path:
        proxy = tcp_proxy("unix", 1, plugin=plugin(path))
        lab.frpc(lab.frps(transport).port, [proxy], transport)
        with connect(proxy["remotePort"]) as user:
            sending = gevent.spawn(user.sendall, payload)
            assert receive_exact(user, len(payload)) == payload
            sending.get(timeout=10)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_service_hears_who_its_user_is(lab: Lab, version: str) -> None:
    heard: list[bytes] = []

    def listen(connection: socket.socket) -> None:
        heard.append(receive_exact(connection, 6))
        echo(connection)

    with unix_service(lab.folder / "s", listen) as path:
        proxy = tcp_proxy("unix", 1, plugin=plugin(path), **{"transport.proxyProtocolVersion": version})
        lab.frpc(lab.frps().port, [proxy])
        with connect(proxy["remotePort"]) as user:
            user.sendall(b"end of the line\n")
            while receive_exact(user, 1) != b"\n":
                pass
    assert heard == [{"v1": b"PROXY ", "v2": b"\r\n\r\n\0\r"}[version]]


def test_a_socket_that_is_not_there(lab: Lab) -> None:
    proxy = tcp_proxy("unix", 1, plugin=plugin(lab.folder / "none"))
    client = lab.frpc(lab.frps().port, [proxy])
    with connect(proxy["remotePort"]) as user:
        assert user.recv(1) == b""
    client.wait_for(f"dial to uds {lab.folder / 'none'} error: ")
