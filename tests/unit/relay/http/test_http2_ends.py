"""How HTTP/2 connections end: visitors that leave, that break the rules, or that keep the server busy for nothing."""

import random
from collections.abc import Iterator

import pytest
from h2.errors import ErrorCodes

from frpg.relay.http import front, http2
from tests.support.http2 import Peer
from tests.unit.relay.http.guest import BAD, Guest, check_later, reply
from tests.unit.relay.http.wires import FakeService, World, answer, get, settle


@pytest.fixture(autouse=True)
def no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [record for record in caplog.get_records("call") if record.levelname == "ERROR"]


@pytest.fixture
def guest(world: World, service: FakeService) -> Guest:
    return Guest(world)


def test_a_reset_cancels_the_request(service: FakeService, guest: Guest) -> None:
    stream = guest.call()
    guest.connection.reset_stream(stream, ErrorCodes.CANCEL)
    guest.talk()
    assert service.wire.was_aborted
    guest.get()
    reply(guest, service, answer())
    assert guest.goaway is None


def test_a_request_and_its_reset_at_once_ask_nobody(service: FakeService, guest: Guest) -> None:
    stream = guest.ask()
    guest.connection.reset_stream(stream)
    guest.talk()
    assert service.opened == []


def test_a_visitor_that_leaves_cancels_all(world: World, service: FakeService, guest: Guest) -> None:
    for _ in range(3):
        guest.call()
    guest.wire.end()
    settle()
    assert [wire.was_aborted for wire in service.opened] == [True] * 3
    assert guest.wire.is_closed
    assert not world.vhost.fronts


def test_a_visitor_that_says_it_will_leave_gets_its_answers(world: World, service: FakeService, guest: Guest) -> None:
    message = guest.get()
    guest.connection.close_connection()
    guest.wire.feed(guest.send())
    settle()
    service.wire.feed(answer(b"hello"))
    settle()
    assert b"hello" in guest.wire.take()
    assert guest.wire.is_finished
    check_later(world, front.LINGER_SECONDS + 1)
    assert guest.wire.is_closed
    assert message.head == []  # its own library does not listen any more


def test_the_end_of_the_server_is_said(world: World, service: FakeService, guest: Guest) -> None:
    guest.call()
    world.vhost.close()
    guest.hear()
    assert guest.goaway == ErrorCodes.NO_ERROR
    assert guest.wire.is_closed
    assert service.wire.was_aborted


@pytest.mark.parametrize("count", [http2.MAX_GIVEN_UP, http2.MAX_GIVEN_UP + 1])
def test_rapid_resets_end_the_connection(world: World, service: FakeService, guest: Guest, count: int) -> None:
    for _ in range(count):
        guest.connection.reset_stream(guest.ask())
        guest.talk()
    assert (guest.goaway == ErrorCodes.ENHANCE_YOUR_CALM) is (count > http2.MAX_GIVEN_UP)


def test_many_requests_are_no_attack(service: FakeService, guest: Guest) -> None:
    for _ in range(2 * http2.MAX_GIVEN_UP):
        guest.get()
        reply(guest, service, answer())
    assert guest.goaway is None


def test_broken_frames_end_the_connection(world: World, service: FakeService, guest: Guest) -> None:
    guest.call()
    guest.wire.feed(b"\0\0\x04\x03\0\0\0\0\0\0\0\0\0")  # RST_STREAM of no stream
    guest.hear()
    assert guest.goaway == ErrorCodes.PROTOCOL_ERROR
    assert guest.wire.is_finished
    assert service.wire.was_aborted
    guest.wire.feed(b"more")
    check_later(world, front.LINGER_SECONDS + 1)
    assert guest.wire.is_closed


def test_other_words_behind_the_preface_end_the_connection(world: World) -> None:
    visitor = world.visit(b"PRI * HTTP/2.0\r\n\r\nXY\r\n\r\n")
    assert visitor.is_finished
    check_later(world, front.LINGER_SECONDS + 1)
    assert visitor.is_closed


