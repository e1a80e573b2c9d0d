"""Options of visitors, by type."""

from __future__ import annotations

from dataclasses import dataclass, field

from frpg.config.plugins import VisitorPlugin
from frpg.config.proxies import NatTraversalConfig

XTCP_PROTOCOLS = ("quic", "kcp")


@dataclass(slots=True, kw_only=True)
class VisitorTransportConfig:
    """What happens to the bytes on their way to the other frpc."""

    use_encryption: bool = False
    use_compression: bool = False


@dataclass(slots=True, kw_only=True)
class VisitorConfig:
    """What all types have."""

    name: str = ""
    type: str = ""
    enabled: bool = True
    transport: VisitorTransportConfig = field(default_factory=VisitorTransportConfig)
    secret_key: str = field(default="", repr=False)
    server_user: str = ""  # user of the target's frpc; "": the own one
    server_name: str = ""  # target proxy, without a user in front
    bind_addr: str = "127.0.0.1"
    bind_port: int = 0  # negative: no listener, takes over from another visitor only
    plugin: VisitorPlugin | None = None


@dataclass(slots=True, kw_only=True)
class StcpVisitorConfig(VisitorConfig):
    """Reaches an stcp proxy."""

    type: str = "stcp"


@dataclass(slots=True, kw_only=True)
class SudpVisitorConfig(VisitorConfig):
    """Reaches a sudp proxy."""

    type: str = "sudp"


@dataclass(slots=True, kw_only=True)
class XtcpVisitorConfig(VisitorConfig):
    """Reaches an xtcp proxy, from peer to peer."""

    type: str = "xtcp"
    protocol: str = "quic"  # over the punched hole
    keep_tunnel_open: bool = False
    max_retries_an_hour: int = 8  # with keep_tunnel_open
    min_retry_interval: int = 90  # seconds
    fallback_to: str = ""  # name of another visitor
    fallback_timeout_ms: int = 1000  # milliseconds
    nat_traversal: NatTraversalConfig = field(default_factory=NatTraversalConfig)


VISITOR_TYPES: dict[str, type[VisitorConfig]] = {
    "stcp": StcpVisitorConfig,
    "sudp": SudpVisitorConfig,
    "xtcp": XtcpVisitorConfig,
}
