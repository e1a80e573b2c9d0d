"""The types of proxies that this server has, and those it knows by name only."""

from __future__ import annotations

from frpg.errors import FrpgError, NotSupported
from frpg.logs import PrefixedLogger
from frpg.proto.messages import NewProxy
from frpg.server.context import Context
from frpg.server.proxies.base import Proxy
from frpg.server.proxies.http import HttpProxy
from frpg.server.proxies.https import HttpsProxy
from frpg.server.proxies.tcp import TcpProxy
from frpg.server.proxies.tcpmux import TcpmuxProxy
from frpg.server.proxies.udp import UdpProxy
from frpg.server.upstream import Upstream

PROXIES: dict[str, type[Proxy]] = {
    "tcp": TcpProxy,
    "udp": UdpProxy,
    "http": HttpProxy,
    "https": HttpsProxy,
    "tcpmux": TcpmuxProxy,
}

LATER = ("stcp", "sudp", "xtcp")


def make_proxy(context: Context, upstream: Upstream, message: NewProxy, log: PrefixedLogger) -> Proxy:
    """The proxy that `message` asks for, not started. Raises FrpgError."""
    name, kind = message.proxy_name, message.proxy_type or "tcp"
    if not name or not name.isprintable():
        raise FrpgError(reason="a proxy needs a printable name")
    if kind in LATER:
        raise NotSupported(reason=f"proxy type [{kind}] is not supported yet by this server")
    if kind not in PROXIES:
        raise FrpgError(reason=f"unknown proxy type: {kind}")
    return PROXIES[kind](context, upstream, message, log)
