"""Talking to a web server under test: one request with http.client, or bytes as they are."""

import base64
import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from frpg.web.access import Access
from frpg.web.server import WebServer
from frpg.web.site import Site

USER, PASSWORD = "operator", "s3cret: ü"
TIMEOUT = 5.0
Refusal = tuple[tuple[str, int], str]


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def basic(user: str = USER, password: str = PASSWORD) -> dict[str, str]:
    """The header of who knows the password."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Web:
    """A site and its server; both end with the test."""

    def __init__(self, pages: Path, *, user: str = USER, password: str = PASSWORD, assets_dir: str = "") -> None:
        self.refusals: list[Refusal] = []
        self.access = Access(user, password, self._refuse, frozenset({"/api/reload"}))
        self.site = Site(self.access, pages, assets_dir=assets_dir, quiet=("/api/live",))
        self._server: WebServer | None = None

    def _refuse(self, who: tuple[str, int], why: str) -> None:
        self.refusals.append((who, why))

    @property
    def server(self) -> WebServer:
        """Started when it is needed first: routes come before."""
        if self._server is None:
            self._server = WebServer(("127.0.0.1", 0), self.site.app)
            self._server.start()
        return self._server

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
        """The answer to one request on a connection of its own; the path goes out as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=TIMEOUT)
        try:
            connection.putrequest(method, path, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """With the password; `Sec_Fetch_Site="x"` becomes the header Sec-Fetch-Site."""
        return self.ask("GET", path, basic() | {name.replace("_", "-"): value for name, value in headers.items()})

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), TIMEOUT)

    def raw(self, request: bytes) -> bytes:
        """All that comes back for these bytes until the server closes."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


MakeWeb = Callable[..., Web]
