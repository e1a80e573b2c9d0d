"""gRPC requests: HTTP/2 as far as the service, one at a time on each of its connections."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from h2.errors import ErrorCodes

from frpg.relay.http.pool import BackendPool, Sweeper
from tests.support.http2 import HOST, Fields, Message, Peer
from tests.unit.relay.http.guest import Guest
from tests.unit.relay.http.wires import FakeService, Wire, World, settle

GRPC = ((b"content-type", b"application/grpc"), (b"te", b"trailers"))
BEGIN = [(b":status", b"200"), (b"content-type", b"application/grpc")]
OK = [(b"grpc-status", b"0")]
WINDOW = 65535


class Rpc(FakeService):
    """Behind HOST; a guest has come already."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.http2_backends = BackendPool(Sweeper())
        self.peers: dict[Wire, Peer] = {}
        world.publish(self)
        self.guest = Guest(world, takes=False)

    def peer(self, *, takes: bool = True) -> Peer:
        """The service's end of the newest connection, which has heard all."""
        wire = self.wire
        if wire not in self.peers:
            self.peers[wire] = Peer(is_client=False, takes=takes)
        self.hear()
        return self.peers[wire]

    def hear(self) -> None:
        """Both ends say what they have to say."""
        for wire, peer in self.peers.items():
            for _ in range(4):
                settle()
                peer.receive(wire.take())
                if (data := peer.send()) and not wire.is_closed:
                    wire.feed(data)
        self.guest.hear()
        self.guest.talk()

    def call(self, *fields: tuple[bytes, bytes], is_last: bool = True) -> tuple[int, Message]:
        stream = self.guest.call(b"/test.Echo/Unary", *GRPC, *fields, method=b"POST", is_last=is_last)
        return stream, self.guest.messages[stream]

    def answer(self, block: Fields, *, is_last: bool = False) -> None:
        """The service sends a head, or trailers, on its newest stream."""
        peer = self.peer()
        peer.connection.send_headers(max(peer.messages), block, end_stream=is_last)
        self.hear()

    def body(self, data: bytes, *, is_last: bool = False) -> None:
        peer = self.peer()
        peer.body(max(peer.messages), data, is_last=is_last)
        self.hear()


@pytest.fixture
def rpc(world: World, caplog: pytest.LogCaptureFixture) -> Iterator[Rpc]:
    rpc = Rpc(world)
    yield rpc
    rpc.http2_backends.close()
    assert not [record for record in caplog.get_records("call") if record.levelname == "ERROR"]


def test_a_call_is_the_same_on_both_sides(rpc: Rpc) -> None:
    stream, message = rpc.call((b"x-a", b"1"), is_last=False)
    asked = rpc.peer().messages[1]
    assert asked.head == [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", b"/test.Echo/Unary"),
        (b":authority", HOST),
        GRPC[0],
        (b"x-a", b"1"),
        (b"x-forwarded-for", b"192.0.2.7"),
        (b"x-forwarded-host", HOST),
        (b"x-forwarded-proto", b"http"),
        GRPC[1],
    ]
    rpc.guest.upload(stream, b"question", is_last=True)
    rpc.hear()
    assert (bytes(asked.body), asked.is_ended) == (b"question", True)
    rpc.answer(BEGIN)
    rpc.body(b"answer")
    rpc.answer([*OK, (b"x-last", b"1")], is_last=True)
    assert (message.status, bytes(message.body), message.is_ended) == (200, b"answer", True)
    assert message.trailers == [*OK, (b"x-last", b"1")]


def test_an_answer_of_trailers_only(rpc: Rpc) -> None:
    _, message = rpc.call()
    rpc.answer([*BEGIN, (b"grpc-status", b"12")], is_last=True)
    assert (message.value(b"grpc-status"), message.is_ended, message.trailers) == (b"12", True, [])


@pytest.mark.parametrize(
    ("kind", "is_grpc"),
    [
        (b"application/grpc", True),
        (b"application/grpc+proto", True),
        (b"Application/gRPC; charset=x", True),
        (b"application/grpc-web", False),
        (b"application/json", False),
        (b"text/plain; x=application/grpc", False),
    ],
)
def test_only_grpc_goes_on_in_http2(rpc: Rpc, kind: bytes, is_grpc: bool) -> None:
    rpc.guest.call(b"/", (b"content-type", kind), method=b"POST")
    assert rpc.wire.take().startswith(b"PRI * HTTP/2.0\r\n") is is_grpc


