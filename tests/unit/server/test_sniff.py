"""Whom a connection is for, by its first bytes."""

import pytest

from frpg.config.server import ServerConfig, complete_server
from frpg.server.sniff import Sniffer, Target


def sniffer(**options: object) -> Sniffer:
    config = ServerConfig(**options)  # type: ignore[arg-type]
    complete_server(config)
    return Sniffer(config)


PLAIN = {
    "yamux": b"\0\1\0\1\0\0\0\1\0\x5c",
    "v1 login": b"o\0\0\0\0\0\0\0\x80{",
    "v2 magic": b"FRP\0\2\r\n\0\1\0",
    "unknown HTTP method": b"PROPFIND / ",
}


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("name", PLAIN)
def test_frp_itself(name: str, shared: bool) -> None:
    ports = {"vhost_http_port": 7000, "vhost_https_port": 7000} if shared else {}
    assert sniffer(**ports).target(PLAIN[name]) is Target.PLAIN


@pytest.mark.parametrize("first", [b"\x17\x16\x03\x01\x02\0\1\0\1\xfc", b"\x16\x03\x01\x02\0\1\0\1\xfc\x03"])
def test_tls(first: bytes) -> None:
    assert sniffer().target(first) is Target.TLS


def test_shared_https_port_gets_all_but_the_custom_byte() -> None:
    shared = sniffer(vhost_https_port=7000)
    assert shared.target(b"\x16\x03\x01\x02\0\1\0\1\xfc\x03") is Target.HTTPS_VHOST
    assert shared.target(b"\x17\x16\x03\x01\x02\0\1\0\1\xfc") is Target.TLS


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI"]
)
def test_shared_http_port(method: str) -> None:
    first = f"{method} / HTTP/1.1\r\n".encode()
    assert sniffer(vhost_http_port=7000).target(first) is Target.HTTP_VHOST
    assert sniffer(vhost_http_port=8080).target(first) is Target.PLAIN


def test_other_address_is_not_shared() -> None:
    other = sniffer(vhost_http_port=7000, vhost_https_port=7000, proxy_bind_addr="127.0.0.2")
    assert other.target(b"GET / HTTP/") is Target.PLAIN
    assert other.target(b"\x16\x03\x01\x02\0\1\0\1\xfc\x03") is Target.TLS


def test_websocket_wins() -> None:
    assert sniffer(vhost_http_port=7000).target(b"GET /~!frp HTTP/1.1") is Target.WEBSOCKET
