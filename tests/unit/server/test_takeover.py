"""A second login with the same run id: the first session ends at once, and nothing of it is left."""

import gc
from collections import Counter
from typing import Any

import gevent
import psutil
import pytest

from frpg.net.mux import MuxSession, MuxStream
from frpg.net.tcp import TcpStream
from frpg.server.control import Control
from frpg.server.service import Server
from tests.support.users import refuses, tcp_echoes
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer

ROUNDS = 500
RUN_ID = "0123456789abcdef"


@pytest.mark.parametrize("mux", [True, False])
@pytest.mark.parametrize("version", [1, 2])
def test_port_and_name_move_to_the_new_session(serve: StartServer, version: int, mux: bool) -> None:
    server = serve(transport__tcp_mux=mux)
    with Peer(server, version=version, run_id=RUN_ID) as old:
        port = old.publish("p")
        with Peer(server, version=version, run_id=RUN_ID) as new:
            assert new.publish("p", remote_port=port) == port
            old.wait_ended()
            assert tcp_echoes(port)
            assert len(server.controls) == 1
    eventually(lambda: refuses(port))


def test_old_session_frees_all_before_the_new_one_is_answered(serve: StartServer) -> None:
    server = serve()
    with Peer(server, run_id=RUN_ID) as old:
        port = old.publish("p")
        seen: list[Any] = []
        admit = server.controls.admit

        def spy(*arguments: Any, **options: Any) -> Control:
            control = admit(*arguments, **options)
            seen.append((server.context.tcp_ports.used, len(server.controls), refuses(port)))
            return control

        server.controls.admit = spy  # type: ignore[method-assign]
        with Peer(server, run_id=RUN_ID) as new:
            assert new.answer.error == ""
        assert seen == [({}, 1, True)]


def test_user_that_waits_for_the_old_session_is_let_go(serve: StartServer) -> None:
    server = serve()
    with Peer(server, run_id=RUN_ID, service=None) as old:
        port = old.publish("p")
        user = gevent.spawn(tcp_echoes, port)
        eventually(lambda: old.requests > 0)
        with Peer(server, run_id=RUN_ID):
            assert user.get(timeout=5) is False


def test_late_end_of_the_old_client_does_not_hurt_the_new_one(serve: StartServer) -> None:
    server = serve(transport__tcp_mux=False)
    old = Peer(server, run_id=RUN_ID)
    old.publish("p")
    with Peer(server, run_id=RUN_ID) as new:
        port = new.publish("p")
        old.close()
        for _ in range(3):
            assert tcp_echoes(port)


def counts(server: Server) -> dict[str, int]:
    """What takes room in this process."""
    gc.collect()
    counted = (gevent.Greenlet, TcpStream, MuxStream, MuxSession, Control)
    kinds = Counter(type(thing).__name__ for thing in gc.get_objects() if isinstance(thing, counted))
    kinds["descriptors"] = psutil.Process().num_fds()
    kinds["routes"] = len(server.context.registry.snapshot())
    kinds["ports"] = len(server.context.tcp_ports.used)
    return kinds


def settled(server: Server) -> dict[str, int]:
    """The counts when they do not change any more."""
    same, last = 0, counts(server)
    while same < 3:
        gevent.sleep(0.05)
        now = counts(server)
        same = same + 1 if now == last else 0
        last = now
    return last


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_counts_are_flat_after_many_takeovers(serve: StartServer, mux: bool) -> None:
    server = serve(transport__tcp_mux=mux)
    old = Peer(server, run_id=RUN_ID, pool_count=2)
    port = old.publish("p")
    early: dict[str, int] = {}
    try:
        for number in range(ROUNDS):
            new = Peer(server, run_id=RUN_ID, pool_count=2)
            old.wait_ended()
            old.close()
            old = new
            assert new.publish("p", remote_port=port) == port
            if number % 50 == 10:
                assert tcp_echoes(port)
                early = early or settled(server)
        late = settled(server)
    finally:
        old.close()
    assert {kind: (early.get(kind, 0), late[kind]) for kind in late if late[kind] > early.get(kind, 0)} == {}
