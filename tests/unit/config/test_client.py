from __future__ import annotations

from pathlib import Path

import pytest

from frpg.config.client import (
    ClientAuthConfig,
    ClientConfig,
    ClientOidcConfig,
    ClientTlsConfig,
    ClientTransportConfig,
    StoreConfig,
    VirtualNetConfig,
    complete_client,
    default_client,
)
from frpg.config.common import LogConfig, QuicConfig, TlsFiles, WebServerConfig
from frpg.config.proxies import TcpProxyConfig
from tests.unit.config.conftest import LoadClient
from tests.unit.config.keys import key_paths

EVERYTHING = """
version = "v"
user = "u"
clientID = "c"
serverAddr = "s"
serverPort = 1
natHoleStunServer = "n"
dnsServer = "d"
loginFailExit = false
start = ["a"]
includes = ["./*.none"]
udpPacketSize = 2
metadatas = { Key = "v" }
featureGates = { VirtualNet = true }
virtualNet.address = "100.86.0.1/24"
store.path = "p"
[auth]
method = "oidc"
token = "t"
additionalScopes = ["NewWorkConns"]
[auth.oidc]
clientID = "c"
clientSecret = "s"
audience = "a"
scope = "o"
tokenEndpointURL = "https://x/"
additionalEndpointParams = { Var = "1" }
trustedCaFile = "f"
insecureSkipVerify = true
proxyURL = "http://p:1"
[transport]
protocol = "kcp"
wireProtocol = "v2"
dialServerTimeout = 3
dialServerKeepalive = 4
connectServerLocalIP = "127.0.0.1"
proxyURL = "http://p:2"
poolCount = 5
tcpMux = false
tcpMuxKeepaliveInterval = 6
heartbeatInterval = 7
heartbeatTimeout = 8
quic = { keepalivePeriod = 9, maxIdleTimeout = 10, maxIncomingStreams = 11 }
[transport.tls]
enable = false
disableCustomTLSFirstByte = false
serverName = "n"
[webServer]
addr = "w"
port = 12
user = "u"
password = "p"
assetsDir = "d"
pprofEnable = true
tls = { certFile = "c", keyFile = "k", trustedCaFile = "a", serverName = "n" }
[log]
to = "f"
level = "warn"
maxDays = 13
format = "json"
disablePrintColor = true
"""


def test_every_option_is_read(frpc: LoadClient) -> None:
    loaded = frpc(EVERYTHING)
    assert (loaded.warnings, loaded.is_legacy) == ([], False)
    assert loaded.config == ClientConfig(
        version="v",
        user="u",
        client_id="c",
        server_addr="s",
        server_port=1,
        nat_hole_stun_server="n",
        dns_server="d",
        login_fail_exit=False,
        start=["a"],
        includes=["./*.none"],
        udp_packet_size=2,
        metadatas={"Key": "v"},
        feature_gates={"VirtualNet": True},
        virtual_net=VirtualNetConfig(address="100.86.0.1/24"),
        store=StoreConfig(path="p"),
        auth=ClientAuthConfig(
            method="oidc",
            token="t",
            additional_scopes=["NewWorkConns"],
            oidc=ClientOidcConfig(
                client_id="c",
                client_secret="s",
                audience="a",
                scope="o",
                token_endpoint_url="https://x/",
                additional_endpoint_params={"Var": "1"},
                trusted_ca_file="f",
                insecure_skip_verify=True,
                proxy_url="http://p:1",
            ),
        ),
        transport=ClientTransportConfig(
            protocol="kcp",
            wire_protocol="v2",
            dial_server_timeout=3,
            dial_server_keepalive=4,
            connect_server_local_ip="127.0.0.1",
            proxy_url="http://p:2",
            pool_count=5,
            tcp_mux=False,
            tcp_mux_keepalive_interval=6,
            heartbeat_interval=7,
            heartbeat_timeout=8,
            quic=QuicConfig(keepalive_period=9, max_idle_timeout=10, max_incoming_streams=11),
            tls=ClientTlsConfig(enable=False, disable_custom_tls_first_byte=False, server_name="n"),
        ),
        web_server=WebServerConfig(
            addr="w",
            port=12,
            user="u",
            password="p",
            assets_dir="d",
            pprof_enable=True,
            tls=TlsFiles(cert_file="c", key_file="k", trusted_ca_file="a", server_name="n"),
        ),
        log=LogConfig(to="f", level="warn", format="json", max_days=13, disable_print_color=True),
    )


