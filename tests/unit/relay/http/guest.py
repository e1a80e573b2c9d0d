"""An HTTP/2 visitor at the end of a wire."""

import time

from tests.support.http2 import HOST, Fields, Message, Peer
from tests.unit.relay.http.wires import FakeService, Wire, World, settle


class Guest(Peer):
    """A visitor's end of a wire."""

    def __init__(self, world: World, *, takes: bool = True, step: int = 1 << 20) -> None:
        super().__init__(takes=takes)
        self.step = step
        self.wire: Wire = world.visit()
        self.talk()

    def talk(self) -> None:
        """Send and hear, until nobody has anything to say."""
        while data := self.send():
            for at in range(0, len(data), self.step):
                self.wire.feed(data[at : at + self.step])
            settle()
            self.hear()

    def hear(self) -> None:
        settle()
        self.receive(self.wire.take())

    def get(self, path: bytes = b"/", *fields: tuple[bytes, bytes]) -> Message:
        return self.messages[self.call(path, *fields)]

    def call(self, path: bytes = b"/", *fields: tuple[bytes, bytes], **more: object) -> int:
        stream_id = self.ask(path, *fields, **more)  # type: ignore[arg-type]
        self.talk()
        return stream_id

    def post(self, *fields: tuple[bytes, bytes]) -> int:
        return self.call(b"/", *fields, method=b"POST", is_last=False)

    def upload(self, stream_id: int, data: bytes, *, is_last: bool = False) -> None:
        self.body(stream_id, data, is_last=is_last)
        self.talk()


def reply(guest: Guest, service: FakeService, data: bytes) -> None:
    service.wire.feed(data)
    guest.hear()
    guest.talk()


def chunked(*pieces: bytes, trailers: bytes = b"") -> bytes:
    chunks = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks) + b"0\r\n" + trailers + b"\r\n"


def check_later(world: World, seconds: float) -> None:
    now = time.monotonic() + seconds
    for one in list(world.vhost.fronts):
        one.check(now)
    settle()


BAD: dict[str, Fields] = {
    "no path": [(b":method", b"GET"), (b":scheme", b"http"), (b":authority", HOST)],
    "bad escape": [(b":method", b"GET"), (b":scheme", b"http"), (b":authority", HOST), (b":path", b"/%zz")],
    "bad host": [(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a@b"), (b":path", b"/")],
    "connection": [
        *[(b":method", b"GET"), (b":scheme", b"http"), (b":authority", HOST), (b":path", b"/")],
        (b"connection", b"close"),
    ],
}
