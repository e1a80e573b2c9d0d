from __future__ import annotations

import pytest

from frpg.config.common import HeaderOperations, HttpHeader
from frpg.config.plugins import Socks5Plugin
from frpg.config.proxies import (
    PROXY_TYPES,
    HealthCheckConfig,
    HttpProxyConfig,
    HttpsProxyConfig,
    LoadBalancerConfig,
    NatTraversalConfig,
    ProxyConfig,
    ProxyTransportConfig,
    StcpProxyConfig,
    SudpProxyConfig,
    TcpmuxProxyConfig,
    TcpProxyConfig,
    UdpProxyConfig,
    XtcpProxyConfig,
)
from frpg.config.values import Bandwidth
from tests.unit.config.conftest import Faults, LoadClient

BASE = """
[[proxies]]
name = "p"
type = "TYPE"
annotations = { "example.com/Key" = "a" }
metadatas = { Key = "m" }
localIP = "::1"
localPort = 1
transport.useEncryption = true
transport.useCompression = true
transport.bandwidthLimit = "1.5MB"
transport.bandwidthLimitMode = "server"
transport.proxyProtocolVersion = "v2"
loadBalancer = { group = "g", groupKey = "k" }
healthCheck.type = "http"
healthCheck.timeoutSeconds = 1
healthCheck.maxFailed = 2
healthCheck.intervalSeconds = 3
healthCheck.path = "/"
healthCheck.httpHeaders = [{ name = "x", value = "y" }]
plugin = { type = "socks5", username = "u", password = "p" }
"""
OWN = {
    "tcp": "remotePort = 2",
    "udp": "remotePort = 2",
    "http": """
customDomains = ["d"]
subdomain = "s"
locations = ["/"]
httpUser = "u"
httpPassword = "p"
hostHeaderRewrite = "h"
requestHeaders.set.X-A = "1"
responseHeaders.set.X-B = "2"
routeByHTTPUser = "r"
""",
    "https": 'customDomains = ["d"]\nsubdomain = "s"',
    "tcpmux": """
customDomains = ["d"]
subdomain = "s"
httpUser = "u"
httpPassword = "p"
routeByHTTPUser = "r"
multiplexer = "httpconnect"
""",
    "stcp": 'secretKey = "k"\nallowUsers = ["a", "b"]',
    "sudp": 'secretKey = "k"\nallowUsers = ["a", "b"]',
    "xtcp": 'secretKey = "k"\nallowUsers = ["a", "b"]\nnatTraversal.disableAssistedAddrs = true',
}


def with_base(proxy: ProxyConfig) -> ProxyConfig:
    proxy.name = "p"
    proxy.annotations = {"example.com/Key": "a"}
    proxy.metadatas = {"Key": "m"}
    proxy.local_ip, proxy.local_port = "::1", 1
    proxy.transport = ProxyTransportConfig(
        use_encryption=True,
        use_compression=True,
        bandwidth_limit=Bandwidth.parse("1.5MB"),
        bandwidth_limit_mode="server",
        proxy_protocol_version="v2",
    )
    proxy.load_balancer = LoadBalancerConfig(group="g", group_key="k")
    headers = [HttpHeader(name="x", value="y")]
    proxy.health_check = HealthCheckConfig(
        type="http", timeout_seconds=1, max_failed=2, interval_seconds=3, path="/", http_headers=headers
    )
    proxy.plugin = Socks5Plugin(username="u", password="p")
    return proxy