def test_connections_are_used_again_and_not_mixed_up(rpc: Rpc) -> None:
    for number in range(3):
        _, message = rpc.call()
        rpc.answer(BEGIN)
        rpc.body(b"%d" % number)
        rpc.answer(OK, is_last=True)
        assert bytes(message.body) == b"%d" % number
    assert len(rpc.opened) == 1
    assert (len(rpc.http2_backends), len(rpc.backends)) == (1, 0)
    rpc.guest.call(b"/")
    assert len(rpc.opened) == 2


def test_calls_side_by_side_have_connections_of_their_own(rpc: Rpc) -> None:
    for _ in range(3):
        rpc.call()
    assert len(rpc.opened) == 3


def test_an_answer_before_the_end_of_the_question(rpc: Rpc) -> None:
    stream, message = rpc.call(is_last=False)
    rpc.answer([*BEGIN, (b"grpc-status", b"16")], is_last=True)
    assert message.is_ended
    assert rpc.wire.is_closed, "the service waits for the rest of the question"
    rpc.guest.upload(stream, b"more", is_last=True)
    assert message.reset is None
    assert len(rpc.http2_backends) == 0


# --- windows


def test_a_service_that_takes_nothing_holds_the_visitor_up(rpc: Rpc) -> None:
    stream, _ = rpc.call(is_last=False)
    peer = rpc.peer(takes=False)
    sent = 0
    while room := rpc.guest.room(stream):
        rpc.guest.upload(stream, bytes(room))
        rpc.hear()
        sent += room
    assert len(peer.messages[1].body) == WINDOW
    assert sent < 3 * 262_144
    while len(peer.messages[1].body) < sent:
        peer.take()
        rpc.hear()
    assert rpc.guest.room(stream) > 0
    rpc.guest.upload(stream, b"last", is_last=True)
    peer.take()
    rpc.hear()
    assert (len(peer.messages[1].body), peer.messages[1].is_ended) == (sent + 4, True)


def test_a_congested_connection_holds_the_visitor_up(rpc: Rpc) -> None:
    stream, _ = rpc.call(is_last=False)
    peer = rpc.peer()
    rpc.wire.is_congested = True
    sent = 0
    while room := rpc.guest.room(stream):
        rpc.guest.upload(stream, bytes(room))
        sent += room
    assert len(rpc.wire.written) < 200_000
    for _ in range(20):
        rpc.wire.drain()
        rpc.hear()
    assert len(peer.messages[1].body) == sent
    assert rpc.guest.room(stream) > 0


def test_a_visitor_that_takes_nothing_holds_the_service_up(rpc: Rpc) -> None:
    _, message = rpc.call()
    rpc.answer(BEGIN)
    peer, sent = rpc.peer(), 0
    while room := peer.room(1):
        rpc.body(bytes(room))
        sent += room
    assert len(message.body) == WINDOW
    assert sent < 3 * 262_144
    rpc.answer(OK, is_last=True)
    for _ in range(50):
        rpc.guest.take()
        rpc.hear()
    assert (len(message.body), message.is_ended, message.trailers) == (sent, True, OK)


def test_an_answer_can_be_longer_than_all_windows(rpc: Rpc) -> None:
    rpc.guest.takes = True
    _, message = rpc.call()
    rpc.answer(BEGIN)
    for _ in range(200):
        rpc.body(bytes(16384))
    rpc.answer(OK, is_last=True)
    assert (len(message.body), message.is_ended) == (200 * 16384, True)


# --- ends


def test_a_cancelled_call_is_cancelled_at_the_service(rpc: Rpc) -> None:
    stream, _ = rpc.call()
    peer = rpc.peer()
    rpc.guest.connection.reset_stream(stream, ErrorCodes.CANCEL)
    rpc.guest.talk()
    assert rpc.wire.is_closed
    peer.receive(rpc.wire.take())
    assert peer.messages[1].reset == ErrorCodes.CANCEL


def test_a_cancelled_call_on_a_congested_connection_is_cut(rpc: Rpc) -> None:
    stream, _ = rpc.call(is_last=False)
    rpc.peer()
    rpc.wire.is_congested = True
    rpc.guest.upload(stream, b"question")
    rpc.guest.connection.reset_stream(stream, ErrorCodes.CANCEL)
    rpc.guest.talk()
    assert rpc.wire.was_aborted


