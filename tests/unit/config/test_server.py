from __future__ import annotations

import pytest

from frpg.config.common import LogConfig, QuicConfig, TlsFiles, ValueSource, WebServerConfig
from frpg.config.server import (
    HttpPluginConfig,
    PythonPluginConfig,
    ServerAuthConfig,
    ServerConfig,
    ServerOidcConfig,
    ServerTlsConfig,
    ServerTransportConfig,
    SshTunnelGatewayConfig,
    complete_server,
    default_server,
)
from frpg.config.values import PortRange
from tests.unit.config.conftest import LoadServer
from tests.unit.config.keys import key_paths

EVERYTHING = """
version = "v"
bindAddr = "127.0.0.1"
bindPort = 1
kcpBindPort = 2
quicBindPort = 3
proxyBindAddr = "::1"
vhostHTTPPort = 4
vhostHTTPTimeout = 5
vhostHTTPSPort = 6
tcpmuxHTTPConnectPort = 7
tcpmuxPassthrough = true
subDomainHost = "s"
custom404Page = "404"
vhostTrustedProxies = ["10.0.0.0/8"]
enablePrometheus = true
detailedErrorsToClient = false
maxPortsPerClient = 8
userConnTimeout = 9
udpPacketSize = 10
natholeAnalysisDataReserveHours = 11
allowPorts = [{ start = 1, end = 2 }, { single = 3 }]
auth.method = "oidc"
auth.token = "t"
auth.additionalScopes = ["HeartBeats"]
auth.oidc = { issuer = "i", audience = "a", skipExpiryCheck = true, skipIssuerCheck = true }
[transport]
tcpMux = false
tcpMuxKeepaliveInterval = 12
tcpKeepalive = 13
maxPoolCount = 14
heartbeatTimeout = 15
quic = { keepalivePeriod = 16, maxIdleTimeout = 17, maxIncomingStreams = 18 }
tls = { force = true, certFile = "c", keyFile = "k", trustedCaFile = "a", serverName = "n" }
[webServer]
addr = "w"
port = 19
user = "u"
password = "p"
assetsDir = "d"
pprofEnable = true
tls = { certFile = "c", keyFile = "k", trustedCaFile = "a", serverName = "n" }
[log]
to = "f"
level = "trace"
format = "json"
maxDays = 20
disablePrintColor = true
[sshTunnelGateway]
bindPort = 21
privateKeyFile = "p"
autoGenPrivateKeyPath = "g"
authorizedKeysFile = "a"
[[httpPlugins]]
name = "n"
addr = "a"
path = "p"
ops = ["Login"]
tlsVerify = true
trustedCaFile = "c"
timeoutSeconds = 22
[[pythonPlugins]]
name = "n"
plugin = "m:C"
ops = ["Ping"]
timeoutSeconds = 23
options = { a = [1, "b"], c = { d = true } }
"""


def test_every_option_is_read(frps: LoadServer) -> None:
    loaded = frps(EVERYTHING)
    assert (loaded.warnings, loaded.is_legacy) == ([], False)
    assert loaded.config == ServerConfig(
        version="v",
        bind_addr="127.0.0.1",
        bind_port=1,
        kcp_bind_port=2,
        quic_bind_port=3,
        proxy_bind_addr="::1",
        vhost_http_port=4,
        vhost_http_timeout=5,
        vhost_https_port=6,
        tcpmux_http_connect_port=7,
        tcpmux_passthrough=True,
        sub_domain_host="s",
        custom_404_page="404",
        vhost_trusted_proxies=["10.0.0.0/8"],
        enable_prometheus=True,
        detailed_errors_to_client=False,
        max_ports_per_client=8,
        user_conn_timeout=9,
        udp_packet_size=10,
        nathole_analysis_data_reserve_hours=11,
        allow_ports=[PortRange(1, 2), PortRange(3, 3)],
        auth=ServerAuthConfig(
            method="oidc",
            token="t",
            additional_scopes=["HeartBeats"],
            oidc=ServerOidcConfig(issuer="i", audience="a", skip_expiry_check=True, skip_issuer_check=True),
        ),
        transport=ServerTransportConfig(
            tcp_mux=False,
            tcp_mux_keepalive_interval=12,
            tcp_keepalive=13,
            max_pool_count=14,
            heartbeat_timeout=15,
            quic=QuicConfig(keepalive_period=16, max_idle_timeout=17, max_incoming_streams=18),
            tls=ServerTlsConfig(force=True, cert_file="c", key_file="k", trusted_ca_file="a", server_name="n"),
        ),
        web_server=WebServerConfig(
            addr="w",
            port=19,
            user="u",
            password="p",
            assets_dir="d",
            pprof_enable=True,
            tls=TlsFiles(cert_file="c", key_file="k", trusted_ca_file="a", server_name="n"),
        ),
        log=LogConfig(to="f", level="trace", format="json", max_days=20, disable_print_color=True),
        ssh_tunnel_gateway=SshTunnelGatewayConfig(
            bind_port=21, private_key_file="p", auto_gen_private_key_path="g", authorized_keys_file="a"
        ),
        http_plugins=[
            HttpPluginConfig(
                name="n", addr="a", path="p", ops=["Login"], tls_verify=True, trusted_ca_file="c", timeout_seconds=22
            )
        ],
        python_plugins=[
            PythonPluginConfig(
                name="n",
                plugin="m:C",
                ops=["Ping"],
                timeout_seconds=23,
                options={"a": [1, "b"], "c": {"d": True}},
            )
        ],
    )


