import pytest

from tests.support.http2 import Peer
from tests.unit.relay.http.wires import FakeService, Wire, World, answer, get, post, settle


def test_a_retired_site_ends_who_rests_at_once(world: World, service: FakeService) -> None:
    resting = world.visit(get())
    service.wire.feed(answer(b"one"))
    new, half_way = world.visit(), world.visit(b"GET / HT")
    world.vhost.retire()
    assert (resting.is_closed, new.is_closed, half_way.is_closed) == (True, True, True)


def test_a_retired_site_ends_others_after_their_answer(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    sending = world.visit(post(4))
    world.vhost.retire()
    for wire in service.opened:
        wire.take()
    service.opened[0].feed(answer(b"one"))
    assert b"Connection: close\r\n" in visitor.written
    assert visitor.written.endswith(b"\r\n\r\none")
    assert (visitor.is_closed, sending.is_closed) == (True, False)
    sending.feed(b"body")
    settle()
    service.opened[1].feed(answer(b"two"))
    assert sending.written.endswith(b"\r\n\r\ntwo")
    assert sending.is_closed


def test_who_comes_to_a_retired_site_may_ask_once(world: World, service: FakeService) -> None:
    world.vhost.retire()
    visitor = world.visit(get())
    service.wire.feed(answer(b"one"))
    assert visitor.is_closed
    assert b"Connection: close\r\n" in visitor.written


@pytest.mark.parametrize("is_resting", [True, False])
def test_a_retired_site_lets_http2_visitors_finish(world: World, service: FakeService, is_resting: bool) -> None:
    peer = Peer()
    stream_id = peer.ask(b"/")
    visitor = world.visit(peer.send())
    if is_resting:
        service.wire.feed(answer(b"one"))
    world.vhost.retire()
    peer.receive(visitor.take())
    assert (peer.goaway is not None) == is_resting
    if not is_resting:
        service.wire.feed(answer(b"one"))
        peer.receive(visitor.take())
    assert (bytes(peer.messages[stream_id].body), peer.goaway) == (b"one", 0)


def test_a_connection_that_somebody_else_has_closed_is_forgotten(world: World, service: FakeService) -> None:
    visitor = world.visit(get())
    assert not service.wire.is_closed
    Wire.close(visitor)
    world.vhost._check()
    assert service.wire.was_aborted
    assert not world.vhost.fronts
