"""A visitor's connection that becomes a tunnel, or nearly."""

import time

import pytest

from tests.unit.relay.http.wires import FORWARDED, FakeService, World, answer, get, settle

NEVER = time.monotonic() + 10_000


SWITCH = b"HTTP/1.1 101 Switching\r\nDate: then\r\nConnection: upgrade\r\nUPGRADE: WebSocket\r\nX: y\r\n\r\n"
UPGRADE = get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x")


def test_upgrade_with_bytes_behind(world: World, service: FakeService) -> None:
    visitor = world.visit(UPGRADE + b"early")
    assert service.wire.take().endswith(b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + FORWARDED + b"\r\n")
    service.wire.feed(SWITCH + b"hello")
    settle()
    head = b"HTTP/1.1 101 Switching\r\nDate: then\r\nX: y\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert visitor.take() == head + b"hello"
    assert service.wire.take() == b"early"
    visitor.feed(b"ping")
    service.wire.feed(b"pong")
    settle()
    assert (visitor.take(), service.wire.take()) == (b"pong", b"ping")
    assert service.connections == 1
    assert not world.vhost.fronts
    visitor.end()
    service.wire.end()
    settle()
    assert service.connections == 0
    assert visitor.is_closed
    assert service.wire.is_closed
    assert not world.context.users


@pytest.mark.parametrize("given", [b"h2c", b"", b"websocket, h2c"])
def test_switch_to_what_was_not_asked_for(world: World, service: FakeService, given: bytes) -> None:
    visitor = world.visit(UPGRADE)
    service.wire.feed(SWITCH.replace(b"WebSocket", given) + b"hello")
    assert visitor.take().startswith(b"HTTP/1.1 502 ")
    assert service.wire.was_aborted
    other = world.visit(get())
    service.wire.feed(SWITCH)
    assert other.take().startswith(b"HTTP/1.1 502 ")


def test_upgrade_that_the_service_declines(world: World, service: FakeService) -> None:
    visitor = world.visit(UPGRADE)
    service.wire.feed(answer(b"no"))
    assert visitor.take() == answer(b"no")
    assert len(service.backends) == 1


def test_tunnel(world: World, service: FakeService) -> None:
    visitor = world.visit(b"CONNECT a.test:22 HTTP/1.1\r\nHost: a.test:22\r\n\r\nearly")
    assert service.wire.take().startswith(b"CONNECT a.test:22 HTTP/1.1\r\nHost: a.test:22\r\n")
    settle()
    service.wire.feed(b"whatever it likes")
    visitor.feed(b"more")
    settle()
    assert visitor.take() == b"whatever it likes"
    assert service.wire.take() == b"more"
    assert not world.vhost.fronts


def test_tunnel_to_nowhere(world: World) -> None:
    visitor = world.visit(b"CONNECT no.test:22 HTTP/1.1\r\n\r\n" + get())
    got = visitor.take()
    assert got.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert got.count(b"HTTP/1.1") == 1
    assert visitor.is_finished


def test_bytes_for_a_tunnel_that_does_not_come_are_no_request(world: World, service: FakeService) -> None:
    service.failures = [ConnectionError("refused")]
    visitor = world.visit(b"CONNECT a.test:22 HTTP/1.1\r\n\r\n" + get("/smuggled"))
    got = visitor.take()
    assert got.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nConnection: close\r\n" in got
    assert visitor.is_finished
    assert service.opened == []
