"""https proxies: TLS from the visitor to the service, untouched."""

import ssl
from pathlib import Path

import gevent

from frpg.net.stream import Stream
from tests.support.users import connect
from tests.unit.proto.test_sni import real_hello
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer, echo


def test_the_whole_way(serve: StartServer) -> None:
    server = serve(vhost_https_port=7000)
    with Peer(server, service=echo) as peer:
        assert peer.new_proxy("p", "https", custom_domains=["*.a.test"]).remote_addr == "*.a.test:7000"
        hello = real_hello("www.A.test")
        with connect(server.bind_port) as user:
            user.sendall(hello + b"more")
            got = b""
            while len(got) < len(hello) + 4:
                got += user.recv(65536)
            assert got == hello + b"more"
            start = peer.started[0]
            assert (start.src_addr, start.src_port) == user.getsockname()
            assert (start.dst_addr, start.dst_port) == user.getpeername()


def test_no_port(serve: StartServer) -> None:
    with Peer(serve()) as peer:
        text = "type [https] not supported when vhost https port is not set"
        assert peer.new_proxy("p", "https", custom_domains=["a.test"]).error == text


def test_a_real_handshake(serve: StartServer, tmp_path: Path) -> None:
    from frpg.net.tls import server_context, tls_server

    own = server_context("", "", "")

    def service(stream: Stream) -> None:
        tls = tls_server(stream, own, timeout=10)
        tls.sendall(tls.recv()[::-1])
        tls.finish()

    server = serve(vhost_https_port=7000)
    with Peer(server, service=service) as peer:
        peer.new_proxy("p", "https", custom_domains=["a.test"])
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with connect(server.bind_port) as raw, context.wrap_socket(raw, server_hostname="a.test") as user:
            user.sendall(b"hello")
            with gevent.Timeout(10):
                assert user.recv(100) == b"olleh"
