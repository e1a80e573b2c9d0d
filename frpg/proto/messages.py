"""The messages of frp, one frozen dataclass each. How they look as bytes: docs/protocol.md.

Field names are the names on the wire unless `metadata["wire"]` says otherwise. A field that is empty, 0, False or None
stays out of the JSON, as with Go's omitempty, unless `metadata["always"]` is set.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

Port: TypeAlias = Annotated[int, "u16"]  # 0 to 65535, else the message does not decode
IpText: TypeAlias = Annotated[str, "ip"]  # dotted quad or RFC 5952 text without zone; "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSpec:
    """Part of Login that only frps's own SSH gateway fills; from the network it is ignored."""

    type: str = ""
    always_auth_pass: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Client to server, the first message of a session."""

    version: str = ""
    hostname: str = ""
    os: str = ""  # Go's names: linux, darwin, windows
    arch: str = ""  # Go's names: amd64, arm64
    user: str = ""
    privilege_key: str = ""  # md5(token + str(timestamp)) in hex, or an OIDC token
    timestamp: int = 0  # Unix seconds
    run_id: str = ""  # 16 hex characters, kept over reconnects; "" asks the server for one
    client_id: str = ""
    metas: dict[str, str] = field(default_factory=dict)
    client_spec: ClientSpec = field(default_factory=ClientSpec, metadata={"always": True})
    pool_count: int = 0  # work connections the server keeps ready
    # Not in frp, which ignores it here and in LoginResp: the end of one direction of a work connection leaves the other
    # open. frp ends both at once, so its end of one is the end of all.
    half_close: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginResp:
    """Server to client, never encrypted; a non-empty error ends the session."""

    version: str = ""
    run_id: str = ""
    error: str = ""
    half_close: bool = False  # see Login


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProxy:
    """Client to server, control: register a proxy. Which fields count depends on proxy_type."""

    proxy_name: str = ""
    proxy_type: str = ""  # "" is tcp
    use_encryption: bool = False
    use_compression: bool = False
    bandwidth_limit: str = ""  # as typed in the configuration, such as 1MB
    bandwidth_limit_mode: str = ""  # "" is client
    group: str = ""
    group_key: str = ""
    metas: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    remote_port: int = 0  # tcp, udp; 0 asks the server to choose
    custom_domains: list[str] = field(default_factory=list)  # http, https, tcpmux
    subdomain: str = ""
    locations: list[str] = field(default_factory=list)  # http, from here to response_headers
    http_user: str = ""
    http_pwd: str = ""
    host_header_rewrite: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    route_by_http_user: str = ""
    sk: str = ""  # stcp, sudp, xtcp: the secret key
    allow_users: list[str] = field(default_factory=list)
    multiplexer: str = ""  # tcpmux: httpconnect
    # http, of frpg only (frp ignores it): v1 or v2 when the service reads a PROXY header from each connection, which
    # then must carry no other user's requests.
    proxy_protocol_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProxyResp:
    """Server to client, control: the answer to NewProxy."""

    proxy_name: str = ""
    remote_addr: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseProxy:
    """Client to server, control; it has no answer."""

    proxy_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorkConn:
    """Client to server, the first message of a work connection."""

    run_id: str = ""
    privilege_key: str = ""
    timestamp: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqWorkConn:
    """Server to client, control: open one more work connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWorkConn:
    """Server to client, work connection: it now carries this user connection."""

    proxy_name: str = ""
    src_addr: str = ""
    dst_addr: str = ""
    src_port: Port = 0
    dst_port: Port = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVisitorConn:
    """Client to server, the first message of a visitor connection."""

    run_id: str = ""
    proxy_name: str = ""
    sign_key: str = ""  # md5(secret key + str(timestamp)) in hex
    timestamp: int = 0
    use_encryption: bool = False
    use_compression: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVisitorConnResp:
    """Server to client, visitor connection."""

    proxy_name: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Client to server, control heartbeat; also keeps a UDP work connection alive."""

    privilege_key: str = ""
    timestamp: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong:
    """Server to client, the answer to Ping."""

    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpAddress:
    """A UDP endpoint; the zone (interface name or index) is never inside `ip`."""

    ip: IpText = field(default="", metadata={"wire": "IP", "always": True})
    port: Port = field(default=0, metadata={"wire": "Port", "always": True})
    zone: str = field(default="", metadata={"wire": "Zone", "always": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpPacket:
    """Both ways on a UDP work connection: one datagram and the user it came from or goes to."""

    content: bytes = field(default=b"", metadata={"wire": "c"})
    local_addr: UdpAddress | None = field(default=None, metadata={"wire": "l"})  # frp itself never fills it
    remote_addr: UdpAddress | None = field(default=None, metadata={"wire": "r"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NatHoleVisitor:
    """Client to server, control: a visitor wants to punch a hole."""

    transaction_id: str = ""
    proxy_name: str = ""
    pre_check: bool = False
    protocol: str = ""  # quic or kcp
    sign_key: str = ""
    timestamp: int = 0
    mapped_addrs: list[str] = field(default_factory=list)
    assisted_addrs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class NatHoleClient:
    """Client to server, control: the proxy's side of the hole."""

    transaction_id: str = ""
    proxy_name: str = ""
    sid: str = ""
    mapped_addrs: list[str] = field(default_factory=list)
    assisted_addrs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRange:
    """Ports `first` to `last`, inclusive."""

    first: int = field(default=0, metadata={"wire": "from"})
    last: int = field(default=0, metadata={"wire": "to"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectBehavior:
    """How one side shall punch."""

    role: str = ""
    mode: int = 0
    ttl: int = 0
    send_delay_ms: int = 0
    read_timeout: int = 0  # milliseconds
    candidate_ports: list[PortRange] = field(default_factory=list)
    send_random_ports: int = 0
    listen_random_ports: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NatHoleResp:
    """Server to both clients, control: whom to punch, and how."""

    transaction_id: str = ""
    sid: str = ""
    protocol: str = ""
    candidate_addrs: list[str] = field(default_factory=list)
    assisted_addrs: list[str] = field(default_factory=list)
    detect_behavior: DetectBehavior = field(default_factory=DetectBehavior, metadata={"always": True})
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NatHoleSid:
    """Server to client on an xtcp work connection; also the content of a punching datagram."""

    transaction_id: str = ""
    sid: str = ""
    response: bool = False
    nonce: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NatHoleReport:
    """Client to server, control: whether the hole came about."""

    sid: str = ""
    success: bool = False


Message: TypeAlias = (
    Login | LoginResp | NewProxy | NewProxyResp | CloseProxy | NewWorkConn | ReqWorkConn | StartWorkConn
    | NewVisitorConn | NewVisitorConnResp | Ping | Pong | UdpPacket
    | NatHoleVisitor | NatHoleClient | NatHoleResp | NatHoleSid | NatHoleReport
)  # fmt: skip

BY_TYPE_BYTE: dict[int, type[Message]] = {
    ord("o"): Login, ord("1"): LoginResp, ord("p"): NewProxy, ord("2"): NewProxyResp, ord("c"): CloseProxy,
    ord("w"): NewWorkConn, ord("r"): ReqWorkConn, ord("s"): StartWorkConn, ord("v"): NewVisitorConn,
    ord("3"): NewVisitorConnResp, ord("h"): Ping, ord("4"): Pong, ord("u"): UdpPacket, ord("i"): NatHoleVisitor,
    ord("n"): NatHoleClient, ord("m"): NatHoleResp, ord("5"): NatHoleSid, ord("6"): NatHoleReport,
}  # fmt: skip
TYPE_BYTES: dict[type[Message], int] = {cls: byte for byte, cls in BY_TYPE_BYTE.items()}

# v2 numbers the same messages from 1, in the same order.
BY_MESSAGE_ID: dict[int, type[Message]] = dict(enumerate(BY_TYPE_BYTE.values(), start=1))
MESSAGE_IDS: dict[type[Message], int] = {cls: number for number, cls in BY_MESSAGE_ID.items()}
