"""The proxies of frpc: one small class per type."""

from __future__ import annotations

from frpg.client.proxies.base import Proxy, ProxyContext
from frpg.client.proxies.http import HttpProxy
from frpg.client.proxies.https import HttpsProxy
from frpg.client.proxies.tcp import TcpProxy
from frpg.client.proxies.tcpmux import TcpmuxProxy
from frpg.client.proxies.udp import UdpProxy
from frpg.client.proxies.unsupported import UnsupportedProxy
from frpg.config.proxies import ProxyConfig
from frpg.config.supported import gaps

PROXIES: dict[str, type[Proxy]] = {
    "tcp": TcpProxy,
    "udp": UdpProxy,
    "http": HttpProxy,
    "https": HttpsProxy,
    "tcpmux": TcpmuxProxy,
}


def make_proxy(config: ProxyConfig, context: ProxyContext) -> Proxy:
    """The proxy of the configuration's type; one that stands still where config/supported.py knows a gap."""
    missing = gaps(config)
    if missing:
        return UnsupportedProxy(config, context, "; ".join(missing))
    return PROXIES[config.type](config, context)
