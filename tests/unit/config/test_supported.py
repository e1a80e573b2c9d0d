"""What is asked for in vain is told; what this release can do is not."""

from __future__ import annotations

import pytest

from frpg import __version__
from frpg.config.plugins import VirtualNetPlugin
from frpg.config.proxies import StcpProxyConfig, TcpProxyConfig
from frpg.config.supported import gaps, unsupported
from frpg.config.visitors import StcpVisitorConfig
from tests.unit.config.conftest import LoadClient, LoadServer

TCP = '[[proxies]]\nname = "p"\ntype = "tcp"\n'
VISITOR = '[[visitors]]\nname = "v"\ntype = "stcp"\nserverName = "s"\nbindPort = 1\n'


def lines(*asked: str) -> list[str]:
    return [f"{what}: not supported yet in frpg {__version__}" for what in asked]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("kcpBindPort = 1", "kcpBindPort = 1"),
        ("quicBindPort = 1", "quicBindPort = 1"),
        ("sshTunnelGateway.bindPort = 1", "sshTunnelGateway.bindPort = 1"),
    ],
)
def test_of_frps(frps: LoadServer, text: str, asked: str) -> None:
    assert unsupported(frps(text).config) == lines(asked)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            'featureGates.VirtualNet = true\nvirtualNet.address = "10.0.0.1/24"',
            "virtualNet.address = 10.0.0.1/24",
        ),
        *(
            (f'transport.protocol = "{name}"', f"transport.protocol = {name}")
            for name in ("kcp", "quic", "websocket", "wss")
        ),
        ('transport.proxyURL = "ntlm://u:p@h:1"', "transport.proxyURL with ntlm"),
        *((TCP.replace("tcp", kind), f"proxy p, type {kind}") for kind in ("stcp", "sudp", "xtcp")),
        (f'{TCP}plugin.type = "virtual_net"', "proxy p, plugin virtual_net"),
        (VISITOR, "visitor v, type stcp"),
    ],
)
def test_of_frpc(frpc: LoadClient, text: str, asked: str) -> None:
    assert unsupported(frpc(text).config) == lines(asked)


def test_everything_is_told(frpc: LoadClient) -> None:
    text = f'transport.protocol = "kcp"\n{TCP}plugin.type = "virtual_net"\n{VISITOR}'
    assert len(unsupported(frpc(text).config)) == 3


def test_what_is_left_out_is_not_asked_for(frpc: LoadClient) -> None:
    assert unsupported(frpc(f'{TCP}enabled = false\nplugin.type = "virtual_net"').config) == []


def test_every_way_to_a_secret_works(frps: LoadServer, frpc: LoadClient) -> None:
    command = 'auth.tokenSource = { type = "exec", exec = { command = "c" } }'
    issuer = 'auth = { method = "oidc", oidc = { issuer = "https://issuer.test" } }'
    for text in (command, issuer):
        assert unsupported(frps(text, allow_unsafe=["TokenSourceExec"]).config) == []
    oidc = 'auth.method = "oidc"\nauth.oidc.tokenSource = { type = "exec", exec = { command = "c" } }'
    for text in (command, oidc):
        assert unsupported(frpc(text, allow_unsafe=["TokenSourceExec"]).config) == []


def test_a_gate_that_nothing_uses_asks_for_nothing(frpc: LoadClient) -> None:
    assert unsupported(frpc("featureGates.VirtualNet = true").config) == []


def test_what_works(frps: LoadServer, frpc: LoadClient) -> None:
    text = """
    allowPorts = [{ start = 1, end = 2 }]
    maxPortsPerClient = 1
    vhostHTTPPort = 1
    vhostHTTPSPort = 2
    tcpmuxHTTPConnectPort = 3
    auth = { token = "t", additionalScopes = ["HeartBeats", "NewWorkConns"] }
    transport.tcpMux = false
    transport.tls = { force = true, certFile = "c", keyFile = "k", trustedCaFile = "a" }
    log.to = "frps.log"
    webServer.port = 4
    enablePrometheus = true
    """
    assert unsupported(frps(text).config) == []
    text = """
    dnsServer = "8.8.8.8"
    webServer.port = 1
    store.path = "s.json"
    auth.tokenSource = { type = "file", file = { path = "p" } }
    transport = { tcpMux = false, wireProtocol = "v2", proxyURL = "socks5://h:1", poolCount = 5 }
    [[proxies]]
    name = "p"
    type = "udp"
    transport = { useEncryption = true, useCompression = true, bandwidthLimit = "1MB", proxyProtocolVersion = "v2" }
    """
    assert unsupported(frpc(text).config) == []


@pytest.mark.parametrize("kind", ["tcp", "http", "https", "tcpmux"])
def test_groups_and_health_checks_of_every_type_work(frpc: LoadClient, kind: str) -> None:
    own = {"tcp": "", "tcpmux": 'subdomain = "s"\nmultiplexer = "httpconnect"\n'}.get(kind, 'subdomain = "s"\n')
    common = 'healthCheck = { type = "http", path = "/" }\nloadBalancer.group = "g"\n'
    assert unsupported(frpc(TCP.replace("tcp", kind) + own + common).config) == []


def test_one_entry_is_asked_about_without_its_name() -> None:
    assert gaps(TcpProxyConfig(name="a")) == []
    assert gaps(StcpProxyConfig(name="a", plugin=VirtualNetPlugin())) == lines("type stcp", "plugin virtual_net")
    assert gaps(StcpVisitorConfig(name="a")) == lines("type stcp")
