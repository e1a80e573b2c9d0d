"""INI files: what becomes of their keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from frpg.config.client import ClientConfig
from frpg.config.common import LogConfig, TlsFiles, WebServerConfig
from frpg.config.decode import field_hint
from frpg.config.legacy_keys import CLIENT, DASHBOARD_TLS, PLUGIN, PROXY, SERVER, SERVER_PLUGIN, VISITOR
from frpg.config.plugins import CLIENT_PLUGINS, Https2HttpPlugin
from frpg.config.proxies import PROXY_TYPES, HttpProxyConfig, StcpProxyConfig, TcpProxyConfig, UdpProxyConfig
from frpg.config.server import HttpPluginConfig, ServerConfig
from frpg.config.values import PortRange
from frpg.config.visitors import VISITOR_TYPES, XtcpVisitorConfig
from tests.unit.config.conftest import LoadClient, LoadServer

INI = "frp.ini"


def test_every_path_of_the_tables_leads_to_an_option() -> None:
    tables = [(ServerConfig, SERVER), (ServerConfig, DASHBOARD_TLS), (HttpPluginConfig, SERVER_PLUGIN)]
    tables += [(ClientConfig, CLIENT)]
    tables += [(PROXY_TYPES[kind], keys) for kind, keys in PROXY.items()]
    tables += [(VISITOR_TYPES[kind], keys) for kind, keys in VISITOR.items()]
    tables += [(CLIENT_PLUGINS[kind], keys) for kind, keys in PLUGIN.items()]
    for cls, keys in tables:
        for path in keys.values():
            assert field_hint(cls, path), path


def test_server_options(frps: LoadServer) -> None:
    text = """
    [common]
    bind_port = 0x1b58
    allow_ports = 2000-3000, 3001
    tcp_mux = no
    authenticate_heartbeats = true
    authenticate_new_work_conns = y
    dashboard_port = 7500
    dashboard_pwd = p
    dashboard_tls_mode = on
    dashboard_tls_cert_file = c
    dashboard_tls_key_file = k
    log_file = ./frps.log
    log_level = trace
    log_format = json
    tls_trusted_ca_file = ca.crt
    quic_keepalive_period = 5

    [plugin.a b ]
    addr = 127.0.0.1:9000
    ops = Login, Ping
    tlsVerify = true
    timeoutSeconds = 5
    """
    loaded = frps(text, INI)
    config = loaded.config
    assert (loaded.is_legacy, loaded.warnings) == (True, [])
    assert config.bind_port == 7000
    assert config.allow_ports == [PortRange(2000, 3000), PortRange(3001, 3001)]
    assert (config.transport.tcp_mux, config.transport.heartbeat_timeout) == (False, 90)
    assert config.auth.additional_scopes == ["HeartBeats", "NewWorkConns"]
    tls = TlsFiles(cert_file="c", key_file="k")
    assert config.web_server == WebServerConfig(addr="0.0.0.0", port=7500, password="p", tls=tls)
    assert config.log == LogConfig(to="./frps.log", level="trace", format="json")
    assert config.transport.tls.force
    assert config.transport.quic.keepalive_period == 5
    plugin = HttpPluginConfig(
        name="a b", addr="127.0.0.1:9000", ops=["Login", "Ping"], tls_verify=True, timeout_seconds=5
    )
    assert config.http_plugins == [plugin]


def test_a_server_plugin_of_the_same_name_replaces_the_first(frps: LoadServer) -> None:
    text = "[common]\n[plugin.a]\naddr = x\n[plugin.b]\naddr = y\n[plugin. a]\naddr = z"
    plugins = frps(text, INI).config.http_plugins
    assert [(plugin.name, plugin.addr) for plugin in plugins] == [("a", "z"), ("b", "y")]


@pytest.mark.parametrize(("line", "verify"), [("", None), ("tlsVerify = false", False), ("tlsVerify = true", True)])
def test_whether_tls_is_verified_is_known_to_be_written(frps: LoadServer, line: str, verify: bool | None) -> None:
    assert frps(f"[common]\n[plugin.a]\n{line}\n", INI).config.http_plugins[0].tls_verify is verify


def test_client_options(frpc: LoadClient) -> None:
    text = """
    [common]
    server_addr = ::1
    http_proxy = http://u:p@h:1
    meta_Team = net
    oidc_additional_Var = 1
    admin_port = 7400
    start =
    dns_server = %(shared)s
    shared = 8.8.8.8

    [web]
    type = http
    local_port = 80
    custom_domains = a.example.com , b.example.com,
    locations = /p\\,q,/r
    header_X-From = %(type)s
    header_Empty =
    meta_a = b

    [bridge]
    type = https
    subdomain = s
    plugin = https2http
    plugin_local_addr = 127.0.0.1:80
    plugin_crt_path = c
    plugin_header_X-A = 1

    [p2p]
    role = visitor
    type = xtcp
    server_name = s
    bind_port = 1
    max_retries_an_hour = -1
    min_retry_interval = 0
    fallback_timeout_ms = 5

    [plain]
    """
    loaded = frpc(text, INI)
    config = loaded.config
    assert loaded.is_legacy
    assert loaded.warnings == ["frp.ini: [common] shared: unknown key, ignored"]
    assert (config.server_addr, config.dns_server, config.start) == ("::1", "8.8.8.8", [])
    assert (config.transport.proxy_url, config.metadatas) == ("http://u:p@h:1", {"Team": "net"})
    assert config.auth.oidc.additional_endpoint_params == {"Var": "1"}
    assert config.web_server == WebServerConfig(addr="127.0.0.1", port=7400)
    bridge, plain, web = config.proxies
    assert isinstance(web, HttpProxyConfig)
    assert (web.custom_domains, web.locations) == (["a.example.com", "b.example.com"], ["/p,q", "/r"])
    assert (web.request_headers.set, web.metadatas) == ({"X-From": "%(type)s", "Empty": ""}, {"a": "b"})
    assert isinstance(bridge.plugin, Https2HttpPlugin)
    assert (bridge.plugin.local_addr, bridge.plugin.crt_path) == ("127.0.0.1:80", "c")
    assert bridge.plugin.request_headers.set == {"X-A": "1"}
    assert plain == TcpProxyConfig(name="plain")
    (visitor,) = config.visitors
    assert isinstance(visitor, XtcpVisitorConfig)
    assert (visitor.max_retries_an_hour, visitor.min_retry_interval, visitor.fallback_timeout_ms) == (8, 90, 5)


def test_sections_inherit_plain_options_but_no_maps(frpc: LoadClient) -> None:
    text = """
    [common]
    [a]
    type = stcp
    sk = k
    local_port = 1
    meta_x = y
    [a.b]
    local_port = 2
    [a.b.c]
    """
    config = frpc(text, INI).config
    first, second, third = config.proxies
    assert second == StcpProxyConfig(name="a.b", secret_key="k", local_port=2)
    assert third == StcpProxyConfig(name="a.b.c", secret_key="k", local_port=2)
    assert first.metadatas == {"x": "y"}


def test_an_empty_value_is_none(frps: LoadServer) -> None:
    config = frps("[common]\nbind_port =\ntcp_mux =\nbind_addr =\nallow_ports =", INI).config
    assert (config.bind_port, config.transport.tcp_mux, config.bind_addr, config.allow_ports) == (
        7000,
        True,
        "0.0.0.0",
        [],
    )


def test_ranges(frpc: LoadClient) -> None:
    text = """
    [common]
    [range: test ]
    type = udp
    local_ip = 10.0.0.1
    local_port = 6-8, 20
    remote_port = 16-18,30
    [test_1]
    local_ip = 10.0.0.2
    """
    loaded = frpc(text, INI)
    ports = [(6, 16), (7, 17), (8, 18), (20, 30)]
    assert loaded.config.proxies == [
        UdpProxyConfig(name=f"test_{index}", local_ip="10.0.0.1", local_port=local, remote_port=remote)
        for index, (local, remote) in enumerate(ports)
    ]


def test_sections_that_start_leaves_out_are_not_looked_at(frpc: LoadClient) -> None:
    text = (
        "[common]\nstart = a,r_1\n[a]\n[b]\ntype = foo\nlocal_port = x\n[range:r]\nlocal_port = 1-3\nremote_port = 1-3"
    )
    assert [proxy.name for proxy in frpc(text, INI).config.proxies] == ["a", "r_1"]


def test_includes_are_read_as_one_text(frpc: LoadClient) -> None:
    Path("confd").mkdir()
    Path("confd/1.ini").write_text("late = 1\n[a]\nremote_port = 7\nuse_encryption\n[common]\nserver_addr = other\n")
    Path("confd/2.ini").write_text("[c]\nlocal_port = {{ .Envs.PORT }}\n")
    Path("confd/3.txt").write_text("[d]\n")
    text = "[common]\nserver_addr = h\nincludes = confd/*.ini\n[a]\nlocal_port = 1"
    loaded = frpc(text, INI, environ={"PORT": "5"})
    a, c = loaded.config.proxies
    assert loaded.config.server_addr == "h"
    assert isinstance(a, TcpProxyConfig)
    assert (a.name, a.local_port, a.remote_port, a.transport.use_encryption) == ("a", 1, 7, True)
    assert (c.name, c.local_port) == ("c", 5)
    assert loaded.warnings == ["frp.ini: [a] late: unknown key, ignored"]


def test_an_ini_without_common_is_read_as_common(frps: LoadServer, frpc: LoadClient) -> None:
    loaded = frps("bind_port = 7001\ntls_only = true", "frps.ini")
    assert (loaded.config.bind_port, loaded.config.transport.tls.force, loaded.is_legacy) == (7001, True, True)
    assert loaded.warnings == [
        "frps.ini: no section [common]: the keys ahead of the first section are read as its keys"
    ]
    client = frpc("server_addr = h\n[ssh]\nlocal_port = 22", "frpc.ini")
    assert (client.config.server_addr, [proxy.name for proxy in client.config.proxies]) == ("h", ["ssh"])
    client = frpc("[ Common ]\nserver_addr = h\n[ssh]\nlocal_port = 22", "frpc.ini")
    assert (client.config.server_addr, [proxy.name for proxy in client.config.proxies]) == ("h", ["ssh"])
    assert "section [ Common ] is read as [common]" in client.warnings[0]