def test_http1_on_the_same_connection_stays_http1(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    service.wire.feed(answer())
    visitor.take()
    visitor.feed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert visitor.take().startswith(b"HTTP/1.1 505 ")


def test_pings_are_answered(guest: Guest) -> None:
    guest.connection.ping(b"12345678")
    guest.talk()
    assert guest.pings == [b"12345678"]


def test_acknowledgements_for_a_visitor_that_does_not_read_are_bounded(service: FakeService, guest: Guest) -> None:
    stream = guest.post()
    guest.wire.is_congested = True
    fed = 0
    while not guest.wire.is_closed and fed < 2 * http2.MAX_BEHIND:
        guest.connection.ping(b"12345678")
        ping = guest.send()
        guest.body(stream, b"a")  # something useful
        guest.wire.feed(ping * 1000 + guest.send())
        fed += 1000 * len(ping)
        settle()
    assert guest.wire.is_closed
    assert service.wire.was_aborted


@pytest.mark.parametrize("frame", ["ping", "settings", "window update", "window update of an old stream", "unknown"])
def test_a_visitor_that_only_keeps_us_busy_is_sent_away(guest: Guest, frame: str) -> None:
    old = guest.ask_raw(BAD["no path"])
    guest.talk()
    frames = {
        "ping": b"\0\0\x08\x06\0\0\0\0\0" + bytes(8),
        "settings": b"\0\0\0\x04\0\0\0\0\0",
        "window update": b"\0\0\x04\x08\0\0\0\0\0\0\0\0\x01",
        "window update of an old stream": b"\0\0\x04\x08\0\0\0\0%c\0\0\0\x01" % old,
        "unknown": b"\0\0\0\xee\0\0\0\0\0",
    }
    fed = 0
    while guest.goaway is None and fed < 2 * http2.MAX_IDLE:
        guest.wire.feed(frames[frame] * 100)
        fed += 100 * len(frames[frame])
        guest.hear()
    assert guest.goaway == ErrorCodes.ENHANCE_YOUR_CALM


def test_frames_between_useful_ones_are_no_attack(service: FakeService, guest: Guest) -> None:
    stream = guest.post()
    for _ in range(50):
        for _ in range(400):
            guest.connection.ping(b"12345678")
        guest.talk()
        guest.upload(stream, b"a")
    assert guest.goaway is None


def test_much_that_is_useful_is_no_attack(service: FakeService, guest: Guest) -> None:
    stream = guest.post()
    for _ in range(16):
        guest.body(stream, bytes(guest.room(stream)))
    data = guest.send()
    assert len(data) > http2.MAX_IDLE
    guest.wire.feed(data)
    guest.connection.ping(b"12345678")
    guest.talk()
    assert guest.goaway is None


def test_time_for_the_first_request(world: World, service: FakeService) -> None:
    guest = Guest(world)
    check_later(world, front.HEAD_SECONDS - 1)
    guest.hear()
    assert guest.goaway is None
    check_later(world, front.HEAD_SECONDS + 1)
    guest.hear()
    assert guest.goaway == ErrorCodes.NO_ERROR


def test_time_between_requests(world: World, service: FakeService, guest: Guest) -> None:
    guest.get()
    check_later(world, 59)
    reply(guest, service, answer())
    check_later(world, front.IDLE_SECONDS - 1)
    guest.hear()
    assert guest.goaway is None
    check_later(world, front.IDLE_SECONDS + 1)
    guest.hear()
    assert guest.goaway == ErrorCodes.NO_ERROR


def test_time_for_a_head_in_pieces(world: World, service: FakeService, guest: Guest) -> None:
    guest.post()  # a request that may take long
    guest.ask()
    guest.wire.feed(guest.send()[:-1])
    check_later(world, front.HEAD_SECONDS + 1)
    guest.hear()
    assert guest.goaway == ErrorCodes.NO_ERROR


@pytest.mark.parametrize("seed", range(20))
def test_rubbish_leaves_nothing_behind(world: World, service: FakeService, seed: int) -> None:
    """Frames with bits turned over: nothing escapes, and the world's end finds nothing left."""
    chance = random.Random(seed)
    for _ in range(20):
        peer = Peer()
        for _ in range(chance.randrange(1, 5)):
            stream = peer.ask(method=chance.choice([b"GET", b"POST"]), is_last=chance.random() < 0.5)
            if chance.random() < 0.2:
                peer.connection.reset_stream(stream)
        data = bytearray(peer.send())
        for _ in range(chance.randrange(4)):
            data[chance.randrange(24, len(data))] ^= 1 << chance.randrange(8)
        visitor = world.visit(bytes(data))
        for wire in service.opened:
            if not wire.is_closed and chance.random() < 0.5:
                wire.feed(answer(b"hello"))
        settle()
        if chance.random() < 0.5:
            visitor.end()
