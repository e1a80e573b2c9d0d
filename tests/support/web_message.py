"""HTTP/1 messages as tests see them, requests and answers alike: read as framed, kept byte for byte."""

import socket
from dataclasses import dataclass, field

EMPTY_LINE = b"\r\n\r\n"


class Truncated(ConnectionError):
    """The peer ended the connection in the middle of a message; has what came of it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(f"ended after {data[-200:]!r}")
        self.data = data


@dataclass(frozen=True)
class Message:
    """One request or one answer."""

    head: bytes  # with its empty line
    body: bytes = b""  # without the framing of chunks
    trailers: bytes = b""  # lines, each with its CRLF
    chunks: list[int] = field(default_factory=list)  # sizes, when it was sent in chunks

    @property
    def line(self) -> bytes:
        return self.head.partition(b"\r\n")[0]

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.line.split(b" ")[1])

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """(name, value) as they came."""
        lines = self.head[: -len(EMPTY_LINE)].split(b"\r\n")[1:]
        return [(name, value.removeprefix(b" ")) for name, _, value in (line.partition(b":") for line in lines)]

    def values(self, name: str) -> list[bytes]:
        """Of all fields with this name, in any case."""
        return [value for other, value in self.fields if other.lower() == name.lower().encode()]

    def has_token(self, name: str, token: bytes) -> bool:
        return token in [part.strip().lower() for value in self.values(name) for part in value.split(b",")]


class Reader:
    """Reads one side of a connection, which it does not own; `raw` is all that has come."""

    def __init__(self, connection: socket.socket) -> None:
        self.raw = bytearray()
        self._connection = connection
        self._used = 0

    @property
    def ahead(self) -> bytes:
        """What has come and was not asked for yet."""
        return bytes(self.raw[self._used :])

    def _more(self) -> bool:
        data = self._connection.recv(262_144)
        self.raw += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        self._used += size
        return bytes(self.raw[self._used - size : self._used])

    def until(self, mark: bytes) -> bytes:
        """All up to and with `mark`. Raises Truncated."""
        start = self._used
        while (end := self.raw.find(mark, start)) < 0:
            start = max(self._used, len(self.raw) - len(mark) + 1)
            if not self._more():
                raise Truncated(self.ahead)
        return self._take(end + len(mark) - self._used)

    def exact(self, size: int) -> bytes:
        """Raises Truncated."""
        while len(self.raw) - self._used < size:
            if not self._more():
                raise Truncated(self.ahead)
        return self._take(size)

    def rest(self) -> bytes:
        """All up to the peer's end. Raises ConnectionError on a reset."""
        while self._more():
            pass
        return self._take(len(self.raw) - self._used)

    def is_over(self) -> bool:
        """Whether the peer's end comes next; waits for it, or for more bytes."""
        return self._used == len(self.raw) and not self._more()

    def head(self) -> Message:
        """A message without its body."""
        return Message(self.until(EMPTY_LINE))

    def message(self, *, has_body: bool = True) -> Message:
        """A whole message; `has_body` is False for the answer to a HEAD."""
        head = self.head()
        return self.body(head) if has_body else head

    def body(self, head: Message) -> Message:
        """The message whose head has been read."""
        is_answer = head.line.startswith(b"HTTP/")
        if is_answer and (head.status < 200 or head.status in (204, 304)):
            return head
        if head.has_token("Transfer-Encoding", b"chunked"):
            return self._chunks(head)
        if lengths := head.values("Content-Length"):
            return Message(head.head, self.exact(int(lengths[0])))
        return Message(head.head, self.rest() if is_answer else b"")

    def _chunks(self, head: Message) -> Message:
        body, sizes = [], []
        while size := int(self.until(b"\r\n").partition(b";")[0], 16):
            sizes.append(size)
            body.append(self.exact(size))
            assert self.exact(2) == b"\r\n"
        trailers = b""
        while (line := self.until(b"\r\n")) != b"\r\n":
            trailers += line
        return Message(head.head, b"".join(body), trailers, sizes)
