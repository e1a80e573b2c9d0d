"""A web server that answers every request with the same bytes and keeps what it was asked."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gevent.server import StreamServer

from tests.support.certificates import Pair


def answer(status: int, body: str | bytes = b"", *headers: str) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    head = "\r\n".join([f"HTTP/1.1 {status} Some Reason", f"Content-Length: {len(data)}", *headers])
    return head.encode() + b"\r\n\r\n" + data


class _Server(StreamServer):
    """A client that does not like our certificate is no error of the server."""

    def wrap_socket_and_handle(self, client: Any, address: Any) -> Any:
        try:
            return super().wrap_socket_and_handle(client, address)
        except OSError:
            return client.close()


class Scripted:
    """`requests` are the heads that came; an answer of None never comes."""

    def __init__(self, reply: bytes | None, listen: str, pair: Pair | None) -> None:
        self.requests: list[str] = []
        self._reply = reply
        options: dict[str, Any] = {}
        if pair:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.cert, pair.key)
            options["ssl_context"] = context
        self.server = _Server((listen, 0), self._serve, **options)
        self.server.start()
        self.port = self.server.server_port

    def _serve(self, client: Any, _address: object) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(65536)
                if not data or data.startswith(b"\x16"):  # TLS to a server that has none
                    return
                head += data
            self.requests.append(head.decode())
            if self._reply is None:
                client.recv(1)  # until the other end has enough of it
            else:
                client.sendall(self._reply)

    @property
    def lines(self) -> list[str]:
        """Lines of the one request that came."""
        (head,) = self.requests
        return head.split("\r\n")


@contextmanager
def scripted(reply: bytes | None, *, listen: str = "127.0.0.1", pair: Pair | None = None) -> Iterator[Scripted]:
    server = Scripted(reply, listen, pair)
    try:
        yield server
    finally:
        server.server.stop(timeout=1)
