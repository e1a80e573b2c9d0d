"""TLS between client and server: required, verified on one side, on both, and refused when it does not fit."""

import pytest

from tests.support.certificates import SERVER_NAME, Authority
from tests.support.lab import Lab, Options, tcp_proxy
from tests.support.program import Program
from tests.support.users import tcp_echoes


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


def server_tls(authority: Authority) -> Options:
    pair = authority.issue("server")
    return {"transport.tls.certFile": pair.cert, "transport.tls.keyFile": pair.key}


def client_tls(authority: Authority, *, trusted: Authority | None = None) -> Options:
    pair = authority.issue("client")
    options = {"transport.tls.certFile": pair.cert, "transport.tls.keyFile": pair.key}
    if trusted:
        options |= {"transport.tls.trustedCaFile": trusted.file, "transport.tls.serverName": SERVER_NAME}
    return options


def check_works(lab: Lab, server: Program, options: Options) -> None:
    proxy = tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(server.port, [proxy], options)
    assert tcp_echoes(proxy["remotePort"])


def check_refused(lab: Lab, server: Program, options: Options) -> Program:
    client = lab.start_frpc(server.port, options)
    assert client.wait_exit() == 1
    assert len(client.matching("login to the server failed")) == 1
    return client


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
@pytest.mark.parametrize("disabled", [True, False], ids=["no first byte", "first byte"])
def test_custom_first_byte(lab: Lab, mux: bool, disabled: bool) -> None:
    server = lab.frps({"transport.tcpMux": mux, "transport.tls.force": True})
    check_works(lab, server, {"transport.tcpMux": mux, "transport.tls.disableCustomTLSFirstByte": disabled})


def test_forced_tls_refuses_a_plain_client(lab: Lab) -> None:
    server = lab.frps({"transport.tls.force": True})
    # One protocol, so that the client knocks once.
    check_refused(lab, server, {"transport.tls.enable": False, "transport.wireProtocol": "v1"})
    assert len(server.matching("non-TLS connection received on a TlsOnly server")) == 1
    check_works(lab, server, {})


def test_server_proves_itself_to_a_client_with_a_ca(lab: Lab, authority: Authority) -> None:
    server = lab.frps(server_tls(authority))
    trust = {"transport.tls.trustedCaFile": authority.file}
    check_works(lab, server, trust | {"transport.tls.serverName": SERVER_NAME})
    check_refused(lab, server, trust | {"transport.tls.serverName": "other.test"})
    check_refused(lab, server, trust)  # the certificate does not name 127.0.0.1


def test_client_refuses_a_server_of_another_ca(lab: Lab, authority: Authority, stranger: Authority) -> None:
    trust = {"transport.tls.trustedCaFile": authority.file, "transport.tls.serverName": SERVER_NAME}
    check_refused(lab, lab.frps(server_tls(stranger)), trust)
    check_refused(lab, lab.frps(), trust)  # its self-signed certificate


def test_mutual_tls(lab: Lab, authority: Authority, stranger: Authority) -> None:
    server = lab.frps({**server_tls(authority), "transport.tls.trustedCaFile": authority.file})
    check_works(lab, server, client_tls(authority, trusted=authority))
    check_refused(lab, server, {})
    check_refused(lab, server, client_tls(stranger))
    check_refused(lab, server, {"transport.tls.enable": False})  # a CA on the server forces TLS


def test_missing_certificate_file_stops_the_server(lab: Lab, ends_server_config: str) -> None:
    server = lab.run(lab.ends.frps, "-c", ends_server_config)
    assert server.wait_exit() == 1
    assert "nowhere.crt" in server.text


@pytest.fixture
def ends_server_config(lab: Lab) -> str:
    files = {"transport.tls.certFile": "nowhere.crt", "transport.tls.keyFile": "nowhere.key"}
    return str(lab.config("frps", {"bindPort": 0, **files}))
