"""What is asked for in vain is told; what this release can do is not."""

from __future__ import annotations

import pytest

from frpg import __version__
from frpg.config.supported import unsupported
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
        ("webServer.port = 1", "webServer.port = 1"),
        ("enablePrometheus = true", "enablePrometheus = true"),
        ('auth.method = "oidc"', "auth.method = oidc"),
        ('[[httpPlugins]]\nname = "n"', "httpPlugins, plugin n"),
    ],
)
def test_of_frps(frps: LoadServer, text: str, asked: str) -> None:
    assert unsupported(frps(text).config) == lines(asked)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        *(
            (f'transport.protocol = "{name}"', f"transport.protocol = {name}")
            for name in ("kcp", "quic", "websocket", "wss")
        ),
        ('transport.proxyURL = "ntlm://u:p@h:1"', "transport.proxyURL with ntlm"),
        ("webServer.port = 1", "webServer.port = 1"),
        ('store.path = "s.json"', "store.path = s.json"),
        ("featureGates.VirtualNet = true", "featureGates.VirtualNet = true"),
        (
            'auth.tokenSource = { type = "exec", exec = { command = "c" } }',
            "auth.tokenSource.type = exec",
        ),
        *((TCP.replace("tcp", kind), f"proxy p, type {kind}") for kind in ("stcp", "sudp", "xtcp")),
        (f'{TCP}plugin.type = "socks5"', "proxy p, plugin socks5"),
        (VISITOR, "visitor v, type stcp"),
    ],
)
def test_of_frpc(frpc: LoadClient, text: str, asked: str) -> None:
    assert unsupported(frpc(text, allow_unsafe=["TokenSourceExec"]).config) == lines(asked)


def test_everything_is_told(frpc: LoadClient) -> None:
    text = f'transport.protocol = "kcp"\nwebServer.port = 1\n{TCP}plugin.type = "socks5"\n{VISITOR}'
    assert len(unsupported(frpc(text).config)) == 4


def test_what_is_left_out_is_not_asked_for(frpc: LoadClient) -> None:
    assert unsupported(frpc(f'{TCP}enabled = false\nplugin.type = "socks5"').config) == []


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
    """
    assert unsupported(frps(text).config) == []
    text = """
    dnsServer = "8.8.8.8"
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
