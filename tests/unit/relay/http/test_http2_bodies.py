"""Bodies of HTTP/2 requests and answers: whole, in both directions, and held up by whoever is slow."""

from collections.abc import Iterator

import pytest
from gevent.event import Event
from h2.errors import ErrorCodes
from h2.settings import SettingCodes

from frpg.errors import FrpgError
from frpg.relay.http import front, http2_stream
from tests.unit.relay.http.guest import BAD, Guest, check_later, reply
from tests.unit.relay.http.wires import FakeService, World, answer

WINDOW = 65535


@pytest.fixture(autouse=True)
def no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [record for record in caplog.get_records("call") if record.levelname == "ERROR"]


@pytest.fixture
def guest(world: World, service: FakeService) -> Guest:
    return Guest(world)


def test_a_body_of_known_length(service: FakeService, guest: Guest) -> None:
    stream = guest.post((b"content-length", b"5"))
    service.wire.take()
    guest.upload(stream, b"hel")
    assert service.wire.take() == b"hel"
    guest.upload(stream, b"lo", is_last=True)
    assert service.wire.take() == b"lo"
    reply(guest, service, answer())
    assert guest.messages[stream].is_ended
    assert len(service.backends) == 1


def test_a_body_of_unknown_length_with_trailers(service: FakeService, guest: Guest) -> None:
    stream = guest.post()
    assert b"\r\nTransfer-Encoding: chunked\r\n" in service.wire.take()
    guest.upload(stream, b"hello")
    guest.connection.send_headers(stream, [(b"x-sum", b"7"), (b"host", b"b.test")], end_stream=True)
    guest.talk()
    assert service.wire.take() == b"5\r\nhello\r\n0\r\nx-sum: 7\r\n\r\n"


def test_an_empty_frame_is_not_the_last_chunk(service: FakeService, guest: Guest) -> None:
    stream = guest.post()
    service.wire.take()
    guest.upload(stream, b"")
    assert service.wire.take() == b""
    guest.upload(stream, b"a")
    guest.upload(stream, b"", is_last=True)
    assert service.wire.take() == b"1\r\na\r\n0\r\n\r\n"


def test_padding_is_no_body_and_gives_its_window_back(service: FakeService, guest: Guest) -> None:
    stream = guest.post()
    service.wire.take()
    for _ in range(2000):
        guest.connection.send_data(stream, b"a", pad_length=200)
        guest.talk()
    assert service.wire.take() == b"1\r\na\r\n" * 2000


@pytest.mark.parametrize("length", [0, 3, 5, 100])
@pytest.mark.parametrize("ending", ["data", "trailers"])
def test_a_body_of_the_wrong_length_is_never_complete(
    service: FakeService, guest: Guest, length: int, ending: str
) -> None:
    """With trailers as well, which the library does not look at: a short body would swallow the next request."""
    stream = guest.post((b"content-length", b"%d" % length))
    if ending == "data":
        guest.body(stream, b"four", is_last=True)
    else:
        guest.body(stream, b"four")
        guest.connection.send_headers(stream, [(b"content-length", b"4")], end_stream=True)
    guest.talk()
    assert guest.messages[stream].reset == ErrorCodes.PROTOCOL_ERROR
    assert service.wire.was_aborted
    assert len(service.backends) == 0
    assert guest.goaway is None


def test_a_body_waits_for_a_connection(world: World, service: FakeService, guest: Guest) -> None:
    service.gate = Event()
    stream = guest.post()
    while room := guest.room(stream):
        guest.upload(stream, bytes(room))
    assert len(service.opened) == 0
    service.gate.set()
    guest.hear()
    guest.talk()
    assert service.wire.take().endswith(b"\r\nffff\r\n" + bytes(WINDOW) + b"\r\n")
    assert guest.room(stream) > 0
    guest.upload(stream, b"", is_last=True)
    assert service.wire.take() == b"0\r\n\r\n"


def test_a_congested_service_holds_the_visitor_up_and_nobody_else(service: FakeService, guest: Guest) -> None:
    stream = guest.post()
    slow = service.wire
    slow.is_congested = True
    sent = 0
    while room := guest.room(stream):
        guest.upload(stream, bytes(room))
        sent += room
    assert sent <= 2 * http2_stream.STREAM_WINDOW
    other = guest.post()
    for _ in range(100):
        guest.upload(other, bytes(guest.room(other)))
    slow.drain()
    guest.hear()
    assert guest.room(stream) > 0


# --- windows of the visitor


def test_an_answer_waits_for_the_window(world: World, service: FakeService) -> None:
    guest = Guest(world, takes=False)
    message = guest.get()
    reply(guest, service, answer(bytes(100_000)))
    assert (len(message.body), message.is_ended) == (WINDOW, False)
    guest.take()
    guest.talk()
    assert (len(message.body), message.is_ended) == (100_000, True)


