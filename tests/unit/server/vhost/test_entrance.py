"""The entrance: headers of trusted proxies, cut everywhere; nobody else's word counts."""

from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from frpg.proto.proxy_protocol import header
from frpg.server.vhost import entrance
from frpg.server.vhost.entrance import Entrance
from frpg.server.vhost.trust import TrustedProxies
from tests.unit.relay.http.wires import Wire, settle

PROXY, STRANGER = ("10.0.0.1", 999), ("192.0.2.1", 999)
VISITOR, HIT = ("203.0.113.7", 4711), ("198.51.100.1", 80)
CLAIM = header("v1", VISITOR, HIT)


class Hall:
    """Who has come in."""

    def __init__(self) -> None:
        self.admitted: list[Any] = []
        self.users: set[Any] = set()
        self.entrance = Entrance(TrustedProxies(["10.0.0.0/8"]), self.admitted.append, self.users)
        self.came: list[Wire] = []

    def enter(self, address: tuple[str, int], data: bytes = b"") -> Wire:
        wire = Wire(address)
        self.came.append(wire)
        self.entrance.enter(wire)  # type: ignore[arg-type]
        settle()
        if data:
            wire.feed(data)
            settle()
        return wire


@pytest.fixture
def hall() -> Iterator[Hall]:
    hall = Hall()
    yield hall
    assert hall.users == set()


@pytest.mark.parametrize("claim", [CLAIM, header("v2", VISITOR, HIT)])
def test_a_trusted_header_cut_everywhere(hall: Hall, claim: bytes) -> None:
    for cut in range(len(claim) + 1):
        wire = hall.enter(PROXY)
        for piece in (claim[:cut], claim[cut:] + b"GET /"):
            if piece:
                wire.feed(piece)
                settle()
        assert hall.admitted.pop() is wire
        assert wire.remote_addr == VISITOR
        assert wire.recv(100) == b"GET /"


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\3\1\0\5", b"PROXY UNKNOWN\r\nGET"])
def test_trusted_without_an_address(hall: Hall, data: bytes) -> None:
    wire = hall.enter(PROXY, data)
    assert hall.admitted == [wire]
    assert wire.remote_addr == PROXY
    assert wire.recv(100) == data.removeprefix(b"PROXY UNKNOWN\r\n")


def test_a_stranger_s_header_is_no_header(hall: Hall) -> None:
    wire = hall.enter(STRANGER, CLAIM)
    assert hall.admitted == [wire]
    assert wire.remote_addr == STRANGER
    assert wire._pending == [CLAIM]


@pytest.mark.parametrize("data", [b"PROXY TCP4 x\r\n", b"PROXY " + b"x" * 200, CLAIM[:20]])
def test_what_cannot_be_read(hall: Hall, data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    wire = hall.enter(PROXY, data)
    wire.end()
    settle()
    assert wire.is_closed
    assert hall.admitted == []
    assert "connection of proxy [10.0.0.1:999] refused: " in caplog.text


def test_a_header_that_does_not_come(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "DEADLINE", 0.05)
    wire = hall.enter(PROXY, b"PROX")
    with gevent.Timeout(5):
        while not wire.is_closed:
            gevent.sleep(0.01)
    assert hall.admitted == []


def test_a_visitor_whose_service_fails_is_closed(hall: Hall) -> None:
    def fail(stream: Any) -> None:
        raise OSError("a fault")

    hall.entrance._admit = fail
    assert hall.enter(PROXY, CLAIM + b"x").is_closed


def test_the_server_can_end_those_that_wait_here(hall: Hall) -> None:
    wire = hall.enter(PROXY, CLAIM[:-1])
    assert hall.users == {wire}
    wire.fail(ConnectionAbortedError("the server closes"))
    settle()
    assert wire.is_closed
    assert hall.admitted == []
