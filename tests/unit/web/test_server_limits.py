"""The server's deadlines and bounds, and visitors that make no sense. On bare sockets."""

import logging
import socket

import gevent
import pytest

from frpg.web import server as module
from frpg.web.server import MAX_HEAD, WebServer
from tests.support.waiting import eventually
from tests.unit.web.asking import TIMEOUT, read_all
from tests.unit.web.serving import GET, LAST, Application, connect, talk


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1 more\r\nHost: x\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: x\r\n\r\n",
        b"GET / HTTP/x\r\nHost: x\r\n\r\n",
        b"GET / FTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n",
        b"\0" * 100 + b"\n",
    ],
)
def test_what_is_no_request(
    server: WebServer, application: Application, request_: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    assert talk(server, request_).startswith(b"HTTP/1.1 400 ")
    assert application.environs == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * (MAX_HEAD + 1) + b"\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * (MAX_HEAD // 6 + 1) + b"\r\n", b"400"),
    ],
)
def test_a_head_has_a_bound(server: WebServer, application: Application, lines: bytes, status: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(lines)
        assert connection.recv(65536).startswith(b"HTTP/1.1 " + status)
    assert application.environs == []


def test_a_head_up_to_the_bound_passes(server: WebServer) -> None:
    head = b"GET /a HTTP/1.1\r\nConnection: close\r\nA: " + b"a" * (MAX_HEAD - 100) + b"\r\n\r\n"
    assert talk(server, head).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET /a HTTP/1.1\r\n\r\n", b"GET /a HTTP/1.1\r\n\r\nG"])
def test_who_says_nothing_is_let_go(
    server: WebServer, begun: bytes, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # The next request of who was welcome has more time than the first.
    other, own = ("HEAD_SECONDS", "IDLE_SECONDS") if b"/a" in begun else ("IDLE_SECONDS", "HEAD_SECONDS")
    monkeypatch.setattr(module, own, 0.05)
    monkeypatch.setattr(module, other, 600.0)
    assert talk(server, begun).startswith(b"HTTP/1.1 200 " if b"/a" in begun else b"")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nA"])
def test_a_head_that_stalls_is_dropped(
    server: WebServer,
    application: Application,
    begun: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(module, "HEAD_SECONDS", 0.05)
    assert talk(server, begun) == b""
    assert application.environs == []
    assert capfd.readouterr() == ("", "")


def test_a_body_that_stalls_is_dropped(
    server: WebServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "RESPONSE_SECONDS", 0.05)
    talk(server, b"POST /body HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
    assert capfd.readouterr() == ("", "")


def test_an_answer_that_nobody_reads_is_dropped(
    server: WebServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "RESPONSE_SECONDS", 0.05)
    with connect(server) as connection:
        connection.sendall(b"GET /big HTTP/1.0\r\n\r\n")
        eventually(lambda: server.connections == 0)
        assert len(read_all(connection)) < 512 * 65536
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HTTP/1.1\r\nHo", b"POST /body HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"]
)
def test_who_leaves_midway_is_no_news(
    server: WebServer, begun: bytes, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with connect(server) as connection:
        connection.sendall(begun)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # leaves with a reset
    eventually(lambda: server.connections == 0)
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


def test_there_is_a_bound_on_connections(monkeypatch: pytest.MonkeyPatch, application: Application) -> None:
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 3)
    server = WebServer(("127.0.0.1", 0), application)
    server.start()
    try:
        early = [connect(server) for _ in range(3)]
        for connection in early:
            connection.sendall(GET)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        with connect(server) as late:
            late.sendall(LAST)
            late.settimeout(0.05)
            with pytest.raises(TimeoutError):
                late.recv(1)
            for connection in early:
                connection.close()
            late.settimeout(TIMEOUT)
            assert read_all(late).startswith(b"HTTP/1.1 200 ")
    finally:
        server.close()


def test_many_connections_at_a_time(server: WebServer) -> None:
    connections = [connect(server) for _ in range(200)]
    for connection in connections:
        connection.sendall(LAST)
    assert all(read_all(connection).endswith(b"/b") for connection in connections)
    for connection in connections:
        connection.close()


def test_a_slow_visitor_keeps_nobody_waiting(server: WebServer) -> None:
    with connect(server) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        gevent.idle()
        assert talk(server, LAST).endswith(b"/b")
