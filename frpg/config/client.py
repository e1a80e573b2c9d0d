"""Options of frpc and their defaults: the common part, and the lists of its proxies and visitors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from frpg.config.common import AuthConfig, LogConfig, QuicConfig, TlsFiles, ValueSource, WebServerConfig
from frpg.config.defaults import fill
from frpg.config.proxies import ProxyConfig
from frpg.config.visitors import VisitorConfig

PROTOCOLS = ("tcp", "kcp", "quic", "websocket", "wss")
WIRE_PROTOCOLS = ("v1", "v2", "auto")  # auto is our own: v2 first, v1 when the server does not know it
FEATURE_GATES = ("VirtualNet",)


@dataclass(slots=True, kw_only=True)
class ClientOidcConfig:
    """How frpc gets OIDC tokens (OAuth2 client credentials)."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    audience: str = ""
    scope: str = ""
    token_endpoint_url: str = ""
    additional_endpoint_params: dict[str, str] = field(default_factory=dict, repr=False)
    trusted_ca_file: str = ""
    insecure_skip_verify: bool = False
    proxy_url: str = field(default="", repr=False)  # may hold a password
    token_source: ValueSource | None = None  # replaces all the above


@dataclass(slots=True, kw_only=True)
class ClientAuthConfig(AuthConfig):
    """`auth` of frpc."""

    oidc: ClientOidcConfig = field(default_factory=ClientOidcConfig)


@dataclass(slots=True, kw_only=True)
class ClientTlsConfig(TlsFiles):
    """TLS towards frps; without trusted_ca_file its certificate is not verified."""

    enable: bool = True
    disable_custom_tls_first_byte: bool = True  # False: byte 0x17 goes ahead of the handshake


@dataclass(slots=True, kw_only=True)
class ClientTransportConfig:
    """The connection with frps. Times in seconds."""

    protocol: str = "tcp"
    wire_protocol: str = "auto"
    dial_server_timeout: int = 10
    dial_server_keepalive: int = 7200  # negative: off
    connect_server_local_ip: str = ""
    proxy_url: str = field(default="", repr=False)  # may hold a password; completed from http_proxy, HTTP_PROXY
    pool_count: int = 1
    tcp_mux: bool = True
    tcp_mux_keepalive_interval: int = 30
    heartbeat_interval: int = 0  # completed: -1 with tcp_mux, 30 without; <= 0 then: no heartbeats
    heartbeat_timeout: int = 0  # completed: -1 with tcp_mux, 90 without; <= 0 then: never
    quic: QuicConfig = field(default_factory=QuicConfig)
    tls: ClientTlsConfig = field(default_factory=ClientTlsConfig)


@dataclass(slots=True, kw_only=True)
class VirtualNetConfig:
    """Address of the virtual network's device."""

    address: str = ""  # CIDR


@dataclass(slots=True, kw_only=True)
class StoreConfig:
    """File of the proxies and visitors that are managed through the admin interface."""

    path: str = ""  # relative to the folder of the configuration file


@dataclass(slots=True, kw_only=True)
class ClientConfig:
    """All of frpc.toml. Loading leaves in `proxies` and `visitors` what is to run, sorted by name."""

    version: str = ""  # accepted, without a meaning
    auth: ClientAuthConfig = field(default_factory=ClientAuthConfig)
    user: str = ""
    client_id: str = ""
    server_addr: str = "0.0.0.0"
    server_port: int = 7000
    nat_hole_stun_server: str = "stun.easyvoip.com:3478"
    dns_server: str = ""  # host[:port]; "": the system's
    login_fail_exit: bool = True
    start: list[str] = field(default_factory=list)  # names to run; empty: all
    log: LogConfig = field(default_factory=LogConfig)
    web_server: WebServerConfig = field(default_factory=WebServerConfig)
    transport: ClientTransportConfig = field(default_factory=ClientTransportConfig)
    virtual_net: VirtualNetConfig = field(default_factory=VirtualNetConfig)
    feature_gates: dict[str, bool] = field(default_factory=dict)
    udp_packet_size: int = 1500  # bytes
    metadatas: dict[str, str] = field(default_factory=dict, repr=False)  # may hold tokens for server plugins
    includes: list[str] = field(default_factory=list)  # path patterns
    store: StoreConfig = field(default_factory=StoreConfig)
    proxies: list[ProxyConfig] = field(default_factory=list)
    visitors: list[VisitorConfig] = field(default_factory=list)


def complete_client(config: ClientConfig, environ: Mapping[str, str] | None = None) -> None:
    """Fill in place what is empty, also in proxies and visitors. Idempotent; runs before validation.

    `environ` (os.environ when None) may name a proxy to frps: http_proxy, and unlike official frp also HTTP_PROXY.
    """
    environ = os.environ if environ is None else environ
    fill(config)
    transport = config.transport
    transport.heartbeat_interval = transport.heartbeat_interval or (-1 if transport.tcp_mux else 30)
    transport.heartbeat_timeout = transport.heartbeat_timeout or (-1 if transport.tcp_mux else 90)
    transport.proxy_url = transport.proxy_url or environ.get("http_proxy") or environ.get("HTTP_PROXY") or ""
    for part in (*config.proxies, *config.visitors):
        fill(part)


def default_client(environ: Mapping[str, str] | None = None) -> ClientConfig:
    """The configuration of frpc without file and flags."""
    config = ClientConfig()
    complete_client(config, environ)
    return config
