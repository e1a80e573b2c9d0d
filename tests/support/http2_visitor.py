"""A visitor of an http port who speaks HTTP/2 at once, without asking."""

import socket
from collections.abc import Callable

from tests.support.http2 import Fields, Message, Peer
from tests.support.users import connect


class Http2Visitor(Peer):
    """Owns its connection; use as a context manager."""

    def __init__(self, where: int | socket.socket, *, takes: bool = True) -> None:
        super().__init__(takes=takes)
        self.socket = connect(where) if isinstance(where, int) else where
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.push()

    def __enter__(self) -> "Http2Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def push(self) -> None:
        if data := self.send():
            self.socket.sendall(data)

    def step(self) -> None:
        """Hear something, and answer what has to be answered. Raises TimeoutError."""
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("the server has ended the connection")
        self.receive(data)
        self.push()

    def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.step()

    def finished(self, stream_id: int) -> Message:
        """The complete answer; a reset is one as well."""
        message = self.messages[stream_id]
        self.until(lambda: message.is_ended or message.reset is not None)
        return message

    def get(self, path: bytes = b"/", *fields: tuple[bytes, bytes], method: bytes = b"GET") -> Message:
        stream_id = self.ask(path, *fields, method=method)
        self.push()
        return self.finished(stream_id)

    def begin(self, path: bytes = b"/", *fields: tuple[bytes, bytes], is_last: bool = False) -> int:
        """A POST, whose body follows."""
        stream_id = self.ask(path, *fields, method=b"POST", is_last=is_last)
        self.push()
        return stream_id

    def upload(self, stream_id: int, data: bytes, *, is_last: bool = True, trailers: Fields | None = None) -> None:
        """All of it, as the windows open."""
        view = memoryview(data)
        while len(view):
            self.until(lambda: self.room(stream_id) > 0)
            size = min(self.room(stream_id), len(view))
            is_end = is_last and not trailers and size == len(view)
            self.body(stream_id, view[:size].tobytes(), is_last=is_end)
            self.push()
            view = view[size:]
        if trailers:
            self.connection.send_headers(stream_id, trailers, end_stream=True)
        self.push()
