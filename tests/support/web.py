"""Web services that tests script byte for byte, published by name, and their visitors."""

import contextlib
import socket
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from gevent.event import Event
from gevent.queue import Queue

from tests.support.binaries import Ends
from tests.support.lab import Lab
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import TIMEOUT, connect
from tests.support.web_message import Message, Reader, Truncated

HOST = "a.test"


class Served:
    """One connection at a service; `ended` is set when its peer has ended or reset it."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = connection
        self.reader = Reader(connection)
        self.requests: list[Message] = []  # complete ones
        self.ended = Event()

    def request(self) -> Message:
        """The next request, complete. Raises ConnectionError at the peer's end."""
        self.requests.append(self.reader.message())
        return self.requests[-1]

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.sendall(piece)

    def wait_end(self) -> None:
        """Read until the peer's end."""
        with contextlib.suppress(ConnectionError):
            self.reader.rest()
        self.ended.set()


Answer = Callable[[Served], None]  # serves one connection; an end of the peer may leave it as a ConnectionError


class WebService:
    """A local service; it keeps what every connection sent."""

    def __init__(self, answer: Answer) -> None:
        self.port = 0
        self.connections: list[Served] = []
        self._answer = answer
        self._come: Queue[Served] = Queue()

    def serve(self, connection: socket.socket) -> None:
        served = Served(connection)
        self.connections.append(served)
        self._come.put(served)
        try:
            self._answer(served)
        except ConnectionError:
            served.ended.set()

    def next(self) -> Served:
        """The next connection, when it comes."""
        return self._come.get(timeout=TIMEOUT)

    @property
    def requests(self) -> list[Message]:
        """All complete ones, connection by connection."""
        return [request for served in self.connections for request in served.requests]

    @property
    def request(self) -> Message:
        """The only one there was."""
        (request,) = self.requests
        return request

    @property
    def raw(self) -> bytes:
        """All bytes, connection by connection."""
        return b"".join(bytes(served.reader.raw) for served in self.connections)


def response(body: bytes = b"hello", *fields: str, status: str = "200 OK") -> bytes:
    """An answer with a Content-Length."""
    return head(f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}") + body


def head(line: str, *fields: str) -> bytes:
    return "\r\n".join([line, *fields, "", ""]).encode("latin-1")


def request(line: str, *fields: str, host: str | None = HOST, body: bytes = b"") -> bytes:
    """With a Content-Length when there is a body."""
    hosts = [] if host is None else [f"Host: {host}"]
    lengths = [f"Content-Length: {len(body)}"] if body else []
    return head(line, *hosts, *fields, *lengths) + body


def get(path: str = "/", *fields: str, host: str = HOST) -> bytes:
    return request(f"GET {path} HTTP/1.1", *fields, host=host)


def chunked(pieces: Iterable[bytes], trailers: bytes = b"") -> bytes:
    """A body in these chunks."""
    chunks = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
    return b"".join([*chunks, b"0\r\n", trailers, b"\r\n"])


def answering(*answers: bytes) -> Answer:
    """The n-th request of a connection gets the n-th answer, and the last answer from then on."""

    def answer(served: Served) -> None:
        left = list(answers)
        while True:
            served.request()
            served.send(left.pop(0) if len(left) > 1 else left[0])

    return answer


def closing(content: bytes) -> Answer:
    """Each connection gets `content` once, then its end."""

    def answer(served: Served) -> None:
        served.request()
        served.send(content)

    return answer


def named(name: str) -> Answer:
    """Every answer is this name."""
    return answering(response(name.encode()))


class Visitor:
    """One connection, by default a new one to an http port; use as a context manager."""

    def __init__(self, where: int | socket.socket) -> None:
        self.connection = connect(where) if isinstance(where, int) else where
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.connection)

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.sendall(piece)

    def answer(self, *, has_body: bool = True) -> Message:
        """The next one, of any status."""
        return self.reader.message(has_body=has_body)

    def ask(self, content: bytes) -> Message:
        self.send(content)
        return self.answer(has_body=not content.startswith(b"HEAD "))

    def breaks_off(self) -> bool:
        """Whether the next answer is not complete, as a visitor can tell."""
        try:
            self.answer()
        except (Truncated, ConnectionError):
            return True
        return False


class Web:
    """A server with an http port at `port`."""

    def __init__(self, lab: Lab, options: dict[str, Any] | None = None) -> None:
        self.lab = lab
        self.port = free_port()
        self.server: Program = lab.frps({"vhostHTTPPort": self.port, **(options or {})})
        self._count = 0

    def service(self, answer: Answer) -> WebService:
        service = WebService(answer)
        service.port = self.lab.service(service.serve)
        return service

    def proxy(self, service: WebService | int, **options: Any) -> dict[str, Any]:
        """Options of a proxy for `HOST`, unless they say otherwise."""
        self._count += 1
        port = service if isinstance(service, int) else service.port
        settled = {"name": f"web{self._count}", "type": "http", "localPort": port, **options}
        return settled if "customDomains" in options or "subdomain" in options else settled | {"customDomains": [HOST]}

    def client(self, *proxies: dict[str, Any]) -> Program:
        """One client with these proxies, running."""
        return self.lab.frpc(self.server.port, proxies)

    def publish(self, answer: Answer = answering(response()), **options: Any) -> WebService:  # noqa: B008
        """A service behind a client of its own."""
        service = self.service(answer)
        self.client(self.proxy(service, **options))
        return service

    def visitor(self) -> Visitor:
        return Visitor(self.port)

    def ask(self, content: bytes) -> Message:
        """Come, ask, leave."""
        with self.visitor() as visitor:
            return visitor.ask(content)

    def body(self, content: bytes) -> str:
        """What a visitor reads, who has to get status 200."""
        answer = self.ask(content)
        assert answer.status == 200, answer
        return answer.body.decode()


def needs_our_frps(ends: Ends) -> None:
    """Skip a test of what official frps does not promise; the client may be any."""
    if ends.frps.is_official:
        pytest.skip("goes beyond official frps")
