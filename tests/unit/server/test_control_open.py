"""Opening a stream to a client's service: which work connection is used, and what becomes of the bad ones."""

from collections.abc import Iterator

import gevent
import pytest

from frpg.net.stream import Stream
from frpg.proto.framing import V1Framing
from frpg.proto.messages import Login, Message, NewProxy, NewWorkConn, StartWorkConn
from frpg.server.context import make_context
from frpg.server.control import Control
from frpg.server.pool import NoWorkConnection
from tests.unit.server.conftest import server_config
from tests.unit.server.fakes import FakeStream

POOL = 2


@pytest.fixture
def control() -> Iterator[Control]:
    """A running control without a network, with a proxy `p`."""
    context = make_context(server_config(user_conn_timeout=5))
    control = Control(context, Login(pool_count=POOL), "run id", V1Framing(), lambda ended: None)
    control.start(FakeStream())
    assert control.proxies.add(NewProxy(proxy_name="p", proxy_type="tcp")).error == ""
    yield control
    control.close()


def offer(control: Control) -> FakeStream:
    stream = FakeStream()
    control.offer(stream, NewWorkConn(run_id="run id"), 1, None)
    return stream


def message(stream: FakeStream) -> Message | None:
    decoder = V1Framing().decoder()
    decoder.receive_data(stream.written)
    return decoder.next_message()


def test_start_is_written_first(control: Control) -> None:
    work = offer(control)
    assert control.open("p", ("192.0.2.1", 4000), ("192.0.2.2", 80)) is work
    assert message(work) == StartWorkConn(
        proxy_name="p", src_addr="192.0.2.1", src_port=4000, dst_addr="192.0.2.2", dst_port=80
    )


def test_next_is_tried_when_the_start_cannot_be_written(control: Control) -> None:
    bad, good = offer(control), offer(control)
    bad.fault = BrokenPipeError()
    assert control.open("p") is good
    assert bad.is_closed


def test_tries_are_limited(control: Control) -> None:
    works = [offer(control) for _ in range(POOL + 2)]
    for work in works:
        work.fault = BrokenPipeError()
    with pytest.raises(NoWorkConnection) as caught:
        control.open("p")
    assert caught.value.reason == "try to get work connection failed in the end"
    assert [work.is_closed for work in works] == [True] * (POOL + 1) + [False]


def start_opening(control: Control) -> gevent.Greenlet:
    job = gevent.spawn(control.open, "p")
    gevent.idle()
    assert not job.ready()
    return job


def test_congested_work_connection_is_waited_for(control: Control) -> None:
    work = offer(control)
    work.is_congested = True
    job = start_opening(control)
    work.feed(b"early words of the service")
    work.drain()
    stream: Stream = job.get(timeout=5)
    assert stream is work
    assert stream.recv() == b"early words of the service"


def test_work_connection_that_dies_while_congested_is_replaced(control: Control) -> None:
    dead, alive = offer(control), offer(control)
    dead.is_congested = True
    job = start_opening(control)
    dead.fail(ConnectionResetError())
    assert job.get(timeout=5) is alive
    assert dead.is_closed


def test_user_that_leaves_does_not_keep_a_work_connection(control: Control) -> None:
    work = offer(control)
    work.is_congested = True
    start_opening(control).kill()
    assert work.is_closed


def test_fault_of_a_stage_does_not_leak_the_work_connection(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrap(work: Stream) -> Stream:
        raise ZeroDivisionError

    work = offer(control)
    monkeypatch.setattr(control.proxies.get("p"), "wrap", wrap)
    with pytest.raises(ZeroDivisionError):
        control.open("p")
    assert work.is_closed


def test_proxy_that_is_not_there_costs_no_work_connection(control: Control) -> None:
    offer(control)
    with pytest.raises(NoWorkConnection):
        control.open("q")
    assert len(control.pool) == 1


def test_closed_control(control: Control) -> None:
    control.close()
    with pytest.raises(NoWorkConnection) as caught:
        control.open("p")
    assert caught.value.reason == "control is already closed"
