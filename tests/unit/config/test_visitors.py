from __future__ import annotations

import pytest

from frpg.config.plugins import VirtualNetVisitorPlugin
from frpg.config.proxies import NatTraversalConfig
from frpg.config.visitors import (
    VISITOR_TYPES,
    StcpVisitorConfig,
    SudpVisitorConfig,
    VisitorConfig,
    VisitorTransportConfig,
    XtcpVisitorConfig,
)
from tests.unit.config.conftest import Faults, LoadClient

BASE = """
[[visitors]]
name = "v"
type = "TYPE"
serverName = "s"
serverUser = "u"
secretKey = "k"
bindAddr = "::1"
bindPort = 1
transport = { useEncryption = true, useCompression = true }
plugin = { type = "virtual_net", destinationIP = "100.86.0.2" }
"""
XTCP = """
protocol = "kcp"
keepTunnelOpen = true
maxRetriesAnHour = 2
minRetryInterval = 3
fallbackTo = "f"
fallbackTimeoutMs = 4
natTraversal.disableAssistedAddrs = true
"""


def with_base(visitor: VisitorConfig) -> VisitorConfig:
    visitor.name, visitor.server_name, visitor.server_user = "v", "s", "u"
    visitor.secret_key, visitor.bind_addr, visitor.bind_port = "k", "::1", 1
    visitor.transport = VisitorTransportConfig(use_encryption=True, use_compression=True)
    visitor.plugin = VirtualNetVisitorPlugin(destination_ip="100.86.0.2")
    return visitor


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BASE.replace("TYPE", "stcp"), StcpVisitorConfig()),
        (BASE.replace("TYPE", "sudp"), SudpVisitorConfig()),
        (
            BASE.replace("TYPE", "xtcp") + XTCP,
            XtcpVisitorConfig(
                protocol="kcp",
                keep_tunnel_open=True,
                max_retries_an_hour=2,
                min_retry_interval=3,
                fallback_to="f",
                fallback_timeout_ms=4,
                nat_traversal=NatTraversalConfig(disable_assisted_addrs=True),
            ),
        ),
    ],
)
def test_every_option_of_a_type_is_read(frpc: LoadClient, text: str, expected: VisitorConfig) -> None:
    assert frpc(text).config.visitors == [with_base(expected)]


def test_the_types() -> None:
    assert [cls().type for cls in VISITOR_TYPES.values()] == list(VISITOR_TYPES) == ["stcp", "sudp", "xtcp"]


def test_defaults(frpc: LoadClient) -> None:
    text = (
        '[[visitors]]\nname = "v"\ntype = "xtcp"\nserverName = "s"\nbindPort = -1\nbindAddr = ""\nmaxRetriesAnHour = 0'
    )
    assert frpc(text).config.visitors == [
        XtcpVisitorConfig(
            name="v",
            server_name="s",
            bind_addr="127.0.0.1",
            bind_port=-1,
            protocol="quic",
            max_retries_an_hour=8,
            min_retry_interval=90,
            fallback_timeout_ms=1000,
        )
    ]


def test_negative_numbers_stay_in_v1(frpc: LoadClient) -> None:
    text = '[[visitors]]\nname = "v"\ntype = "xtcp"\nserverName = "s"\nbindPort = 1\nminRetryInterval = -5'
    (visitor,) = frpc(text).config.visitors
    assert isinstance(visitor, XtcpVisitorConfig)
    assert visitor.min_retry_interval == -5


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('metadatas = { a = "b" }', 'frpc.toml: visitors[0].metadatas: unknown field "metadatas"'),
        ('plugin.type = "zzz"', "visitors[0].plugin.type: unknown visitor plugin type: zzz, optional values are"),
        ('plugin.destinationIP = "a"', "visitors[0].plugin.type: visitor plugin type is required"),
        ('protocol = "kcp"', 'visitors[0].protocol: unknown field "protocol"'),
    ],
)
def test_what_a_visitor_does_not_have(client_faults: Faults, line: str, fault: str) -> None:
    text = f'[[visitors]]\nname = "v"\ntype = "stcp"\nserverName = "s"\nbindPort = 1\n{line}'
    (found,) = client_faults(text)
    assert fault in found


def test_secrets_stay_out_of_repr() -> None:
    assert "s3cret" not in repr(StcpVisitorConfig(secret_key="s3cret"))