def test_a_closed_window_pauses_the_service(world: World, service: FakeService) -> None:
    guest = Guest(world, takes=False)
    message = guest.get()
    reply(guest, service, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    fed = 0
    while not service.wire.is_paused:
        reply(guest, service, bytes(10_000))
        fed += 10_000
    assert WINDOW < fed < WINDOW + 20_000
    while fed < 1_000_000:
        guest.take()
        guest.talk()
        assert not service.wire.is_paused
        while not service.wire.is_paused and fed < 1_000_000:
            reply(guest, service, bytes(10_000))
            fed += 10_000
    guest.take()
    guest.talk()
    assert (len(message.body), message.is_ended) == (1_000_000, True)


def test_a_smaller_initial_window_is_kept(world: World, service: FakeService) -> None:
    guest = Guest(world, takes=False)
    guest.connection.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 10})
    guest.talk()
    message = guest.get()
    reply(guest, service, answer(b"x" * 30))
    assert len(message.body) == 10
    guest.connection.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 25})
    guest.talk()
    assert len(message.body) == 25
    guest.take()
    guest.talk()
    assert (len(message.body), message.is_ended) == (30, True)


def test_a_visitor_that_does_not_read_pauses_the_service(world: World, service: FakeService) -> None:
    guest = Guest(world)
    guest.connection.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 1 << 30})
    guest.connection.increment_flow_control_window(1 << 30)
    guest.talk()
    message = guest.get()
    guest.wire.is_congested = True
    service.wire.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(400_000))
    assert service.wire.is_paused
    assert len(guest.wire.written) < 100_000
    service.wire._pending.append(bytes(600_000))
    for _ in range(100):
        if guest.wire.is_congested:
            guest.wire.is_congested = False
            guest.wire._sink.on_drain()  # type: ignore[union-attr]
        guest.hear()
    assert (len(message.body), message.is_ended) == (1_000_000, True)


def test_those_that_wait_take_turns(world: World, service: FakeService) -> None:
    guest = Guest(world, takes=False)
    guest.connection.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20})  # the connection's is the small one
    guest.talk()
    messages = [guest.get(b"/%d" % number) for number in range(3)]
    for wire in service.opened:
        wire.feed(answer(bytes(300_000)))
    guest.hear()
    for _ in range(6):
        guest.take()
        guest.talk()
    sizes = [len(message.body) for message in messages]
    assert min(sizes) > 0.5 * max(sizes) > 0


# --- bodies that nobody wants


def test_an_early_answer_lets_the_rest_come(service: FakeService, guest: Guest) -> None:
    stream = guest.post((b"content-length", b"10"))
    reply(guest, service, answer(b"no", status="413 Too Large"))
    assert (guest.messages[stream].is_ended, guest.messages[stream].reset) == (True, None)
    assert len(service.backends) == 0, "the service has not read all"
    guest.upload(stream, b"1234567890", is_last=True)
    assert guest.messages[stream].reset is None
    assert guest.goaway is None


def test_the_rest_of_a_body_is_not_read_for_ever(guest: Guest) -> None:
    fields = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"b.test")]
    stream = guest.ask_raw(fields, is_last=False)
    sent = 0
    while guest.messages[stream].reset is None:
        guest.upload(stream, bytes(guest.room(stream)))
        sent += 16384
    assert sent <= front.MAX_WASTE + 65536
    assert guest.messages[stream].reset == ErrorCodes.NO_ERROR


def test_the_rest_of_a_body_has_a_deadline(world: World, guest: Guest) -> None:
    stream = guest.ask_raw(BAD["no path"], is_last=False)
    guest.talk()
    check_later(world, 1)
    guest.hear()
    assert guest.messages[stream].reset is None
    check_later(world, front.LINGER_SECONDS + 1)
    guest.hear()
    assert guest.messages[stream].reset == ErrorCodes.NO_ERROR


def test_bodies_that_nobody_wants_give_their_window_back(world: World, service: FakeService, guest: Guest) -> None:
    service.failures = [FrpgError("gone")] * 500
    for _ in range(500):  # more than the connection's window
        stream = guest.ask(method=b"POST", is_last=False)
        for is_last in (False, False, False, True):
            guest.body(stream, bytes(min(16384, guest.room(stream))), is_last=is_last)
        guest.talk()
        assert guest.messages[stream].status == 503
    assert is_paid(world)


def test_a_reset_gives_the_window_back(world: World, service: FakeService, guest: Guest) -> None:
    service.gate = Event()
    stream = guest.post()
    guest.upload(stream, b"hello")
    assert not is_paid(world)
    guest.connection.reset_stream(stream)
    guest.talk()
    assert is_paid(world)


def is_paid(world: World) -> bool:
    """Whether nothing of the connection's window is lost."""
    (one,) = world.vhost.fronts
    manager = one.connection._inbound_flow_control_window_manager  # type: ignore[attr-defined]
    return bool(manager.current_window_size + manager._bytes_processed == manager.max_window_size)
