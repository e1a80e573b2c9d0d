"""Options of proxies, by type."""

from __future__ import annotations

from dataclasses import dataclass, field

from frpg.config.common import HeaderOperations, HttpHeader
from frpg.config.plugins import ClientPlugin
from frpg.config.values import Bandwidth

BANDWIDTH_LIMIT_MODES = ("client", "server")
PROXY_PROTOCOL_VERSIONS = ("v1", "v2")
HEALTH_CHECK_TYPES = ("tcp", "http")
MULTIPLEXERS = ("httpconnect",)


@dataclass(slots=True, kw_only=True)
class ProxyTransportConfig:
    """What happens to the bytes between frpc and frps."""

    use_encryption: bool = False
    use_compression: bool = False
    bandwidth_limit: Bandwidth = field(default_factory=Bandwidth)
    bandwidth_limit_mode: str = "client"
    proxy_protocol_version: str = ""  # "": no PROXY header for the backend


@dataclass(slots=True, kw_only=True)
class LoadBalancerConfig:
    """Group whose members share one remote port or domain."""

    group: str = ""
    group_key: str = field(default="", repr=False)


@dataclass(slots=True, kw_only=True)
class HealthCheckConfig:
    """Check of the backend. Numbers are kept as written; a check runs with the properties below."""

    type: str = ""  # "": off
    timeout_seconds: int = 0
    max_failed: int = 0
    interval_seconds: int = 0
    path: str = ""
    http_headers: list[HttpHeader] = field(default_factory=list)

    @property
    def timeout(self) -> float:
        """Seconds for one attempt."""
        return float(self.timeout_seconds if self.timeout_seconds > 0 else 3)

    @property
    def failures(self) -> int:
        """Failures in a row before the proxy is withdrawn."""
        return self.max_failed if self.max_failed > 0 else 1

    @property
    def interval(self) -> float:
        """Seconds between attempts."""
        return float(self.interval_seconds if self.interval_seconds > 0 else 10)


@dataclass(slots=True, kw_only=True)
class NatTraversalConfig:
    """Hole punching of one xtcp end."""

    disable_assisted_addrs: bool = False


@dataclass(slots=True, kw_only=True)
class ProxyConfig:
    """What all types have."""

    name: str = ""
    type: str = ""
    enabled: bool = True
    annotations: dict[str, str] = field(default_factory=dict)
    metadatas: dict[str, str] = field(default_factory=dict, repr=False)  # may hold tokens for server plugins
    local_ip: str = "127.0.0.1"
    local_port: int = 0
    plugin: ClientPlugin | None = None  # takes the place of local_ip and local_port
    transport: ProxyTransportConfig = field(default_factory=ProxyTransportConfig)
    load_balancer: LoadBalancerConfig = field(default_factory=LoadBalancerConfig)
    health_check: HealthCheckConfig = field(default_factory=HealthCheckConfig)


@dataclass(slots=True, kw_only=True)
class TcpProxyConfig(ProxyConfig):
    """A TCP port of the server."""

    type: str = "tcp"
    remote_port: int = 0  # 0: the server picks one


@dataclass(slots=True, kw_only=True)
class UdpProxyConfig(ProxyConfig):
    """A UDP port of the server."""

    type: str = "udp"
    remote_port: int = 0  # 0: the server picks one


@dataclass(slots=True, kw_only=True)
class DomainProxyConfig(ProxyConfig):
    """What the types routed by a host name have."""

    custom_domains: list[str] = field(default_factory=list)
    subdomain: str = ""


@dataclass(slots=True, kw_only=True)
class HttpProxyConfig(DomainProxyConfig):
    """HTTP, routed by host, path and user."""

    type: str = "http"
    locations: list[str] = field(default_factory=list)  # URL prefixes; empty: every path
    http_user: str = ""
    http_password: str = field(default="", repr=False)
    host_header_rewrite: str = ""
    request_headers: HeaderOperations = field(default_factory=HeaderOperations)
    response_headers: HeaderOperations = field(default_factory=HeaderOperations)
    route_by_http_user: str = ""


@dataclass(slots=True, kw_only=True)
class HttpsProxyConfig(DomainProxyConfig):
    """TLS, routed by the server name of its hello."""

    type: str = "https"


@dataclass(slots=True, kw_only=True)
class TcpmuxProxyConfig(DomainProxyConfig):
    """TCP behind HTTP CONNECT."""

    type: str = "tcpmux"
    http_user: str = ""
    http_password: str = field(default="", repr=False)
    route_by_http_user: str = ""
    multiplexer: str = ""  # has no default: must be httpconnect


@dataclass(slots=True, kw_only=True)
class SecretProxyConfig(ProxyConfig):
    """What the types reached through a visitor have."""

    secret_key: str = field(default="", repr=False)
    allow_users: list[str] = field(default_factory=list)  # empty: the own user only; "*": all


@dataclass(slots=True, kw_only=True)
class StcpProxyConfig(SecretProxyConfig):
    """TCP for visitors."""

    type: str = "stcp"


@dataclass(slots=True, kw_only=True)
class SudpProxyConfig(SecretProxyConfig):
    """UDP for visitors."""

    type: str = "sudp"


@dataclass(slots=True, kw_only=True)
class XtcpProxyConfig(SecretProxyConfig):
    """TCP for visitors, from peer to peer."""

    type: str = "xtcp"
    nat_traversal: NatTraversalConfig = field(default_factory=NatTraversalConfig)


PROXY_TYPES: dict[str, type[ProxyConfig]] = {
    "tcp": TcpProxyConfig,
    "udp": UdpProxyConfig,
    "http": HttpProxyConfig,
    "https": HttpsProxyConfig,
    "tcpmux": TcpmuxProxyConfig,
    "stcp": StcpProxyConfig,
    "sudp": SudpProxyConfig,
    "xtcp": XtcpProxyConfig,
}
