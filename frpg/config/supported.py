"""What this release cannot do yet. Such options are parsed and checked, but a program that would need them refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from frpg import __version__
from frpg.config.common import AuthConfig, WebServerConfig
from frpg.config.server import ServerConfig

if TYPE_CHECKING:
    from frpg.config.client import ClientConfig, ClientTransportConfig
    from frpg.config.proxies import ProxyConfig

PROXY_TYPES = ("tcp", "udp", "http", "https", "tcpmux")
PROTOCOLS = ("tcp",)


def unsupported(config: ServerConfig | ClientConfig) -> list[str]:
    """What a complete configuration asks for in vain, one line each; empty when it can be run."""
    asked = _server(config) if isinstance(config, ServerConfig) else _client(config)
    return [f"{what}: not supported yet in frpg {__version__}" for what in asked]


def _server(config: ServerConfig) -> Iterator[str]:
    yield from _auth(config.auth)
    ports = {
        "kcpBindPort": config.kcp_bind_port,
        "quicBindPort": config.quic_bind_port,
        "sshTunnelGateway.bindPort": config.ssh_tunnel_gateway.bind_port,
    }
    yield from (f"{path} = {port}" for path, port in ports.items() if port)
    yield from _web_server(config.web_server)
    if config.enable_prometheus:
        yield "enablePrometheus = true"
    yield from (f"httpPlugins, plugin {plugin.name}" for plugin in config.http_plugins)


def _client(config: ClientConfig) -> Iterator[str]:
    yield from _auth(config.auth)
    yield from _transport(config.transport)
    yield from _web_server(config.web_server)
    if config.store.path:
        yield f"store.path = {config.store.path}"
    if config.virtual_net.address:
        yield f"virtualNet.address = {config.virtual_net.address}"
    yield from (f"featureGates.{name} = true" for name, is_on in config.feature_gates.items() if is_on)
    for proxy in config.proxies:
        yield from (f"proxy {proxy.name}, {what}" for what in _proxy(proxy))
    yield from (f"visitor {visitor.name}, type {visitor.type}" for visitor in config.visitors)


def _auth(auth: AuthConfig) -> Iterator[str]:
    if auth.method == "oidc":
        yield "auth.method = oidc"
    if auth.token_source is not None and auth.token_source.type == "exec":
        yield "auth.tokenSource.type = exec"


def _web_server(web: WebServerConfig) -> Iterator[str]:
    if web.port:
        yield f"webServer.port = {web.port}"


def _transport(transport: ClientTransportConfig) -> Iterator[str]:
    if transport.protocol not in PROTOCOLS:
        yield f"transport.protocol = {transport.protocol}"
    if transport.proxy_url.startswith("ntlm://"):
        yield "transport.proxyURL with ntlm"


def _proxy(proxy: ProxyConfig) -> Iterator[str]:
    if proxy.type not in PROXY_TYPES:
        yield f"type {proxy.type}"
    if proxy.plugin is not None:
        yield f"plugin {proxy.plugin.type}"
