"""The choice of the wire protocol: v2 first, v1 at once for a server that does not know v2."""

import socket
from collections.abc import Callable, Iterator

import gevent
import pytest

from tests.support.lab import Lab, tcp_proxy
from tests.support.users import connect, tcp_echoes

MAGIC = bytes.fromhex("46525000020d0a")
PLAIN = {"transport.tcpMux": False, "transport.tls.enable": False}


def copy(source: socket.socket, target: socket.socket) -> None:
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def pass_on(port: int, openings: list[bytes], is_known: Callable[[bytes], bool]) -> Callable[[socket.socket], None]:
    """A handler that connects to the server at `port` those whose first bytes it would know, and hangs up otherwise."""

    def handle(client: socket.socket) -> None:
        opening = client.recv(7, socket.MSG_PEEK | socket.MSG_WAITALL)
        openings.append(opening)
        if not is_known(opening):
            return
        with connect(port) as server:
            server.settimeout(None)
            back = gevent.spawn(copy, server, client)
            try:
                copy(client, server)
                back.join()
            finally:
                back.kill()

    return handle


@pytest.fixture
def frpg_client(lab: Lab) -> Iterator[None]:
    if lab.ends.frpc.is_official:
        pytest.skip("the official frpc does not choose")
    yield


@pytest.mark.usefixtures("frpg_client")
@pytest.mark.parametrize("wire", [{}, {"transport.wireProtocol": "auto"}], ids=["default", "auto"])
def test_v1_at_once_with_a_server_that_knows_no_v2_and_remembered(lab: Lab, wire: dict[str, str]) -> None:
    server, openings = lab.frps({"transport.tcpMux": False}), []
    old_server = lab.service(pass_on(server.port, openings, lambda opening: opening != MAGIC))
    proxy = tcp_proxy("echo", lab.tcp_echo())
    client = lab.frpc(old_server, [proxy], {**PLAIN, **wire})
    assert tcp_echoes(proxy["remotePort"])
    server.kill()
    client.wait_for("connect to server error")
    lab.frps({"transport.tcpMux": False, "bindPort": server.port})
    client.wait_for("[echo] start proxy success", count=2, timeout=30)
    assert openings.count(MAGIC) == 1
    assert openings[0] == MAGIC


@pytest.mark.usefixtures("frpg_client")
def test_v2_with_a_server_that_knows_it(lab: Lab) -> None:
    server, openings = lab.frps({"transport.tcpMux": False}), []
    passage = lab.service(pass_on(server.port, openings, lambda _: True))
    proxy = tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(passage, [proxy], PLAIN)
    assert tcp_echoes(proxy["remotePort"])
    assert set(openings) == {MAGIC}


@pytest.mark.usefixtures("frpg_client")
def test_wrong_token_is_no_reason_to_try_the_other_protocol(lab: Lab) -> None:
    server, openings = lab.frps({"transport.tcpMux": False}), []
    passage = lab.service(pass_on(server.port, openings, lambda _: True))
    client = lab.start_frpc(passage, {**PLAIN, "auth.token": "wrong"})
    assert client.wait_exit() == 1
    assert "token in login doesn't match token from configuration" in client.text
    assert openings == [MAGIC]
