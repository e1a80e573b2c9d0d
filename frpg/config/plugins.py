"""Options of the plugins that frpc runs: in place of a proxy's backend, and in a visitor."""

from __future__ import annotations

from dataclasses import dataclass, field

from frpg.config.common import HeaderOperations


@dataclass(slots=True, kw_only=True)
class ClientPlugin:
    """Answers the work connections of one proxy."""

    type: str = ""


@dataclass(slots=True, kw_only=True)
class UnixDomainSocketPlugin(ClientPlugin):
    """A Unix socket as the backend."""

    type: str = "unix_domain_socket"
    unix_path: str = ""


@dataclass(slots=True, kw_only=True)
class HttpProxyPlugin(ClientPlugin):
    """A forward HTTP proxy, with CONNECT."""

    type: str = "http_proxy"
    http_user: str = ""
    http_password: str = field(default="", repr=False)


@dataclass(slots=True, kw_only=True)
class Socks5Plugin(ClientPlugin):
    """A SOCKS5 server."""

    type: str = "socks5"
    username: str = ""
    password: str = field(default="", repr=False)
    # Beyond frp: where datagrams of UDP ASSOCIATE arrive. Empty: at 127.0.0.1, for users of this machine only.
    udp_bind_addr: str = ""
    udp_port: int = 0  # one for all associations, such as a udp proxy's localPort; 0: a free one for each
    udp_advertise: str = ""  # host:port that clients are told in place of those


@dataclass(slots=True, kw_only=True)
class StaticFilePlugin(ClientPlugin):
    """Serves the files of a folder."""

    type: str = "static_file"
    local_path: str = ""
    strip_prefix: str = ""
    http_user: str = ""
    http_password: str = field(default="", repr=False)


@dataclass(slots=True, kw_only=True)
class BridgePlugin(ClientPlugin):
    """What the plugins between HTTP and HTTPS have."""

    local_addr: str = ""  # host:port of the backend
    host_header_rewrite: str = ""
    request_headers: HeaderOperations = field(default_factory=HeaderOperations)


@dataclass(slots=True, kw_only=True)
class Http2HttpsPlugin(BridgePlugin):
    """Users speak HTTP, the backend HTTPS (its certificate is not verified)."""

    type: str = "http2https"


@dataclass(slots=True, kw_only=True)
class Http2HttpPlugin(BridgePlugin):
    """Users and backend speak HTTP."""

    type: str = "http2http"


@dataclass(slots=True, kw_only=True)
class Https2HttpPlugin(BridgePlugin):
    """Users speak HTTPS, the backend HTTP."""

    type: str = "https2http"
    crt_path: str = ""  # without certificate and key a self-signed one is made at start
    key_path: str = ""
    enable_http2: bool = True


@dataclass(slots=True, kw_only=True)
class Https2HttpsPlugin(BridgePlugin):
    """Users and backend speak HTTPS (the backend's certificate is not verified)."""

    type: str = "https2https"
    crt_path: str = ""
    key_path: str = ""
    enable_http2: bool = True


@dataclass(slots=True, kw_only=True)
class Tls2RawPlugin(ClientPlugin):
    """Ends TLS and passes plain TCP on."""

    type: str = "tls2raw"
    local_addr: str = ""
    crt_path: str = ""
    key_path: str = ""


@dataclass(slots=True, kw_only=True)
class VirtualNetPlugin(ClientPlugin):
    """The virtual network as the backend."""

    type: str = "virtual_net"


@dataclass(slots=True, kw_only=True)
class VisitorPlugin:
    """Brings a visitor its connections."""

    type: str = ""


@dataclass(slots=True, kw_only=True)
class VirtualNetVisitorPlugin(VisitorPlugin):
    """Connections to an address of the virtual network."""

    type: str = "virtual_net"
    destination_ip: str = ""


CLIENT_PLUGINS: dict[str, type[ClientPlugin]] = {
    "unix_domain_socket": UnixDomainSocketPlugin,
    "http_proxy": HttpProxyPlugin,
    "socks5": Socks5Plugin,
    "static_file": StaticFilePlugin,
    "http2http": Http2HttpPlugin,
    "http2https": Http2HttpsPlugin,
    "https2http": Https2HttpPlugin,
    "https2https": Https2HttpsPlugin,
    "tls2raw": Tls2RawPlugin,
    "virtual_net": VirtualNetPlugin,
}

VISITOR_PLUGINS: dict[str, type[VisitorPlugin]] = {"virtual_net": VirtualNetVisitorPlugin}
