"""HTTP/2 visitors, services and windows in any order: every answer is whole or reset, and nothing is left behind."""

import itertools
import random
from collections import deque

import pytest
from h2.stream import StreamState

from tests.support.http2 import Message
from tests.unit.relay.http.guest import Guest
from tests.unit.relay.http.wires import FakeService, Wire, World

BODY = random.Random(0).randbytes(300_000)
HEAD_END = b"\r\n\r\n"
SENDING = (StreamState.OPEN, StreamState.HALF_CLOSED_REMOTE)  # as the visitor sees it
UNFINISHED = (*SENDING, StreamState.HALF_CLOSED_LOCAL)


class Course:
    """One lawful visitor and a service of many tempers; `chance` decides what happens next."""

    def __init__(self, world: World, service: FakeService, seed: int) -> None:
        self.chance = random.Random(seed)
        self.service = service
        self.guest = Guest(world, takes=False, step=self.chance.choice([5, 100, 100_000]))
        self.scripts: dict[Wire, deque[bytes | None]] = {}  # pieces of answers to come; None ends the connection
        self.resets = 0

    def step(self) -> None:
        happenings = [self.ask] * 3 + [self.upload] * 3 + [self.answer] * 8
        happenings += [self.take, self.take, self.reset, self.lose_service, self.congest, self.ping]
        self.chance.choice(happenings)()
        self.settle()

    def settle(self) -> None:
        self.guest.talk()
        self.guest.hear()
        for wire in self.service.opened:
            requests = wire.take().count(b" HTTP/1.1\r\n")
            assert requests <= 1
            if requests:
                self.scripts.setdefault(wire, deque()).extend(self.script())

    def script(self) -> list[bytes | None]:
        """An answer in pieces."""
        chance = self.chance
        body = BODY[: chance.choice([0, 1, 100, 20_000, 70_000, 300_000])]
        head = b"HTTP/1.1 200 OK\r\nX-Size: %d\r\n" % len(body)
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" if chance.random() < 0.2 else b""
        kind = chance.choice(["counted", "chunked", "until the end", "none", "broken"])
        if kind == "counted":
            data = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        elif kind == "chunked":
            chunks = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            data = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nX-Sum: 7\r\n\r\n"
        elif kind == "none":
            data = b"HTTP/1.1 204 No Content\r\n\r\n"
        elif kind == "until the end":
            data = head + b"\r\n" + body
        else:
            data = head + b"Content-Length: %d\r\n\r\n" % (len(body) + 1) + body
        return [*self.cut(hints + data), *([None] if kind in ("until the end", "broken") else [])]

    def cut(self, data: bytes) -> list[bytes]:
        cuts = sorted({0, len(data), *(self.chance.randrange(len(data)) for _ in range(3))})
        return [data[start:end] for start, end in itertools.pairwise(cuts)]

    # --- what may happen

    def ask(self) -> None:
        if self.guest.connection.open_outbound_streams < 20:
            method = self.chance.choice([b"GET", b"GET", b"HEAD", b"POST"])
            self.guest.ask(method=method, is_last=method != b"POST")

    def upload(self) -> None:
        stream = self._choose(SENDING)
        if stream is not None:
            size = self.chance.choice([0, 1, 5000, 16384])
            data = BODY[: min(size, self.guest.room(stream))]
            if self.chance.random() < 0.2:
                self.guest.connection.send_headers(stream, [(b"x-sum", b"7")], end_stream=True)
            else:
                self.guest.body(stream, data, is_last=self.chance.random() < 0.3)

    def reset(self) -> None:
        stream = self._choose(UNFINISHED)
        if stream is not None and self.resets < 100:
            self.resets += 1
            self.guest.connection.reset_stream(stream)
            del self.guest.messages[stream]

    def _choose(self, states: tuple[StreamState, ...]) -> int | None:
        streams = self.guest.connection.streams.items()
        found = [number for number, stream in streams if stream.state_machine.state in states]
        return self.chance.choice(found) if found else None

    def take(self) -> None:
        self.guest.take()

    def ping(self) -> None:
        self.guest.connection.ping(b"12345678")

    def answer(self) -> None:
        wires = [wire for wire, script in self.scripts.items() if script and not wire.is_closed]
        if wires:
            self.speak(self.chance.choice(wires))

    def speak(self, wire: Wire) -> None:
        piece = self.scripts[wire].popleft()
        if piece is None:
            wire.end()
        else:
            wire.feed(piece)

    def lose_service(self) -> None:
        wires = [wire for wire in self.service.opened if not wire.is_closed]
        if wires and self.chance.random() < 0.3:
            self.chance.choice(wires).fail(ConnectionResetError("reset"))

    def congest(self) -> None:
        wire = self.chance.choice([self.guest.wire, *self.service.opened])
        self.relieve(wire) if wire.is_congested else setattr(wire, "is_congested", True)

    def relieve(self, wire: Wire) -> None:
        if not wire.is_closed:
            wire.drain()

    def end(self) -> None:
        """All windows open, all that is to come comes."""
        for wire in [self.guest.wire, *self.service.opened]:
            self.relieve(wire)
        for _ in range(2000):
            self.take()
            self.settle()
            if not any(script and not wire.is_closed for wire, script in self.scripts.items()):
                break
            self.answer()
        for stream, message in list(self.guest.messages.items()):
            known = self.guest.connection.streams.get(stream)
            if message.reset is None and known is not None and known.state_machine.state in SENDING:
                self.guest.body(stream, b"", is_last=True)
                self.settle()
        for _ in range(200):
            self.answer()
            self.take()
            self.settle()


def check(message: Message) -> None:
    assert message.is_ended or message.reset is not None, "an answer that never ends"
    if message.is_ended and message.head and message.status == 200:
        size = int(message.value(b"x-size"))
        assert bytes(message.body) in (b"", BODY[:size])
        assert not message.trailers or message.trailers == [(b"x-sum", b"7")]


@pytest.mark.parametrize("seed", range(60))
def test_any_course_of_events(world: World, service: FakeService, caplog: pytest.LogCaptureFixture, seed: int) -> None:
    course = Course(world, service, seed)
    for _ in range(120):
        course.step()
    course.end()
    assert course.guest.goaway is None
    for message in course.guest.messages.values():
        check(message)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
