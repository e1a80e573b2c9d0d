"""Random courses of many visitors and one service: nobody gets what is another's, and nothing is left."""

import random
import time

import httptools
import pytest

from tests.unit.proto.http1.messages import random_chunks
from tests.unit.relay.http.wires import FakeService, Wire, World, answer, settle


class Reader:
    """Reads answers from a visitor's side: (status, body) of the complete ones."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.answers.append((self._parser.get_status_code(), self._body))
        self._body = b""


class Visitor:
    """Sends requests for its own names, some of them badly made, in random pieces."""

    def __init__(self, course: "Course", number: int) -> None:
        self.chance = course.chance
        self.number = number
        self.wire = course.world.visit(address=("192.0.2.1", number))
        self.reader = Reader()
        self.asked = 0
        self._unsent = b""

    def request(self) -> bytes:
        self.asked += 1
        chance, path = self.chance, f"/{self.number}-{self.asked}"
        body = chance.randbytes(chance.choice([0, 1, 100, 30_000]))
        method = chance.choice(["GET", "POST", "PUT"])
        framing = f"Content-Length: {len(body)}\r\n" if body else ""
        if chance.random() < 0.4:
            framing, body = "Transfer-Encoding: chunked\r\n", random_chunks(chance, body)
        extra = chance.choice(["", "", "", "Connection: close\r\n", "Expect: 100-continue\r\n"])
        host = chance.choice(["a.test", "a.test", "a.test", "no.test"])
        data = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{framing}{extra}\r\n".encode() + body
        if chance.random() < 0.05:
            data = data.replace(b"\r\n", chance.choice([b"\n", b"\r\n\0", b"\r"]), 1)
        return data

    def act(self) -> None:
        what = self.chance.random()
        if what < 0.02:
            self.wire.end()
        elif what < 0.04:
            self.wire.fail(ConnectionResetError("reset"))
        elif what < 0.2:
            self.wire.is_congested = True
        elif what < 0.4:
            self.wire.drain()
        else:
            self._unsent = self._unsent or self.request()
            size = self.chance.choice([1, 20, 1000, 100_000])
            self.wire.feed(self._unsent[:size])
            self._unsent = self._unsent[size:]
        self.reader.feed(self.wire.take())


class Course:
    """What happens, in the order that a seed gives."""

    def __init__(self, world: World, seed: int) -> None:
        self.chance = random.Random(seed)
        self.world = world
        self.service = FakeService(is_shared=self.chance.random() < 0.8)
        world.publish(self.service)
        self.visitors = [Visitor(self, number) for number in range(4)]

    def serve(self, wire: Wire) -> None:
        """The service does something on one of its connections."""
        chance, path = self.chance, wire.written.rpartition(b" HTTP/1.1\r\n")[0].rpartition(b" ")[2]
        what = chance.random()
        if what < 0.04:
            wire.end()
        elif what < 0.08:
            wire.fail(ConnectionResetError("reset"))
        elif what < 0.2:
            wire.is_congested = True
        elif what < 0.4:
            wire.drain()
        elif path and b"\r\n\r\n" in wire.written:
            self.answer(wire, path)

    def answer(self, wire: Wire, path: bytes) -> None:
        chance = self.chance
        body = path * chance.choice([1, 3, 5000])
        data = answer(body)
        if chance.random() < 0.4:
            data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + random_chunks(chance, body)
        if chance.random() < 0.2:
            data = b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + data
        spoilt = chance.random()
        if spoilt < 0.1:
            data += chance.choice([b"garbage", answer(b"not asked for"), b"\r\n"])
        elif spoilt < 0.2:
            data = data[: chance.randrange(len(data))]
        elif spoilt < 0.25:
            data = chance.choice([b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
        wire.written = b""
        wire.feed(data)
        if 0.1 <= spoilt < 0.2:
            wire.end()

    def step(self) -> None:
        chance = self.chance
        if chance.random() < 0.5:
            chance.choice(self.visitors).act()
        elif self.service.opened:
            self.serve(chance.choice(self.service.opened[-5:]))
        if chance.random() < 0.01:
            now = time.monotonic() + chance.choice([3, 70, 200])
            for front in list(self.world.vhost.fronts):
                front.check(now)
        settle()
        for index, visitor in enumerate(self.visitors):
            visitor.reader.feed(visitor.wire.take())
            if visitor.wire.is_closed:
                check(visitor)
                self.visitors[index] = Visitor(self, visitor.number + 10)


def check(visitor: Visitor) -> None:
    """Its answers are to its own requests, in their order."""
    last = 0
    for status, body in visitor.reader.answers:
        if status == 200:
            name = body.split(b"/")[1]
            assert body == (b"/" + name) * (len(body) // (len(name) + 1))
            number, _, index = name.partition(b"-")
            assert int(number) == visitor.number
            assert last < int(index) <= visitor.asked
            last = int(index)
        else:
            assert status in (103, 400, 404, 408, 502, 504)
    assert len([status for status, _ in visitor.reader.answers if status != 103]) <= visitor.asked + 1


@pytest.mark.parametrize("seed", range(60))
def test_any_course(world: World, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    course = Course(world, seed)
    for _ in range(400):
        course.step()
    for visitor in course.visitors:
        check(visitor)
        visitor.wire.end()
        visitor.wire.has_left = True  # seen where the end waits behind what is not read
    for front in list(world.vhost.fronts):
        front.check(time.monotonic())
    settle()
    assert not world.vhost.fronts
    assert not [record for record in caplog.records if record.exc_info]
    assert course.service.connections == len(course.service.backends)
    assert sum(not wire.is_closed for wire in course.service.opened) == len(course.service.backends)


def test_courses_get_somewhere() -> None:
    got = 0
    for seed in range(5):
        world = World()
        course = Course(world, seed)
        for _ in range(400):
            course.step()
            got += sum(status == 200 for visitor in course.visitors for status, _ in visitor.reader.answers)
        assert len(course.service.opened) > 3
        world.close()
    assert got > 100
