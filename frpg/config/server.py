"""Options of frps and their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from frpg.config.common import AuthConfig, LogConfig, QuicConfig, TlsFiles, WebServerConfig
from frpg.config.defaults import fill
from frpg.config.values import PortRange

HTTP_PLUGIN_OPS = ("Login", "NewProxy", "CloseProxy", "Ping", "NewWorkConn", "NewUserConn")


@dataclass(slots=True, kw_only=True)
class ServerOidcConfig:
    """How frps checks OIDC tokens."""

    issuer: str = ""
    audience: str = ""  # "": not checked
    skip_expiry_check: bool = False
    skip_issuer_check: bool = False


@dataclass(slots=True, kw_only=True)
class ServerAuthConfig(AuthConfig):
    """`auth` of frps."""

    oidc: ServerOidcConfig = field(default_factory=ServerOidcConfig)


@dataclass(slots=True, kw_only=True)
class ServerTlsConfig(TlsFiles):
    """TLS towards clients; without certificate and key a self-signed one is made at each start."""

    force: bool = False  # completed to True when trusted_ca_file is set


@dataclass(slots=True, kw_only=True)
class ServerTransportConfig:
    """Connections with clients. Times in seconds."""

    tcp_mux: bool = True
    tcp_mux_keepalive_interval: int = 30
    tcp_keepalive: int = 7200  # negative: off
    max_pool_count: int = 5  # upper limit for a client's pool_count
    heartbeat_timeout: int = 0  # completed: -1 with tcp_mux, 90 without; <= 0 then: never
    quic: QuicConfig = field(default_factory=QuicConfig)
    tls: ServerTlsConfig = field(default_factory=ServerTlsConfig)


@dataclass(slots=True, kw_only=True)
class SshTunnelGatewayConfig:
    """SSH port on which `ssh -R` opens tunnels."""

    bind_port: int = 0  # 0: off
    private_key_file: str = ""
    auto_gen_private_key_path: str = "./.autogen_ssh_key"
    authorized_keys_file: str = ""  # "": no SSH authentication


@dataclass(slots=True, kw_only=True)
class HttpPluginConfig:
    """An HTTP service that frps asks about the operations of its clients."""

    name: str = ""
    addr: str = ""  # [http://|https://]host:port
    path: str = ""
    ops: list[str] = field(default_factory=list)  # of HTTP_PLUGIN_OPS
    tls_verify: bool | None = None  # None: as True. In frp the default is False
    trusted_ca_file: str = ""  # "": the system's authorities; not in frp
    timeout_seconds: int = 10  # for one answer; not in frp


@dataclass(slots=True, kw_only=True)
class PythonPluginConfig:
    """A class that frps asks about the operations of its clients; not in frp."""

    name: str = ""  # for the log; "": as `plugin`
    plugin: str = ""  # package.module:Class, or an entry point of the group frpg.server_plugins
    ops: list[str] = field(default_factory=list)  # of HTTP_PLUGIN_OPS; empty: those whose methods the class defines
    timeout_seconds: int = 10  # for one answer
    options: dict[str, Any] = field(default_factory=dict, repr=False)  # for the class; may have secrets


@dataclass(slots=True, kw_only=True)
class ServerConfig:
    """All of frps.toml."""

    version: str = ""  # accepted, without a meaning
    auth: ServerAuthConfig = field(default_factory=ServerAuthConfig)
    bind_addr: str = "0.0.0.0"
    bind_port: int = 7000
    kcp_bind_port: int = 0  # 0: off, as with the other ports
    quic_bind_port: int = 0
    proxy_bind_addr: str = ""  # completed to bind_addr
    vhost_http_port: int = 0
    vhost_http_timeout: int = 60  # seconds until the header of the backend's answer
    vhost_https_port: int = 0
    vhost_trusted_proxies: list[str] = field(default_factory=list)  # addresses and networks; not in frp
    tcpmux_http_connect_port: int = 0
    tcpmux_passthrough: bool = False
    sub_domain_host: str = ""
    custom_404_page: str = ""
    ssh_tunnel_gateway: SshTunnelGatewayConfig = field(default_factory=SshTunnelGatewayConfig)
    web_server: WebServerConfig = field(default_factory=WebServerConfig)
    enable_prometheus: bool = False
    log: LogConfig = field(default_factory=LogConfig)
    transport: ServerTransportConfig = field(default_factory=ServerTransportConfig)
    detailed_errors_to_client: bool = True
    max_ports_per_client: int = 0  # 0: no limit
    user_conn_timeout: int = 10  # seconds to wait for a work connection
    udp_packet_size: int = 1500  # bytes
    nathole_analysis_data_reserve_hours: int = 168  # hours
    allow_ports: list[PortRange] = field(default_factory=list)  # empty: all
    http_plugins: list[HttpPluginConfig] = field(default_factory=list)
    python_plugins: list[PythonPluginConfig] = field(default_factory=list)


def complete_server(config: ServerConfig) -> None:
    """Fill in place what is empty. Idempotent; runs before validation."""
    fill(config)
    transport = config.transport
    config.proxy_bind_addr = config.proxy_bind_addr or config.bind_addr
    transport.heartbeat_timeout = transport.heartbeat_timeout or (-1 if transport.tcp_mux else 90)
    transport.tls.force = transport.tls.force or bool(transport.tls.trusted_ca_file)


def default_server() -> ServerConfig:
    """The configuration of frps without file and flags."""
    config = ServerConfig()
    complete_server(config)
    return config
