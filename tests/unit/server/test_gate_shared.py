"""The clients' port shared with the web: each connection goes where its first bytes say."""

import gevent
import pytest

from frpg.net.dial import dial
from frpg.net.messages import MessageStream
from frpg.net.tls import client_context, tls_client
from frpg.proto.framing import V1Framing
from frpg.proto.messages import Login, LoginResp
from frpg.proto.proxy_protocol import header
from frpg.proto.sni import UNRECOGNIZED_NAME
from tests.support.users import connect, receive_all, tcp_echoes
from tests.support.waiting import eventually
from tests.unit.proto.test_sni import message, names, records
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer

PATIENCE = 8.0  # seconds; less than the gate's deadlines
SHARED = {"vhost_http_port": 7000, "vhost_https_port": 7000}  # the port that the configuration names


def test_web_visitors_on_the_clients_port(serve: StartServer) -> None:
    server = serve(**SHARED)
    with Peer(server) as peer:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT"):
            with connect(server.bind_port) as visitor:
                visitor.sendall(f"{method} nowhere:80 HTTP/1.1\r\nConnection: close\r\n".encode())
                gevent.sleep(0)
                visitor.sendall(b"\r\n")
                assert receive_all(visitor).startswith(b"HTTP/1.1 404 " if method == "CONNECT" else b"HTTP/1.1 400 ")
        with connect(server.bind_port) as visitor:
            visitor.sendall(records(message(names((0, b"no.test")))))
            assert receive_all(visitor) == UNRECOGNIZED_NAME
        assert tcp_echoes(peer.publish())
    eventually(lambda: server.strangers == 0)


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_web_visitors_however_their_bytes_are_cut(serve: StartServer, step: int) -> None:
    server = serve(**SHARED)
    request = b"GET / HTTP/1.1\r\nHost: no.test\r\nConnection: close\r\n\r\n"
    with connect(server.bind_port) as visitor:
        for start in range(0, len(request), step):
            visitor.sendall(request[start : start + step])
            gevent.sleep(0)
        assert receive_all(visitor).startswith(b"HTTP/1.1 404 ")


def test_clients_share_the_port_with_the_web(serve: StartServer) -> None:
    server = serve(transport__tcp_mux=False, **SHARED)
    for version in (1, 2):
        with Peer(server, version=version) as peer:
            assert tcp_echoes(peer.publish())
    raw = dial("127.0.0.1", server.bind_port)
    raw.sendall(b"\x17")  # or its TLS would be taken for a visitor's
    stream = tls_client(raw, client_context(), "")
    stream.sendall(V1Framing().encode(Login()))
    assert isinstance(MessageStream(stream, V1Framing()).receive(PATIENCE), LoginResp)
    stream.close()


@pytest.mark.parametrize("words", [b"", b"GET / HT", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\0\1\0\1\xfc\x03"])
def test_close_ends_web_visitors(serve: StartServer, words: bytes) -> None:
    server = serve(**SHARED)
    with connect(server.bind_port) as visitor:
        visitor.sendall(words)
        with connect(server.bind_port) as later:
            later.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            receive_all(later)
        server.close()
        visitor.settimeout(PATIENCE)
        receive_all(visitor)
    assert server.strangers == 0


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_trusted_headers_on_the_clients_port(serve: StartServer, version: str) -> None:
    server = serve(vhost_trusted_proxies=["127.0.0.1"], **SHARED)
    with connect(server.bind_port) as proxy:
        proxy.sendall(header(version, ("203.0.113.7", 1), ("198.51.100.1", 80)))
        proxy.sendall(b"GET / HTTP/1.1\r\nHost: no.test\r\nConnection: close\r\n\r\n")
        assert receive_all(proxy).startswith(b"HTTP/1.1 404 ")
