"""HTTP/2 visitors: many requests on one connection, each as strict and as patient as in HTTP/1."""

from collections.abc import Callable, Iterator

import pytest
from h2.errors import ErrorCodes

from frpg.errors import FrpgError
from tests.support.http2 import HOST
from tests.unit.relay.http.guest import BAD, Guest, check_later, chunked, reply
from tests.unit.relay.http.wires import FakeService, Wire, World, answer

FORWARDED = b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: a.test\r\nX-Forwarded-Proto: http\r\n"
HEAD = b"GET / HTTP/1.1\r\nhost: a.test\r\n" + FORWARDED + b"\r\n"


@pytest.fixture(autouse=True)
def no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [record for record in caplog.get_records("call") if record.levelname == "ERROR"]


@pytest.fixture
def guest(world: World, service: FakeService) -> Guest:
    return Guest(world)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 24, 25, 1000])
def test_a_request_is_the_same_however_it_is_cut(world: World, service: FakeService, step: int) -> None:
    guest = Guest(world, step=step)
    message = guest.get()
    assert service.wire.take() == HEAD
    reply(guest, service, answer(b"hello", "X-A: 1"))
    assert message.head == [(b":status", b"200"), (b"content-length", b"5"), (b"date", b"then"), (b"x-a", b"1")]
    assert (message.body, message.is_ended, message.reset) == (b"hello", True, None)


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_an_answer_is_the_same_however_it_is_cut(world: World, service: FakeService, guest: Guest, step: int) -> None:
    message = guest.get()
    data = chunked(b"hello", b", world", trailers=b"X-Sum: 7\r\n")
    for at in range(0, len(data), step):
        reply(guest, service, data[at : at + step])
    assert (message.status, bytes(message.body), message.trailers) == (200, b"hello, world", [(b"x-sum", b"7")])
    assert message.is_ended


def test_connections_to_the_service_are_used_again(service: FakeService, guest: Guest) -> None:
    for _ in range(3):
        message = guest.get()
        reply(guest, service, answer(b"hello"))
        assert message.is_ended
    assert len(service.opened) == 1


def test_requests_run_side_by_side(service: FakeService, guest: Guest) -> None:
    messages = [guest.get(b"/%d" % number) for number in range(10)]
    assert len(service.opened) == 10
    for number in reversed(range(10)):
        service.opened[number].feed(answer(b"%d" % number))
    guest.hear()
    assert [bytes(message.body) for message in messages] == [b"%d" % number for number in range(10)]


@pytest.mark.parametrize(
    ("method", "status"),
    [(b"HEAD", "200 OK"), (b"GET", "204 No Content"), (b"GET", "304 Not Modified")],
)
def test_answers_without_a_body(service: FakeService, guest: Guest, method: bytes, status: str) -> None:
    message = guest.messages[guest.call(method=method)]
    reply(guest, service, f"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n".encode())
    assert (message.status, message.is_ended, bytes(message.body)) == (int(status[:3]), True, b"")
    assert message.value(b"content-length") == b"5"


def test_an_answer_until_the_end_of_the_connection(service: FakeService, guest: Guest) -> None:
    message = guest.get()
    reply(guest, service, b"HTTP/1.0 200 OK\r\n\r\nhel")
    assert (bytes(message.body), message.is_ended) == (b"hel", False)
    service.wire.feed(b"lo")
    service.wire.end()
    guest.hear()
    assert (bytes(message.body), message.is_ended, message.reset) == (b"hello", True, None)


