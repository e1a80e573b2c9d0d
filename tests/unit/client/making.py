"""Configurations for tests of the client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from frpg.config.client import ClientConfig
from frpg.config.proxies import ProxyConfig


def client_config(
    port: int,
    *,
    wire: str = "v1",
    mux: bool = False,
    tls: bool = False,
    token: str = "",
    proxies: Sequence[ProxyConfig] = (),
    heartbeat: tuple[int, int] = (-1, -1),
    **more: Any,
) -> ClientConfig:
    """For a server at 127.0.0.1; `more` are attributes of the common part."""
    config = ClientConfig(server_addr="127.0.0.1", server_port=port, proxies=list(proxies), **more)
    config.auth.token = token
    transport = config.transport
    transport.wire_protocol, transport.tcp_mux, transport.tls.enable = wire, mux, tls
    transport.heartbeat_interval, transport.heartbeat_timeout = heartbeat
    return config
