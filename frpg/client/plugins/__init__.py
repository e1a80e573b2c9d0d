"""The client plugins: what answers users in place of a local port. Loaded when a proxy asks for one."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frpg.client.plugins.base import Plugin, PluginContext
    from frpg.config.plugins import ClientPlugin

# Type name to module and class. A class is called with its options and a PluginContext.
PLUGINS = {
    "unix_domain_socket": "unix_domain_socket:UnixDomainSocket",
    "http_proxy": "http_proxy:HttpProxy",
    "socks5": "socks5:Socks5",
    "static_file": "static_file:StaticFile",
    "http2http": "bridge:Http2Http",
    "http2https": "bridge:Http2Https",
    "https2http": "bridge:Https2Http",
    "https2https": "bridge:Https2Https",
    "tls2raw": "tls2raw:Tls2Raw",
}


def make_plugin(config: ClientPlugin, context: PluginContext) -> Plugin:
    """The plugin of the options' type; whoever holds it closes it. Raises OSError, FrpgError."""
    module, _, name = PLUGINS[config.type].partition(":")
    cls = getattr(import_module(f"{__name__}.{module}"), name)
    plugin: Plugin = cls(config, context)
    return plugin