def test_informational_answers_come_first(service: FakeService, guest: Guest) -> None:
    message = guest.get()
    reply(guest, service, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    assert message.informational == [[(b":status", b"103"), (b"link", b"</a>")]]
    reply(guest, service, answer())
    assert (message.status, message.is_ended) == (200, True)


def test_headers_of_the_connection_stay_behind(service: FakeService, guest: Guest) -> None:
    message = guest.get()
    reply(guest, service, answer(b"", "Connection: close, x-hop", "X-Hop: 1", "Keep-Alive: 5", "Upgrade: h2c"))
    assert [name for name, _ in message.head] == [b":status", b"content-length", b"date"]


def test_a_switch_that_nobody_asked_for_is_refused(service: FakeService, guest: Guest) -> None:
    message = guest.get()
    reply(guest, service, b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert message.status == 502


def test_the_route_changes_headers(world: World) -> None:
    world.services.append(service := FakeService())
    world.publish(
        service, headers={"X-In": "1"}, response_headers={"X-Out": "2"}, host_header_rewrite="inner", host="b.test"
    )
    guest = Guest(world)
    stream = guest.ask_raw([(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"b.test")])
    guest.talk()
    head = service.wire.take()
    assert b"\r\nhost: inner\r\n" in head
    assert b"\r\nX-In: 1\r\n" in head
    reply(guest, service, answer(b"", "X-Out: old"))
    assert [value for name, value in guest.messages[stream].head if name == b"x-out"] == [b"2"]
    world.services.pop()


# --- answers of our own


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_unknown_hosts_are_not_found(world: World, guest: Guest, method: bytes) -> None:
    fields = [(b":method", method), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"b.test")]
    stream = guest.ask_raw(fields)
    guest.talk()
    message = guest.messages[stream]
    assert (message.status, message.is_ended, message.reset) == (404, True, None)
    assert bool(message.body) is (method == b"GET")


def test_options_of_the_server(guest: Guest) -> None:
    message = guest.messages[guest.call(b"*", method=b"OPTIONS")]
    assert (message.status, message.value(b"content-length"), message.is_ended) == (200, b"0", True)


def test_credentials_are_asked_for(world: World) -> None:
    service = world.service(http_user="me", http_pwd="secret", host="c.test")
    guest = Guest(world)
    fields = [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"c.test")]
    stream = guest.ask_raw(fields)
    guest.talk()
    assert guest.messages[stream].status == 401
    assert guest.messages[stream].value(b"www-authenticate") == b'Basic realm="Restricted"'
    assert service.opened == []
    guest.ask_raw([*fields, (b"authorization", b"Basic bWU6c2VjcmV0")])
    guest.talk()
    assert len(service.opened) == 1


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("is_last", [True, False])
def test_malformed_requests_are_refused_one_by_one(
    service: FakeService, guest: Guest, case: str, is_last: bool
) -> None:
    stream = guest.ask_raw(BAD[case], is_last=is_last)
    guest.talk()
    assert (guest.messages[stream].status, guest.messages[stream].is_ended) == (400, True)
    guest.get()
    reply(guest, service, answer())
    assert len(service.opened) == 1


def test_connect_is_not_offered(service: FakeService, guest: Guest) -> None:
    stream = guest.ask_raw([(b":method", b"CONNECT"), (b":authority", HOST)], is_last=False)
    guest.talk()
    assert guest.messages[stream].status == 501
    assert service.opened == []


@pytest.mark.parametrize(
    ("what", "status"),
    [
        (lambda wire: wire.end(), 502),
        (lambda wire: wire.feed(b"rubbish\r\n\r\n"), 502),
        (lambda wire: wire.fail(ConnectionResetError("reset")), 502),
    ],
)
def test_failures_have_their_status(
    service: FakeService, guest: Guest, what: Callable[[Wire], None], status: int
) -> None:
    message = guest.messages[guest.call(method=b"POST")]
    what(service.wire)
    guest.hear()
    assert (message.status, message.is_ended) == (status, True)


def test_a_service_that_cannot_be_reached(service: FakeService, guest: Guest) -> None:
    service.failures = [FrpgError("gone")]
    assert guest.get().status == 503


def test_a_service_that_takes_too_long(world: World, service: FakeService, guest: Guest) -> None:
    message = guest.get()
    check_later(world, 61)
    guest.hear()
    assert message.status == 504
    assert service.wire.was_aborted


def test_a_request_that_is_not_complete_may_take_longer(world: World, service: FakeService, guest: Guest) -> None:
    stream = guest.post()
    check_later(world, 61)
    guest.hear()
    assert guest.messages[stream].head == []


def test_a_broken_answer_is_never_complete(service: FakeService, guest: Guest) -> None:
    message = guest.get()
    reply(guest, service, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    service.wire.end()
    guest.hear()
    assert (bytes(message.body), message.is_ended, message.reset) == (b"hello", False, ErrorCodes.INTERNAL_ERROR)
    guest.get()
    reply(guest, service, answer())
    assert len(service.opened) == 2
