"""A web service with llhttp for a parser, in its strict mode: an independent witness of what services see."""

import contextlib
import socket
from dataclasses import dataclass, field

import httptools

from tests.support.waiting import eventually


@dataclass
class Seen:
    """One request as llhttp reads it; `is_whole` once its end has come."""

    site: str
    method: str = ""
    target: bytes = b""
    fields: list[tuple[str, bytes]] = field(default_factory=list)  # names in lower case
    body: bytes = b""
    trailers: list[tuple[str, bytes]] = field(default_factory=list)
    is_whole: bool = False

    def values(self, name: str) -> list[bytes]:
        return [value for other, value in self.fields if other == name]


class Judge:
    """Serves as `site`; keeps all that it sees until `take`. Every complete request is answered with its target."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.seen: list[Seen] = []
        self.faults: list[str] = []
        self._connections: set[socket.socket] = set()

    def take(self) -> list[Seen]:
        """What was seen since the last call, complete or not. AssertionError when something was not HTTP."""
        seen, faults = list(self.seen), list(self.faults)
        self.seen.clear()
        self.faults.clear()
        assert not faults, f"[{self.site}] was sent what is no HTTP, {len(faults)} times: {faults[:1]}"
        return seen

    def hang_up(self) -> None:
        """End all connections, and wait until their peers have ended them too; forget what was seen."""
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        eventually(lambda: not self._connections, what="a server keeps what its service has ended")
        self.seen.clear()
        self.faults.clear()

    def serve(self, connection: socket.socket) -> None:
        self._connections.add(connection)
        try:
            self._hear(connection)
        finally:
            self._connections.discard(connection)

    def _hear(self, connection: socket.socket) -> None:
        hearing = Hearing(self)
        with contextlib.suppress(ConnectionError):
            while data := connection.recv(262_144):
                try:
                    answers = hearing.hear(data)
                except httptools.HttpParserError as error:
                    self.faults.append(f"{type(error).__name__} {error}: {data[-300:]!r}")
                    return
                connection.sendall(answers)


class Hearing:
    """The parser's callbacks, of one connection."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._current = Seen(judge.site)
        self._has_head = False
        self._answers = b""
        self._parser = httptools.HttpRequestParser(self)

    def hear(self, data: bytes) -> bytes:
        """The answers to what `data` completes. Raises HttpParserError."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:  # which we turn down: HTTP goes on
            self._parser = httptools.HttpRequestParser(self)
            if rest := data[upgrade.args[0] :]:
                return self.hear(rest)
        answers, self._answers = self._answers, b""
        return answers

    def on_message_begin(self) -> None:
        self._current, self._has_head = Seen(self._judge.site), False
        self._judge.seen.append(self._current)

    def on_url(self, url: bytes) -> None:
        self._current.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        place = self._current.trailers if self._has_head else self._current.fields
        place.append((name.decode("latin-1").lower(), value))

    def on_headers_complete(self) -> None:
        self._has_head = True
        self._current.method = self._parser.get_method().decode()

    def on_body(self, body: bytes) -> None:
        self._current.body += body

    def on_message_complete(self) -> None:
        self._current.is_whole = True
        content = b"" if self._current.method == "HEAD" else self._current.target
        self._answers += b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(self._current.target), content)