def test_the_test_above_has_every_option() -> None:
    below = ("proxies[]", "visitors[]", "auth.tokenSource", "auth.oidc.tokenSource")
    paths = {path for path in key_paths(ClientConfig) if not path.startswith(below)}
    words = {word.strip("[]{},") for word in EVERYTHING.replace(".", " ").split()}
    assert {path.rsplit(".", 1)[-1] for path in paths} <= words


def test_defaults() -> None:
    config = default_client({})
    assert (config.server_addr, config.server_port, config.login_fail_exit) == ("0.0.0.0", 7000, True)
    assert (config.user, config.client_id, config.dns_server) == ("", "", "")
    assert config.nat_hole_stun_server == "stun.easyvoip.com:3478"
    assert (config.udp_packet_size, config.start, config.includes) == (1500, [], [])
    transport = config.transport
    assert (transport.protocol, transport.wire_protocol, transport.pool_count) == ("tcp", "auto", 1)
    assert (transport.dial_server_timeout, transport.dial_server_keepalive) == (10, 7200)
    assert (transport.tcp_mux, transport.tcp_mux_keepalive_interval) == (True, 30)
    assert (transport.heartbeat_interval, transport.heartbeat_timeout) == (-1, -1)
    assert (transport.tls.enable, transport.tls.disable_custom_tls_first_byte) == (True, True)
    assert config.web_server == WebServerConfig(addr="127.0.0.1")


def test_an_empty_file_gives_the_defaults(frpc: LoadClient) -> None:
    assert frpc("").config == default_client({})


@pytest.mark.parametrize(
    ("text", "interval", "timeout"),
    [
        ("tcpMux = false", 30, 90),
        ("heartbeatInterval = 5", 5, -1),
        ("heartbeatInterval = -1\ntcpMux = false", -1, 90),
        ("heartbeatInterval = 20\ntcpMux = false", 20, 90),
    ],
)
def test_heartbeats_depend_on_tcp_mux(frpc: LoadClient, text: str, interval: int, timeout: int) -> None:
    transport = frpc(f"[transport]\n{text}").config.transport
    assert (transport.heartbeat_interval, transport.heartbeat_timeout) == (interval, timeout)


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, ""),
        ({"http_proxy": "http://a:1"}, "http://a:1"),
        ({"HTTP_PROXY": "http://b:1"}, "http://b:1"),
        ({"http_proxy": "http://a:1", "HTTP_PROXY": "http://b:1"}, "http://a:1"),
        ({"http_proxy": "", "HTTP_PROXY": "http://b:1"}, "http://b:1"),
    ],
)
def test_the_environment_names_a_proxy_to_the_server(frpc: LoadClient, environ: dict[str, str], url: str) -> None:
    assert frpc("", environ=environ).config.transport.proxy_url == url
    assert frpc('transport.proxyURL = "http://c:1"', environ=environ).config.transport.proxy_url == "http://c:1"


def test_zero_stands_for_the_default(frpc: LoadClient) -> None:
    text = "transport.poolCount = 0\nserverPort = 0\nloginFailExit = false\ntransport.tls.enable = false"
    config = frpc(text).config
    assert (config.transport.pool_count, config.server_port) == (1, 7000)
    assert (config.login_fail_exit, config.transport.tls.enable) == (False, False)


@pytest.mark.parametrize("wire", ["v1", "v2", "auto"])
def test_wire_protocols(frpc: LoadClient, wire: str) -> None:
    assert frpc(f'transport.wireProtocol = "{wire}"').config.transport.wire_protocol == wire


def test_completion_reaches_proxies_and_is_idempotent() -> None:
    config = ClientConfig(proxies=[TcpProxyConfig(name="a", local_ip="")])
    complete_client(config, {})
    once = repr(config)
    complete_client(config, {})
    assert (config.proxies[0].local_ip, repr(config)) == ("127.0.0.1", once)


def test_secrets_stay_out_of_repr() -> None:
    config = default_client({"http_proxy": "http://u:s3cret@h:1"})
    config.auth.token = config.web_server.password = config.auth.oidc.client_secret = "s3cret"
    config.auth.oidc.additional_endpoint_params["k"] = config.metadatas["token"] = "s3cret"
    assert "s3cret" not in repr(config)


def test_the_working_directory_is_where_includes_begin(frpc: LoadClient) -> None:
    Path("confd").mkdir()
    Path("confd/a.toml").write_text('[[proxies]]\nname = "a"\ntype = "tcp"')
    assert [proxy.name for proxy in frpc('includes = ["confd/*.toml"]').config.proxies] == ["a"]