def test_the_test_above_has_every_option() -> None:
    source = {path for path in key_paths(ServerConfig) if "tokenSource" in path}
    assert {path.rsplit(".", 1)[-1].removesuffix("[]") for path in key_paths(ServerConfig) - source} <= {
        word.strip("[]{},") for word in EVERYTHING.replace(".", " ").split()
    }


def test_defaults() -> None:
    config = default_server()
    assert (config.bind_addr, config.bind_port, config.proxy_bind_addr) == ("0.0.0.0", 7000, "0.0.0.0")
    assert (config.kcp_bind_port, config.quic_bind_port, config.tcpmux_http_connect_port) == (0, 0, 0)
    assert (config.vhost_http_port, config.vhost_https_port, config.vhost_http_timeout) == (0, 0, 60)
    assert config.vhost_trusted_proxies == []
    assert (config.auth.method, config.auth.token, config.auth.additional_scopes) == ("token", "", [])
    transport = config.transport
    assert (transport.tcp_mux, transport.tcp_mux_keepalive_interval, transport.tcp_keepalive) == (True, 30, 7200)
    assert (transport.max_pool_count, transport.heartbeat_timeout, transport.tls.force) == (5, -1, False)
    assert transport.quic == QuicConfig(keepalive_period=10, max_idle_timeout=30, max_incoming_streams=100000)
    assert (config.allow_ports, config.max_ports_per_client, config.user_conn_timeout) == ([], 0, 10)
    assert (config.udp_packet_size, config.detailed_errors_to_client) == (1500, True)
    assert config.nathole_analysis_data_reserve_hours == 168
    assert config.log == LogConfig(to="console", level="info", max_days=3)
    assert config.web_server == WebServerConfig(addr="127.0.0.1", port=0)
    assert config.ssh_tunnel_gateway.auto_gen_private_key_path == "./.autogen_ssh_key"


def test_an_empty_file_gives_the_defaults(frps: LoadServer) -> None:
    assert frps("").config == default_server()


def test_empty_values_take_their_defaults_and_booleans_stay(frps: LoadServer) -> None:
    text = """
    bindAddr = ""
    bindPort = 0
    udpPacketSize = 0
    userConnTimeout = 0
    detailedErrorsToClient = false
    log = { to = "", level = "", maxDays = 0 }
    webServer.addr = ""
    transport.maxPoolCount = 0
    transport.tcpKeepalive = 0
    """
    expected = default_server()
    expected.detailed_errors_to_client = False
    assert frps(text).config == expected


@pytest.mark.parametrize(
    ("text", "timeout"),
    [
        ("", -1),
        ("transport.tcpMux = true", -1),
        ("transport.tcpMux = false", 90),
        ("transport.heartbeatTimeout = 0", -1),
        ("transport.heartbeatTimeout = 20", 20),
        ("transport.heartbeatTimeout = -1\ntransport.tcpMux = false", -1),
    ],
)
def test_heartbeat_timeout_depends_on_tcp_mux(frps: LoadServer, text: str, timeout: int) -> None:
    assert frps(text).config.transport.heartbeat_timeout == timeout


def test_proxies_listen_where_clients_come_in(frps: LoadServer) -> None:
    assert frps('bindAddr = "::1"').config.proxy_bind_addr == "::1"


def test_a_ca_forces_tls(frps: LoadServer) -> None:
    assert frps('transport.tls.trustedCaFile = "ca.crt"').config.transport.tls.force


def test_completion_is_idempotent() -> None:
    config = default_server()
    complete_server(config)
    assert config == default_server()


def test_secrets_stay_out_of_repr() -> None:
    config = default_server()
    config.auth.token = "s3cret"
    config.web_server.password = "s3cret"
    config.auth.token_source = ValueSource(type="exec")
    assert "s3cret" not in repr(config)
    assert "bind_port=7000" in repr(config)
