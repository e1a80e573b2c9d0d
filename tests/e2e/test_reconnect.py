"""Either side killed, stopped or restarted: the tunnels come back on the same ports by themselves."""

import signal

import pytest

from tests.support.lab import Lab, tcp_proxy, udp_proxy
from tests.support.users import connect, receive_all, receive_exact, refuses, tcp_echoes, udp_echoes

WAYS = [("v1", True), ("v1", False), ("v2", True), ("v2", False)]


@pytest.mark.parametrize(("wire", "mux"), WAYS)
def test_killed_server_comes_back(lab: Lab, wire: str, mux: bool) -> None:
    server = lab.frps({"transport.tcpMux": mux})
    tcp, udp = tcp_proxy("tcp", lab.tcp_echo()), udp_proxy("udp", lab.udp_echo())
    client = lab.frpc(server.port, [tcp, udp], {"transport.tcpMux": mux, "transport.wireProtocol": wire})
    for round_number in (2, 3):
        server.kill()
        server = lab.frps({"transport.tcpMux": mux, "bindPort": server.port})
        for name in ("tcp", "udp"):
            client.wait_for(f"[{name}] start proxy success", count=round_number)
        assert tcp_echoes(tcp["remotePort"])
        assert udp_echoes(udp["remotePort"])
    run_ids = {line.rpartition("get run id ")[2] for line in client.matching("login to server success")}
    assert len(run_ids) == 1, "a client keeps its run id while it lives"


@pytest.mark.parametrize(("wire", "mux"), WAYS)
def test_killed_client_frees_its_ports_for_the_next_one(lab: Lab, wire: str, mux: bool) -> None:
    server = lab.frps({"transport.tcpMux": mux})
    tcp, udp = tcp_proxy("tcp", lab.tcp_echo()), udp_proxy("udp", lab.udp_echo())
    options = {"transport.tcpMux": mux, "transport.wireProtocol": wire}
    for round_number in (1, 2):
        client = lab.frpc(server.port, [tcp, udp], options)
        assert tcp_echoes(tcp["remotePort"])
        assert udp_echoes(udp["remotePort"])
        client.kill()
        server.wait_for("client exit success", count=round_number)
        assert refuses(tcp["remotePort"])


def test_user_connections_of_a_killed_client_end(lab: Lab) -> None:
    server, proxy = lab.frps(), tcp_proxy("tcp", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy])
    with connect(proxy["remotePort"]) as user:
        user.sendall(b"x")
        assert receive_exact(user, 1) == b"x"
        client.kill()
        assert receive_all(user) == b""


HEARTBEAT = {"transport.heartbeatInterval": 1, "transport.heartbeatTimeout": 3}
KEEPALIVE = {"transport.tcpMuxKeepaliveInterval": 1}


@pytest.mark.parametrize(
    ("wire", "mux", "options"),
    [("v1", False, HEARTBEAT), ("v2", True, KEEPALIVE)],
    ids=["heartbeat", "mux keep-alive"],
)
def test_server_that_hangs_is_noticed(lab: Lab, wire: str, mux: bool, options: dict[str, int]) -> None:
    server = lab.frps({"transport.tcpMux": mux})
    proxy = tcp_proxy("tcp", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy], {"transport.tcpMux": mux, "transport.wireProtocol": wire, **options})
    server.process.send_signal(signal.SIGSTOP)
    try:
        client.wait_for("try to connect to server", count=2, timeout=20)
    finally:
        server.process.send_signal(signal.SIGCONT)
    client.wait_for("[tcp] start proxy success", count=2, timeout=30)
    assert tcp_echoes(proxy["remotePort"])


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_client_that_hangs_is_noticed(lab: Lab, mux: bool) -> None:
    options = {"transport.tcpMux": mux, "transport.tcpMuxKeepaliveInterval": 1}
    server = lab.frps({**options, **({} if mux else {"transport.heartbeatTimeout": 3})})
    proxy = tcp_proxy("tcp", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy], {**options, **({} if mux else HEARTBEAT)})
    client.process.send_signal(signal.SIGSTOP)
    try:
        server.wait_for("client exit success", timeout=20)
        assert refuses(proxy["remotePort"])
    finally:
        client.process.send_signal(signal.SIGCONT)
    client.wait_for("[tcp] start proxy success", count=2, timeout=20)
    assert tcp_echoes(proxy["remotePort"])
