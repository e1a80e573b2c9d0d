"""The server with TLS: handshakes that fail or stall, a new certificate."""

import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frpg.errors import ConfigError
from frpg.net.tls import load_pair
from frpg.web import server as module
from frpg.web.server import WebServer, tls_context
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.waiting import eventually
from tests.unit.web.asking import TIMEOUT, read_all

LAST = b"GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.url_scheme"].encode()]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "web")


@pytest.fixture
def server(authority: Authority) -> Iterator[WebServer]:
    pair = authority.issue("first")
    server = WebServer(("127.0.0.1", 0), application, tls=tls_context(pair.cert, pair.key))
    server.start()
    yield server
    server.close()


def connect(server: WebServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), TIMEOUT)


def secure(server: WebServer, authority: Authority) -> ssl.SSLSocket:
    return ssl.create_default_context(cafile=authority.file).wrap_socket(connect(server), server_hostname=SERVER_NAME)


def subject(connection: ssl.SSLSocket) -> str:
    certificate = connection.getpeercert()
    assert certificate is not None
    return str(certificate["subject"][0][0][1])


def test_requests(server: WebServer, authority: Authority) -> None:
    with secure(server, authority) as connection:
        connection.sendall(LAST)
        assert read_all(connection).endswith(b"\r\n\r\nhttps")
    assert server.url == f"https://127.0.0.1:{server.port}"


def test_a_certificate_can_change_under_way(server: WebServer, authority: Authority) -> None:
    pair = authority.issue("second")
    with secure(server, authority) as old:
        assert server.tls is not None
        load_pair(server.tls, pair.cert, pair.key)
        with secure(server, authority) as new:
            assert (subject(old), subject(new)) == ("first", "second")
        old.sendall(LAST)
        assert read_all(old).endswith(b"https")


def test_a_change_of_certificate_is_for_new_connections(server: WebServer, authority: Authority) -> None:
    pair = authority.issue("second")
    with secure(server, authority) as old:
        server.change(application, tls_context(pair.cert, pair.key))
        with secure(server, authority) as new:
            assert (subject(old), subject(new)) == ("first", "second")
        server.change(application, None)  # it cannot go without
        with secure(server, authority) as new:
            assert subject(new) == "second"
        old.sendall(LAST)
        assert read_all(old).endswith(b"https")


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02\x00\x01"])
def test_a_handshake_that_stalls_is_dropped(
    server: WebServer, said: bytes, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "HEAD_SECONDS", 0.05)
    with connect(server) as connection:
        connection.sendall(said)
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:
            assert said
    eventually(lambda: server.connections == 0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("said", [LAST, b"\x16\x03\x01\x00\x04\xff\0\0\0", b"\0" * 1000])
def test_a_handshake_that_is_none(
    server: WebServer,
    authority: Authority,
    said: bytes,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with connect(server) as connection:
        connection.sendall(said)
        with contextlib.suppress(ConnectionResetError):
            assert b"200" not in read_all(connection)
    eventually(lambda: server.connections == 0)
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []
    test_requests(server, authority)


def test_a_slow_handshake_keeps_nobody_waiting(server: WebServer, authority: Authority) -> None:
    with connect(server) as slow:
        slow.sendall(b"\x16\x03\x01")
        test_requests(server, authority)


def test_who_leaves_without_a_word_is_no_news(
    server: WebServer, authority: Authority, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    connection = secure(server, authority)
    connection.sendall(b"GET / HTTP/1.1\r\n")
    connection.close()
    eventually(lambda: server.connections == 0)
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


@pytest.mark.parametrize("is_greeted", [True, False])
def test_close_under_a_connection(server: WebServer, authority: Authority, is_greeted: bool) -> None:
    connection = secure(server, authority) if is_greeted else connect(server)
    with connection:
        eventually(lambda: server.connections == 1)
        server.close()
        assert connection.recv(1) == b""


def test_a_certificate_that_is_none(tmp_path: Path, authority: Authority) -> None:
    pair = authority.issue("good")
    with pytest.raises(FileNotFoundError):
        tls_context(str(tmp_path / "missing.crt"), pair.key)
    with pytest.raises(ConfigError):
        tls_context(pair.key, pair.key)
