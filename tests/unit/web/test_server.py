"""The server below the site: requests, faults, and what its end leaves behind. On bare sockets."""

import logging
import socket
from typing import Any

import pytest

from frpg.net.failure import NetError
from frpg.web import server as module
from frpg.web.server import WebServer
from tests.support.waiting import eventually
from tests.unit.web.asking import read_all
from tests.unit.web.serving import GET, LAST, Application, connect, is_refused, talk


def test_one_connection_carries_many_requests(server: WebServer) -> None:
    answers = talk(server, GET * 3 + LAST)
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 4
    assert answers.endswith(b"/b")


@pytest.mark.parametrize("step", [1, 2, 7])
def test_requests_may_come_in_pieces(server: WebServer, step: int) -> None:
    with connect(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(LAST), step):
            connection.sendall(LAST[start : start + step])
        assert read_all(connection).endswith(b"/b")


def test_the_path_stays_encoded(server: WebServer, application: Application) -> None:
    talk(server, b"GET /a%2Fb%20c?q=%26 HTTP/1.0\r\n\r\n")
    (environ,) = application.environs
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/a%2Fb%20c", "q=%26")
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("target", "path"), [(b"http://x:7500/a?q", "/a"), (b"HTTPS://x", ""), (b"*", "*"), (b"/http://x/a", "/http://x/a")]
)
def test_a_target_may_name_the_host(server: WebServer, application: Application, target: bytes, path: str) -> None:
    talk(server, b"GET " + target + b" HTTP/1.0\r\n\r\n")
    assert [environ["PATH_INFO"] for environ in application.environs] == [path]


def test_a_fault_of_the_application_is_logged_and_answered(
    server: WebServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert talk(server, b"GET /broken HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 500 ")
    (record,) = (record for record in caplog.records if record.levelno >= logging.ERROR)
    assert record.exc_info
    assert "a fault" not in capfd.readouterr().err
    assert talk(server, LAST).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "begun", [b"", GET, b"GET / HTTP/1.1\r\nHo", b"POST /body HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"]
)
def test_close_ends_open_connections(server: WebServer, begun: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(begun)
        if begun is GET:
            assert connection.recv(65536).endswith(b"/a")
        eventually(lambda: server.connections == 1)
        server.close()
        server.close()
        try:
            assert connection.recv(65536) == b""
        except ConnectionResetError:  # what it sent was not read to the end
            assert begun
    assert is_refused(server)


def test_close_under_a_connection_that_nobody_has_looked_at(server: WebServer) -> None:
    with connect(server) as connection:
        server.close()
        with pytest.raises(ConnectionResetError):
            while connection.recv(1):
                pass
            raise ConnectionResetError  # a clean end is as good


def other(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"other"]


def test_another_application_has_the_next_request(server: WebServer) -> None:
    with connect(server) as connection:
        connection.sendall(GET)
        assert connection.recv(65536).endswith(b"/a")
        server.change(other, None)
        connection.sendall(LAST)
        assert read_all(connection).endswith(b"other")


@pytest.mark.parametrize(("successor", "answer"), [(None, b"/b"), (other, b"other")])
def test_a_server_that_retires_answers_once_more(server: WebServer, successor: Any, answer: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(GET)
        assert connection.recv(65536).endswith(b"/a")
        server.retire(successor)
        eventually(lambda: is_refused(server))
        connection.sendall(LAST)
        assert read_all(connection).endswith(answer)


def test_a_server_that_retires_ends_what_lingers(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAVE_SECONDS", 0.05)
    with connect(server) as connection:
        connection.sendall(GET)
        assert connection.recv(65536).endswith(b"/a")
        server.retire(None)
        assert connection.recv(65536) == b""


def test_a_server_never_started_frees_its_port() -> None:
    server = WebServer(("127.0.0.1", 0), Application())
    server.close()
    assert is_refused(server)


def test_a_port_that_is_taken(server: WebServer) -> None:
    with pytest.raises(NetError):
        WebServer(("127.0.0.1", server.port), Application())


def test_its_address_for_people(server: WebServer) -> None:
    assert server.url == f"http://127.0.0.1:{server.port}"
