"""Whom a connection on `bindPort` wants, told by its first bytes."""

from __future__ import annotations

from enum import Enum

from frpg.config.server import ServerConfig

SIZE = 10  # bytes that decide; every legal opening is longer
TLS_BYTE = 0x16  # a TLS record
CUSTOM_TLS_BYTE = 0x17  # sent by frpc before its TLS, so that the port can be shared with HTTPS

_WEBSOCKET = b"GET /~!frp"
_HTTP_METHODS = (b"GET", b"HEA", b"POS", b"PUT", b"DEL", b"CON", b"OPT", b"TRA", b"PAT", b"PRI")


class Target(Enum):
    """Who handles a connection."""

    WEBSOCKET = "WebSocket transport"
    HTTPS_VHOST = "HTTPS vhost"
    HTTP_VHOST = "HTTP vhost"
    TLS = "frp over TLS"
    PLAIN = "frp"


def shares_bind_port(config: ServerConfig, port: int) -> bool:
    """Whether `port`, of the web, is the clients' port too."""
    return port == config.bind_port and config.proxy_bind_addr == config.bind_addr


class Sniffer:
    """The routing table of one server's port; first match wins. Source: wire spec 1.3, server spec 1.2."""

    def __init__(self, config: ServerConfig) -> None:
        self._https_shared = shares_bind_port(config, config.vhost_https_port)
        self._http_shared = shares_bind_port(config, config.vhost_http_port)

    @property
    def is_shared(self) -> bool:
        """Whether visitors of the web come to the same port."""
        return self._http_shared or self._https_shared

    def target(self, first: bytes) -> Target:
        """`first` is at least SIZE bytes."""
        if first[:SIZE] == _WEBSOCKET:
            return Target.WEBSOCKET
        if self._https_shared and first[0] == TLS_BYTE:
            return Target.HTTPS_VHOST
        if self._http_shared and first[:3] in _HTTP_METHODS:
            return Target.HTTP_VHOST
        if first[0] in (TLS_BYTE, CUSTOM_TLS_BYTE):
            return Target.TLS
        return Target.PLAIN
