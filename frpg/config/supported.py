"""What this release cannot do yet. Such options are parsed and checked, but a program that would need them refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from frpg import __version__
from frpg.config.server import ServerConfig

if TYPE_CHECKING:
    from frpg.config.client import ClientConfig, ClientTransportConfig
    from frpg.config.proxies import ProxyConfig
    from frpg.config.visitors import VisitorConfig

    Entry = ProxyConfig | VisitorConfig

ENTRY_TYPES = ("tcp", "udp", "http", "https", "tcpmux")  # of proxies; no visitor's is among them
PROTOCOLS = ("tcp",)
PLUGINS = (
    "unix_domain_socket",
    "http_proxy",
    "socks5",
    "static_file",
    "http2http",
    "http2https",
    "https2http",
    "https2https",
    "tls2raw",
)


def gaps(entry: Entry) -> list[str]:
    """What one proxy or visitor asks for in vain; empty when it can be run."""
    return [_sentence(what) for what in _lacking(entry)]


def unsupported(config: ServerConfig | ClientConfig) -> list[str]:
    """What a complete configuration asks for in vain, one line each; empty when it can be run."""
    asked = _server(config) if isinstance(config, ServerConfig) else _client(config)
    return [_sentence(what) for what in asked]


def _sentence(what: str) -> str:
    return f"{what}: not supported yet in frpg {__version__}"


def _server(config: ServerConfig) -> Iterator[str]:
    ports = {
        "kcpBindPort": config.kcp_bind_port,
        "quicBindPort": config.quic_bind_port,
        "sshTunnelGateway.bindPort": config.ssh_tunnel_gateway.bind_port,
    }
    yield from (f"{path} = {port}" for path, port in ports.items() if port)


def _client(config: ClientConfig) -> Iterator[str]:
    yield from _transport(config.transport)
    if config.virtual_net.address:
        yield f"virtualNet.address = {config.virtual_net.address}"
    for proxy in config.proxies:
        yield from (f"proxy {proxy.name}, {what}" for what in _lacking(proxy))
    for visitor in config.visitors:
        yield from (f"visitor {visitor.name}, {what}" for what in _lacking(visitor))


def _lacking(entry: Entry) -> Iterator[str]:
    if entry.type not in ENTRY_TYPES:
        yield f"type {entry.type}"
    if entry.plugin is not None and entry.plugin.type not in PLUGINS:
        yield f"plugin {entry.plugin.type}"


def _transport(transport: ClientTransportConfig) -> Iterator[str]:
    if transport.protocol not in PROTOCOLS:
        yield f"transport.protocol = {transport.protocol}"
    if transport.proxy_url.startswith("ntlm://"):
        yield "transport.proxyURL with ntlm"
