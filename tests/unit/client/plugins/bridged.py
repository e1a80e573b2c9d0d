"""A bridge of any type, with its local service played by the test."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator

import gevent

from frpg.config.plugins import (
    BridgePlugin,
    Http2HttpPlugin,
    Http2HttpsPlugin,
    Https2HttpPlugin,
    Https2HttpsPlugin,
)
from tests.support.certificates import Pair
from tests.support.services import tcp_service
from tests.support.web import Answer, Visitor, WebService
from tests.unit.client.plugins.conftest import Plug
from tests.unit.client.plugins.plugged import Plugged

TYPES: dict[str, type[BridgePlugin]] = {
    "http2http": Http2HttpPlugin,
    "http2https": Http2HttpsPlugin,
    "https2http": Https2HttpPlugin,
    "https2https": Https2HttpsPlugin,
}


class TlsService(WebService):
    """Counts the names that it was asked for."""

    def __init__(self, answer: Answer, pair: Pair) -> None:
        super().__init__(answer)
        self.names: list[str | None] = []
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(pair.cert, pair.key)
        self._context.sni_callback = lambda _socket, name, _context: self.names.append(name)

    def serve(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as secure:
            super().serve(secure)


class Bridged:
    """The plugin and its local service."""

    def __init__(self, plug: Plug, kind: str, service: WebService, port: int, host: str, **options: object) -> None:
        self.kind = kind
        self.service = service
        self.users_tls = kind.startswith("https")
        self.bench: Plugged = plug(TYPES[kind](local_addr=f"{host}:{port}", **options))  # type: ignore[arg-type]

    def visitor(self) -> Visitor:
        return self.bench.tls_visitor() if self.users_tls else self.bench.visitor()

    def settle(self) -> None:
        """Let go of the service: what is idle is closed."""
        self.bench.plugin.close()
        gevent.sleep(0)


@contextlib.contextmanager
def service_of(kind: str, answer: Answer, pair: Pair) -> Iterator[WebService]:
    service = TlsService(answer, pair) if kind.endswith("2https") else WebService(answer)
    with tcp_service(service.serve) as service.port:
        yield service
