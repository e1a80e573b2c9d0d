"""Checks of single proxies and visitors. Every check runs; texts are frp's own."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from frpg.config.common import PORT_MAX
from frpg.config.faults import Fault
from frpg.config.plugins import (
    BridgePlugin,
    ClientPlugin,
    Http2HttpPlugin,
    Socks5Plugin,
    StaticFilePlugin,
    Tls2RawPlugin,
)
from frpg.config.plugins import UnixDomainSocketPlugin as UnixPlugin
from frpg.config.proxies import (
    BANDWIDTH_LIMIT_MODES,
    HEALTH_CHECK_TYPES,
    MULTIPLEXERS,
    PROXY_PROTOCOL_VERSIONS,
    DomainProxyConfig,
    ProxyConfig,
    TcpmuxProxyConfig,
    TcpProxyConfig,
    UdpProxyConfig,
)
from frpg.config.visitors import XTCP_PROTOCOLS, VisitorConfig, XtcpVisitorConfig

ANNOTATIONS_SIZE = 262144  # bytes of all keys and values
_DATAGRAM_TYPES = ("udp", "sudp")
_HOST_PORT = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]{0,253}):(?P<port>[0-9]{1,5})")
_NAME = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_PREFIX = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_CONSISTS = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    f"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_NAME}')"
)


def proxy_faults(proxy: ProxyConfig) -> Iterator[Fault]:
    """All faults of a completed proxy, in frp's order."""
    if not proxy.name:
        yield Fault("name", "name should not be empty")
    yield from (Fault("annotations", text) for text in _annotation_faults(proxy.annotations))
    transport = proxy.transport
    if transport.proxy_protocol_version not in ("", *PROXY_PROTOCOL_VERSIONS):
        text = f"not support proxy protocol version: {transport.proxy_protocol_version}, use v1 or v2"
        yield Fault("transport.proxyProtocolVersion", text)
    if transport.bandwidth_limit_mode not in BANDWIDTH_LIMIT_MODES:
        yield Fault("transport.bandwidthLimitMode", "bandwidth limit mode should be client or server")
    if proxy.plugin is None and not 0 <= proxy.local_port <= PORT_MAX:
        yield Fault("localPort", f"port number {proxy.local_port} must be in the range 0..{PORT_MAX}")
    yield from _health_check_faults(proxy)
    if proxy.plugin is not None:
        for key, text in _plugin_faults(proxy.plugin):
            yield Fault(f"plugin.{key}", f"plugin {proxy.plugin.type}: {text}")
    if isinstance(proxy, DomainProxyConfig) and not proxy.subdomain and not proxy.custom_domains:
        yield Fault("customDomains", "subdomain and custom domains should not be both empty")
    if isinstance(proxy, TcpmuxProxyConfig) and proxy.multiplexer not in MULTIPLEXERS:
        yield Fault("multiplexer", f"not support multiplexer: {proxy.multiplexer}, use httpconnect")


def proxy_warnings(proxy: ProxyConfig) -> Iterator[Fault]:
    """What frp accepts without a word although it cannot work."""
    if isinstance(proxy, TcpProxyConfig | UdpProxyConfig) and not 0 <= proxy.remote_port <= PORT_MAX:
        yield Fault("remotePort", f"port number {proxy.remote_port} is none, use 0..{PORT_MAX}")
    if proxy.plugin is not None and proxy.type in _DATAGRAM_TYPES:
        yield Fault("plugin", f"plugin {proxy.plugin.type} has no effect: type {proxy.type} carries datagrams")


def visitor_faults(visitor: VisitorConfig) -> Iterator[Fault]:
    """All faults of a completed visitor, in frp's order."""
    if not visitor.name:
        yield Fault("name", "name is required")
    if not visitor.server_name:
        yield Fault("serverName", "server name is required")
    if visitor.bind_port == 0:
        yield Fault("bindPort", "bind port is required")
    if isinstance(visitor, XtcpVisitorConfig) and visitor.protocol not in XTCP_PROTOCOLS:
        yield Fault("protocol", "protocol should be kcp or quic")


def visitor_warnings(visitor: VisitorConfig) -> Iterator[Fault]:
    """What frp accepts without a word although it cannot work."""
    if visitor.bind_port > PORT_MAX:
        yield Fault("bindPort", f"port number {visitor.bind_port} is none, use 1..{PORT_MAX}, or -1 for no listener")


def _health_check_faults(proxy: ProxyConfig) -> Iterator[Fault]:
    check = proxy.health_check
    if check.type and check.type not in HEALTH_CHECK_TYPES:
        yield Fault("healthCheck.type", f"not support health check type: {check.type}, use tcp or http")
    if check.type == "http" and not check.path:
        yield Fault("healthCheck.path", "health check path should not be empty")


def _plugin_faults(plugin: ClientPlugin) -> Iterator[tuple[str, str]]:
    if isinstance(plugin, UnixPlugin) and not plugin.unix_path:
        yield "unixPath", "unixPath is required"
    if isinstance(plugin, StaticFilePlugin) and not plugin.local_path:
        yield "localPath", "localPath is required"
    if (
        isinstance(plugin, BridgePlugin | Tls2RawPlugin)
        and not isinstance(plugin, Http2HttpPlugin)  # not checked by frp either
        and not plugin.local_addr
    ):
        yield "localAddr", "localAddr is required"
    if isinstance(plugin, Socks5Plugin):
        yield from _socks5_faults(plugin)


def _socks5_faults(plugin: Socks5Plugin) -> Iterator[tuple[str, str]]:
    if plugin.udp_bind_addr and not _is_ip(plugin.udp_bind_addr):
        yield "udpBindAddr", f"udpBindAddr {plugin.udp_bind_addr} is no IP address"
    if not 0 <= plugin.udp_port <= PORT_MAX:
        yield "udpPort", f"port number {plugin.udp_port} must be in the range 0..{PORT_MAX}"
    told = _HOST_PORT.fullmatch(plugin.udp_advertise)
    if plugin.udp_advertise and (told is None or not 0 < int(told["port"]) <= PORT_MAX):
        yield "udpAdvertise", f"udpAdvertise {plugin.udp_advertise} is not host:port"
    elif plugin.udp_advertise and not plugin.udp_port:
        yield "udpAdvertise", "udpAdvertise needs udpPort"


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _annotation_faults(annotations: Mapping[str, str]) -> Iterator[str]:
    for key in annotations:
        yield from (f"annotation key {key} is invalid: {text}" for text in _qualified_name_faults(key.lower()))
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > ANNOTATIONS_SIZE:
        yield f"annotations size {size} is larger than limit {ANNOTATIONS_SIZE}"


def _qualified_name_faults(key: str) -> Iterator[str]:
    """Faults of `[PREFIX/]NAME`, in the words of Kubernetes."""
    *prefixes, name = key.split("/")
    if len(prefixes) > 1:
        example = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        yield f"a qualified name {_CONSISTS} {example}"
        return
    for prefix in prefixes:
        if not prefix:
            yield "prefix part must be non-empty"
        elif len(prefix) > 253:
            yield "prefix part must be no more than 253 characters"
        elif not re.fullmatch(_PREFIX, prefix):
            yield (
                "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
                "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
                f"validation is '{_PREFIX}')"
            )
    if not name:
        yield "name part must be non-empty"
    elif len(name) > 63:
        yield "name part must be no more than 63 characters"
    elif not re.fullmatch(_NAME, name):
        yield f"name part {_CONSISTS}"