EXPECTED = [
    TcpProxyConfig(remote_port=2),
    UdpProxyConfig(remote_port=2),
    HttpProxyConfig(
        custom_domains=["d"],
        subdomain="s",
        locations=["/"],
        http_user="u",
        http_password="p",
        host_header_rewrite="h",
        request_headers=HeaderOperations(set={"X-A": "1"}),
        response_headers=HeaderOperations(set={"X-B": "2"}),
        route_by_http_user="r",
    ),
    HttpsProxyConfig(custom_domains=["d"], subdomain="s"),
    TcpmuxProxyConfig(
        custom_domains=["d"],
        subdomain="s",
        http_user="u",
        http_password="p",
        route_by_http_user="r",
        multiplexer="httpconnect",
    ),
    StcpProxyConfig(secret_key="k", allow_users=["a", "b"]),
    SudpProxyConfig(secret_key="k", allow_users=["a", "b"]),
    XtcpProxyConfig(
        secret_key="k", allow_users=["a", "b"], nat_traversal=NatTraversalConfig(disable_assisted_addrs=True)
    ),
]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda proxy: proxy.type)
def test_every_option_of_a_type_is_read(frpc: LoadClient, expected: ProxyConfig) -> None:
    config = frpc(BASE.replace("TYPE", expected.type) + OWN[expected.type]).config
    assert config.proxies == [with_base(expected)]


def test_the_types() -> None:
    assert list(PROXY_TYPES) == list(OWN)
    assert [cls().type for cls in PROXY_TYPES.values()] == list(PROXY_TYPES)


def test_defaults(frpc: LoadClient) -> None:
    (proxy,) = frpc('[[proxies]]\nname = "a"\ntype = "tcp"').config.proxies
    assert proxy == TcpProxyConfig(name="a", local_ip="127.0.0.1", local_port=0, remote_port=0)
    assert proxy.enabled
    assert proxy.plugin is None
    assert not proxy.transport.bandwidth_limit
    assert proxy.transport.bandwidth_limit_mode == "client"


def test_empty_values_take_their_defaults(frpc: LoadClient) -> None:
    text = '[[proxies]]\nname = "a"\ntype = "tcp"\nlocalIP = ""\ntransport.bandwidthLimitMode = ""'
    (proxy,) = frpc(text).config.proxies
    assert (proxy.local_ip, proxy.transport.bandwidth_limit_mode) == ("127.0.0.1", "client")


def test_a_health_check_has_defaults_when_it_runs() -> None:
    check = HealthCheckConfig()
    assert (check.timeout, check.failures, check.interval) == (3.0, 1, 10.0)
    check = HealthCheckConfig(timeout_seconds=-1, max_failed=-1, interval_seconds=-1)
    assert (check.timeout, check.failures, check.interval) == (3.0, 1, 10.0)
    check = HealthCheckConfig(timeout_seconds=5, max_failed=6, interval_seconds=7)
    assert (check.timeout, check.failures, check.interval) == (5.0, 6, 7.0)


@pytest.mark.parametrize(
    ("limit", "rate"),
    [("1MB", 1048576), ("512KB", 524288), ("0MB", 0), ("-1MB", 0), ("", 0), (" 2MB ", 2097152)],
)
def test_bandwidth(frpc: LoadClient, limit: str, rate: int) -> None:
    (proxy,) = frpc(f'[[proxies]]\nname = "a"\ntype = "tcp"\ntransport.bandwidthLimit = "{limit}"').config.proxies
    bandwidth = proxy.transport.bandwidth_limit
    assert (bandwidth.text, bandwidth.bytes_per_second, bool(bandwidth)) == (limit.strip(), rate, rate > 0)


def test_an_option_of_another_type_is_unknown(client_faults: Faults) -> None:
    assert client_faults('[[proxies]]\nname = "a"\ntype = "stcp"\nremotePort = 1') == [
        'frpc.toml: proxies[0].remotePort: unknown field "remotePort"'
    ]


def test_secrets_stay_out_of_repr() -> None:
    proxies: list[ProxyConfig] = [
        HttpProxyConfig(http_password="s3cret", request_headers=HeaderOperations(set={"Authorization": "s3cret"})),
        TcpmuxProxyConfig(http_password="s3cret", metadatas={"token": "s3cret"}),
        StcpProxyConfig(secret_key="s3cret", plugin=Socks5Plugin(password="s3cret")),
        TcpProxyConfig(load_balancer=LoadBalancerConfig(group_key="s3cret")),
    ]
    assert "s3cret" not in repr(proxies)
