"""Who gets in: tokens, the additional scopes, ends that do not fit each other, and what a refused client does."""

import pytest

from tests.support.lab import Lab, tcp_proxy
from tests.support.ports import free_port
from tests.support.users import tcp_echoes

WIRES = ("v1", "v2")


@pytest.mark.parametrize("wire", WIRES)
def test_wrong_token_ends_the_client_with_the_reason(lab: Lab, wire: str) -> None:
    server = lab.frps()
    client = lab.start_frpc(server.port, {"auth.token": "wrong", "transport.wireProtocol": wire})
    assert client.wait_exit() == 1
    reason = "token in login doesn't match token from configuration"
    assert f"login to the server failed: {reason}" in client.text
    server.wait_for(f"register control error: {reason}")


def test_errors_are_short_when_details_are_off(lab: Lab) -> None:
    server = lab.frps({"detailedErrorsToClient": False})
    client = lab.start_frpc(server.port, {"auth.token": "wrong"})
    assert client.wait_exit() == 1
    assert "login to the server failed: register control error" in client.text


@pytest.mark.parametrize("wire", WIRES)
def test_client_goes_on_trying_without_login_fail_exit(lab: Lab, wire: str) -> None:
    port = free_port()
    proxy = tcp_proxy("echo", lab.tcp_echo())
    options = {"loginFailExit": False, "transport.wireProtocol": wire, "proxies": [proxy]}
    client = lab.start_frpc(port, options)
    client.wait_for("connect to server error")
    lab.frps({"bindPort": port})
    client.wait_for("[echo] start proxy success", timeout=20)
    assert tcp_echoes(proxy["remotePort"])


def test_login_fail_exit_ends_a_client_without_a_server(lab: Lab) -> None:
    client = lab.start_frpc(free_port())
    assert client.wait_exit() == 1
    assert "With loginFailExit enabled, no additional retries will be attempted" in client.text


@pytest.mark.parametrize(
    ("scopes", "mux", "wire"),
    [
        (["HeartBeats"], True, "v1"),
        (["HeartBeats"], False, "v2"),
        (["NewWorkConns"], True, "v2"),
        (["NewWorkConns"], False, "v1"),
        (["HeartBeats", "NewWorkConns"], True, "v2"),
        (["HeartBeats", "NewWorkConns"], False, "v1"),
    ],
)
def test_additional_scopes(lab: Lab, scopes: list[str], mux: bool, wire: str) -> None:
    proxy = tcp_proxy("echo", lab.tcp_echo())
    beat = {"transport.heartbeatInterval": 1, "transport.heartbeatTimeout": 5, "transport.wireProtocol": wire}
    common = {"auth.additionalScopes": scopes, "transport.tcpMux": mux}
    server = lab.frps({**common, "transport.heartbeatTimeout": 5})
    client = lab.frpc(server.port, [proxy], {**common, **beat})
    assert tcp_echoes(proxy["remotePort"])
    if "HeartBeats" in scopes:
        client.wait_for("send heartbeat to server", count=3)
    assert tcp_echoes(proxy["remotePort"])
    assert not client.matching("contains error")


def test_heartbeats_keep_a_session_alive_and_their_absence_ends_it(lab: Lab) -> None:
    server = lab.frps({"transport.heartbeatTimeout": 2})
    lab.frpc(server.port, [tcp_proxy("beating", 1)], {"transport.heartbeatInterval": 1})
    silent = lab.start_frpc(server.port)
    server.wait_for("heartbeat timeout")
    silent.wait_for("login to server success", count=2)
    assert len(server.matching("new proxy [beating]")) == 1


def test_scope_that_only_the_server_asks_for_refuses_work_connections(lab: Lab) -> None:
    server = lab.frps({"auth.additionalScopes": ["NewWorkConns"]})
    client = lab.start_frpc(server.port)
    client.wait_for("StartWorkConn contains error: token in NewWorkConn doesn't match token from configuration")


def test_scope_that_only_the_server_asks_for_refuses_heartbeats(lab: Lab) -> None:
    server = lab.frps({"auth.additionalScopes": ["HeartBeats"]})
    client = lab.start_frpc(server.port, {"transport.heartbeatInterval": 1, "transport.heartbeatTimeout": 3})
    client.wait_for("pong message contains error: token in heartbeat doesn't match token from configuration")
    client.wait_for("login to server success", count=2)


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "notls"])
@pytest.mark.parametrize("server_mux", [True, False], ids=["mux server", "nomux server"])
def test_mux_mismatch_fails_the_login_and_harms_nobody(lab: Lab, server_mux: bool, tls: bool) -> None:
    proxy = tcp_proxy("echo", lab.tcp_echo())
    server = lab.frps({"transport.tcpMux": server_mux})
    lab.frpc(server.port, [proxy], {"transport.tcpMux": server_mux})
    client = lab.start_frpc(server.port, {"transport.tcpMux": not server_mux, "transport.tls.enable": tls})
    assert client.wait_exit(timeout=25) == 1
    assert "login to the server failed" in client.text
    assert tcp_echoes(proxy["remotePort"])