LOST: dict[str, Callable[[Rpc], Any]] = {
    "end": lambda rpc: rpc.wire.end(),
    "error": lambda rpc: rpc.wire.fail(ConnectionResetError("reset")),
    "HTTP/1": lambda rpc: rpc.wire.feed(b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(100)),
    "reset": lambda rpc: rpc.peers[rpc.wire].connection.reset_stream(1, ErrorCodes.INTERNAL_ERROR),
    "goaway": lambda rpc: rpc.peers[rpc.wire].connection.close_connection(last_stream_id=0),
}


@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("has_begun", [False, True])
def test_a_lost_answer(rpc: Rpc, how: str, has_begun: bool) -> None:
    _, message = rpc.call()
    rpc.peer()
    if has_begun:
        rpc.answer(BEGIN)
        rpc.body(b"half")
    LOST[how](rpc)
    rpc.hear()
    assert rpc.wire.is_closed
    if has_begun:
        assert (message.status, message.is_ended, message.reset) == (200, False, ErrorCodes.INTERNAL_ERROR)
    else:
        assert (message.status, message.is_ended) == (502, True)


MALFORMED = [
    [(b":status", b"200"), (b"connection", b"close")],
    [(b":status", b"2000")],
    [(b":status", b"200"), (b"x", b"1\r\ny: 2")],
]


@pytest.mark.parametrize("block", MALFORMED)
def test_a_malformed_answer(rpc: Rpc, block: Fields) -> None:
    _, message = rpc.call()
    rpc.answer(block, is_last=True)
    assert message.status == 502
    assert rpc.wire.was_aborted


def test_a_leaving_service_finishes_its_answer(rpc: Rpc) -> None:
    _, message = rpc.call()
    peer = rpc.peer()
    rpc.answer(BEGIN)
    frame = b"\0\0\x08\x07\0\0\0\0\0" + (1).to_bytes(4, "big") + bytes(4)  # GOAWAY, the first stream is served
    rpc.wire.feed(frame)
    peer.body(1, b"answer")
    rpc.answer(OK, is_last=True)
    assert (bytes(message.body), message.trailers, message.is_ended) == (b"answer", OK, True)
    assert rpc.wire.is_closed
    assert len(rpc.http2_backends) == 0


@pytest.mark.parametrize("how", ["end", "error", "HTTP/1", "goaway"])
def test_an_idle_connection_that_ends(rpc: Rpc, how: str) -> None:
    rpc.call()
    rpc.answer([*BEGIN, *OK], is_last=True)
    assert len(rpc.http2_backends) == 1
    LOST[how](rpc)
    rpc.hear()
    assert len(rpc.http2_backends) == 0
    assert rpc.wire.is_closed


def test_an_idle_connection_answers_pings(rpc: Rpc) -> None:
    rpc.call()
    rpc.answer([*BEGIN, *OK], is_last=True)
    peer = rpc.peer()
    peer.connection.ping(b"12345678")
    rpc.hear()
    assert peer.pings == [b"12345678"]
    assert len(rpc.http2_backends) == 1


def test_the_deadline_begins_when_the_question_is_complete(world: World, rpc: Rpc) -> None:
    stream, message = rpc.call(is_last=False)
    rpc.peer()
    check_later(world)
    rpc.hear()
    assert message.head == []
    rpc.guest.upload(stream, b"", is_last=True)
    check_later(world)
    rpc.hear()
    assert message.status == 504
    assert rpc.wire.is_closed


def check_later(world: World) -> None:
    for one in list(world.vhost.fronts):
        one.check(time.monotonic() + 61)
    settle()


@pytest.mark.parametrize("step", [1, 2, 9, 10, 100])
def test_an_answer_is_the_same_however_it_is_cut(rpc: Rpc, step: int) -> None:
    _, message = rpc.call()
    peer, wire = rpc.peer(), rpc.wire
    peer.connection.send_headers(1, BEGIN)
    peer.body(1, b"answer")
    peer.connection.send_headers(1, OK, end_stream=True)
    data = peer.send()
    for at in range(0, len(data), step):
        wire.feed(data[at : at + step])
    rpc.guest.hear()
    assert (bytes(message.body), message.trailers, message.is_ended) == (b"answer", OK, True)
