import logging
import socket
import ssl
from pathlib import Path

import pytest

from frpg.client.plugins import upstream as upstream_module
from frpg.client.plugins.upstream import Upstream
from frpg.logs import prefixed
from frpg.net.address import Endpoint
from frpg.net.tls import TlsStream, client_context
from tests.support.certificates import Authority
from tests.support.ports import free_port
from tests.support.services import Backlog, tcp_service

LOG = prefixed(logging.getLogger(__name__))


def resolve(host: str, port: int) -> list[Endpoint]:
    assert host == "service.test"
    return [(socket.AF_INET, ("127.0.0.1", port))]


def test_a_name_is_asked_of_the_resolver(local: Backlog) -> None:
    upstream = Upstream(("service.test", local.port), LOG, resolver=resolve)
    assert upstream.name == f"service.test:{local.port}"
    assert list(upstream.candidates()) == [upstream]
    stream = upstream.open()
    with local.accept() as served:
        stream.sendall(b"!")
        assert served.recv(1) == b"!"
    stream.close()


def test_a_service_that_is_not_there() -> None:
    with pytest.raises(OSError, match="connection refused"):
        Upstream(("127.0.0.1", free_port()), LOG).open()


def test_tls_that_nobody_has_signed(tmp_path: Path) -> None:
    pair = Authority(tmp_path, "ca").issue("service")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.cert, pair.key)
    context.set_alpn_protocols(["h2"])

    def echo(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.sendall(secure.recv(10))

    ours = client_context()
    ours.set_alpn_protocols(["h2"])
    with tcp_service(echo) as port:
        stream = Upstream(("localhost", port), LOG, tls=ours).open()
        assert isinstance(stream, TlsStream)
        assert stream.protocol == "h2"
        stream.sendall(b"hello")
        assert stream.recv_exact(5) == b"hello"
        stream.close()


def test_a_service_that_never_shakes_hands(local: Backlog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream_module, "DIAL_TIMEOUT", 0.1)
    with pytest.raises(TimeoutError, match="TLS handshake"):
        Upstream(("127.0.0.1", local.port), LOG, tls=client_context()).open()
    with local.accept() as served:
        while served.recv(4096):
            pass
