"""The checks of proxies and visitors, as `verify` shows them for files in TOML."""

from __future__ import annotations

import pytest

from frpg.config.proxies import TcpProxyConfig
from frpg.config.validate_proxies import proxy_faults
from tests.unit.config.conftest import Faults

PROXY = '[[proxies]]\nname = "p"\ntype = "tcp"\n'
VISITOR = '[[visitors]]\nname = "v"\ntype = "xtcp"\nserverName = "s"\nbindPort = 1\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[[proxies]]\ntype = "tcp"', "name: name should not be empty"),
        (f"{PROXY}localPort = -1", "localPort: proxy p: port number -1 must be in the range 0..65535"),
        (
            f'{PROXY}transport.proxyProtocolVersion = "v3"',
            "transport.proxyProtocolVersion: proxy p: not support proxy protocol version: v3, use v1 or v2",
        ),
        (
            f'{PROXY}transport.bandwidthLimitMode = "both"',
            "transport.bandwidthLimitMode: proxy p: bandwidth limit mode should be client or server",
        ),
        (
            f'{PROXY}healthCheck.type = "udp"',
            "healthCheck.type: proxy p: not support health check type: udp, use tcp or http",
        ),
        (f'{PROXY}healthCheck.type = "http"', "healthCheck.path: proxy p: health check path should not be empty"),
        (
            PROXY.replace("tcp", "https"),
            "customDomains: proxy p: subdomain and custom domains should not be both empty",
        ),
        (
            PROXY.replace("tcp", "tcpmux") + 'subdomain = "s"',
            "multiplexer: proxy p: not support multiplexer: , use httpconnect",
        ),
        (
            f'{PROXY}annotations."-a" = "b"',
            "annotations: proxy p: annotation key -a is invalid: name part must consist",
        ),
    ],
)
def test_faults_of_proxies(client_faults: Faults, text: str, fault: str) -> None:
    (line,) = client_faults(text)
    assert line.startswith(f"frpc.toml: proxies[0].{fault}")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (VISITOR.replace('name = "v"', "", 1), "name: name is required"),
        (VISITOR.replace('serverName = "s"', ""), "serverName: visitor v: server name is required"),
        (VISITOR.replace("bindPort = 1", ""), "bindPort: visitor v: bind port is required"),
        (f'{VISITOR}protocol = "tcp"', "protocol: visitor v: protocol should be kcp or quic"),
    ],
)
def test_faults_of_visitors(client_faults: Faults, text: str, fault: str) -> None:
    assert client_faults(text) == [f"frpc.toml: visitors[0].{fault}"]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "name part must be non-empty"),
        ("a/", "name part must be non-empty"),
        ("/a", "prefix part must be non-empty"),
        ("a/b/c", "a qualified name must consist of"),
        ("a" * 64, "name part must be no more than 63 characters"),
        ("a b", "name part must consist of"),
        ("a_b/c", "prefix part a lowercase RFC 1123 subdomain must consist of"),
        ("a" * 254 + "/c", "prefix part must be no more than 253 characters"),
    ],
)
def test_annotation_keys(key: str, problem: str) -> None:
    (fault,) = proxy_faults(TcpProxyConfig(name="p", annotations={key: ""}))
    assert fault.text.startswith(f"annotation key {key} is invalid: {problem}")


def test_good_annotation_keys_and_the_size() -> None:
    keys = ["a", "MyName", "Example.COM/key", "1-2_3.x", "a" * 63, "a.b-c/1"]
    assert list(proxy_faults(TcpProxyConfig(name="p", annotations=dict.fromkeys(keys, "v")))) == []
    assert list(proxy_faults(TcpProxyConfig(name="p", annotations={"k": "v" * 262143}))) == []
    (fault,) = proxy_faults(TcpProxyConfig(name="p", annotations={"k": "v" * 262142 + "é"}))
    assert fault.text == "annotations size 262145 is larger than limit 262144"
