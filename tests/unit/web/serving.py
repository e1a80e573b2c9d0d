"""A web server over a bare WSGI application, and bytes to and from it."""

import socket
from typing import Any

from frpg.web.server import WebServer
from tests.unit.web.asking import TIMEOUT, read_all

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Application:
    """Answers with the path, and remembers what it was asked."""

    def __init__(self) -> None:
        self.environs: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.environs.append(environ)
        if environ["PATH_INFO"] == "/body":
            size = len(environ["wsgi.input"].read())
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"%d" % size]
        if environ["PATH_INFO"] == "/big":
            start_response("200 OK", [])
            return [b"x" * 65536] * 512
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError("a fault")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode("latin-1")]


def connect(server: WebServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), TIMEOUT)


def talk(server: WebServer, data: bytes) -> bytes:
    """All that comes back for `data`; this side says no more."""
    with connect(server) as connection:
        connection.sendall(data)
        return read_all(connection)


def is_refused(server: WebServer) -> bool:
    try:
        connect(server).close()
    except ConnectionRefusedError:
        return True
    return False
