"""The reception: work connections that begin like earlier ones take the short way, with the same checks."""

from collections.abc import Iterator

import pytest

from frpg.auth.method import Identity, WouldWait
from frpg.auth.token import TokenAuth
from frpg.proto.frames import V2_MAGIC
from frpg.proto.framing import Framing, V1Framing, V2Framing
from frpg.proto.messages import Login, NewWorkConn, StartWorkConn
from frpg.server.context import make_context
from frpg.server.controls import Controls
from frpg.server.reception import Reception
from tests.support.users import tcp_echoes
from tests.unit.server.conftest import StartServer, server_config
from tests.unit.server.fakes import FakeStream
from tests.unit.server.peer import Peer

RUN_ID = "0123456789abcdef"


class House:
    """A reception with one session, without a network."""

    def __init__(self, framing: Framing, **options: object) -> None:
        self.context = make_context(server_config(**options))
        self.controls = Controls(self.context)
        self.reception = Reception(self.context, self.controls)
        self.control = self.controls.admit(Login(), RUN_ID, framing)
        self.control.start(FakeStream())


@pytest.fixture(params=[V1Framing(), V2Framing()], ids=["v1", "v2"])
def framing(request: pytest.FixtureRequest) -> Framing:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def house(framing: Framing) -> Iterator[House]:
    house = House(framing)
    yield house
    house.controls.close()


def opening(framing: Framing, **fields: object) -> bytes:
    message = NewWorkConn(**{"run_id": RUN_ID, **fields})  # type: ignore[arg-type]
    return (V2_MAGIC if framing.version == 2 else b"") + framing.encode(message)


def test_unknown_bytes_are_left_alone(house: House, framing: Framing) -> None:
    stream = FakeStream(opening(framing))
    assert not house.reception.recognise(stream, None)
    assert stream.recv() == opening(framing)


def test_second_of_its_kind_is_recognised(house: House, framing: Framing) -> None:
    assert house.reception.receive(FakeStream(opening(framing)), None)
    stream = FakeStream(opening(framing))
    assert house.reception.recognise(stream, None)
    assert stream.is_accepted
    assert len(house.control.pool) == 2


def test_recognised_bytes_are_refused_when_the_session_has_gone(house: House, framing: Framing) -> None:
    assert house.reception.receive(FakeStream(opening(framing)), None)
    house.control.close()
    stream = FakeStream(opening(framing))
    assert not house.reception.recognise(stream, None)
    assert not house.reception.receive(stream, None)
    decoder = framing.decoder()
    decoder.receive_data(stream.written)
    assert decoder.next_message() == StartWorkConn(error=f"no client control found for run id [{RUN_ID}]")


def test_recognised_bytes_find_the_successor(house: House, framing: Framing) -> None:
    assert house.reception.receive(FakeStream(opening(framing)), None)
    successor = house.controls.admit(Login(), RUN_ID, framing)
    successor.start(FakeStream())
    assert house.reception.recognise(FakeStream(opening(framing)), None)
    assert len(successor.pool) == 1


def test_who_would_have_to_wait_to_be_known_takes_the_long_way(house: House, framing: Framing) -> None:
    class Slow(TokenAuth):
        """As one that asks somebody for a key, each time."""

        def check_work_conn(self, message: NewWorkConn, identity: Identity, *, may_wait: bool) -> None:
            assert message.run_id == RUN_ID and identity is house.control.identity
            if not may_wait:
                raise WouldWait

    assert house.reception.receive(FakeStream(opening(framing)), None)
    house.control.auth = Slow("")
    stream = FakeStream(opening(framing))
    assert not house.reception.recognise(stream, None)
    assert not stream.written and len(house.control.pool) == 1
    assert house.reception.receive(stream, None)
    assert len(house.control.pool) == 2


def test_other_bytes_are_not_recognised(house: House, framing: Framing) -> None:
    assert house.reception.receive(FakeStream(opening(framing)), None)
    for data in (opening(framing) + b"x", opening(framing)[:-1], opening(framing, run_id=RUN_ID[::-1])):
        assert not house.reception.recognise(FakeStream(data), None)


def test_what_is_known_is_bounded(house: House, framing: Framing, monkeypatch: pytest.MonkeyPatch) -> None:
    from frpg.server import reception

    monkeypatch.setattr(reception, "_MAX_KNOWN", 3)
    for timestamp in range(10):
        house.reception.receive(FakeStream(opening(framing, timestamp=timestamp)), None)
        assert len(house.reception._known) <= 3


@pytest.mark.parametrize("version", [1, 2])
def test_clients_work_connections_take_the_short_way(
    serve: StartServer, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    received = []
    receive = Reception.receive

    def spy(self: Reception, stream: object, carrier: object) -> bool:
        received.append(stream)
        return receive(self, stream, carrier)  # type: ignore[arg-type]

    monkeypatch.setattr(Reception, "receive", spy)
    with Peer(serve(), version=version) as peer:
        port = peer.publish()
        for _ in range(5):
            assert tcp_echoes(port)
    assert len(received) <= 3  # the login, and the work connections that were asked for together first
