"""A client that logs in again with its run id takes over at once, whatever became of its old connection."""

import contextlib
import time
from collections.abc import Iterator

import gevent
import psutil
import pytest

from tests.support import namespaces
from tests.support.lab import Lab, tcp_proxy
from tests.support.namespaces import SERVER_ADDRESS, Cable
from tests.support.program import Program
from tests.support.rawclient import RawClient
from tests.support.users import connect, receive_all, refuses
from tests.support.waiting import eventually

SECONDS = 2.0  # within which a login has to be answered
NO_MUX = {"transport.tcpMux": False, "log.level": "info"}
ROUNDS = 500


def listens(port: int) -> bool:
    return not refuses(port)


def test_old_session_ends_and_its_port_moves(lab: Lab) -> None:
    server = lab.frps(NO_MUX)
    port = tcp_proxy("x", 1)["remotePort"]
    with RawClient(connect(server.port)) as old:
        assert old.new_tcp_proxy("x", port) == ""
        start = time.monotonic()
        with RawClient(connect(server.port), old.run_id) as new:
            assert time.monotonic() - start < SECONDS
            assert new.run_id == old.run_id
            assert new.new_tcp_proxy("x", port) == ""
            receive_all(old.connection)
            assert listens(port)
        server.wait_for("client exit success", count=2)
        assert refuses(port)


def test_counts_are_flat_after_many_takeovers(lab: Lab) -> None:
    server = lab.frps(NO_MUX)
    port, process = tcp_proxy("x", 1)["remotePort"], server.usage()
    run_id, descriptors, memory = "0123456789abcdef", 0, 0
    with contextlib.ExitStack() as stack:
        for number in range(ROUNDS):
            client = RawClient(connect(server.port), run_id)
            assert client.new_tcp_proxy("x", port) == ""
            stack.close()  # only now the predecessor, which never noticed that it was replaced
            stack.enter_context(client)
            if number == ROUNDS // 10:
                descriptors, memory = settle(process)
        descriptors_now, memory_now = settle(process)
        assert listens(port)
    assert descriptors_now - descriptors <= 2
    assert memory_now - memory < 8 << 20


def settle(process: psutil.Process) -> tuple[int, int]:
    """(descriptors, bytes resident) after what is ending has had time to end."""
    gevent.sleep(0.3)
    return process.num_fds(), process.memory_info().rss


def test_many_logins_with_one_run_id_at_the_same_moment(lab: Lab) -> None:
    server = lab.frps(NO_MUX)
    port = tcp_proxy("x", 1)["remotePort"]

    def log_in() -> RawClient | None:
        with contextlib.suppress(OSError):  # replaced before it was answered
            return RawClient(connect(server.port), "fedcba9876543210")
        return None

    jobs = [gevent.spawn(log_in) for _ in range(30)]
    clients = [client for job in gevent.joinall(jobs, timeout=20) if (client := job.get())]
    with contextlib.ExitStack() as stack:
        for client in clients:
            stack.enter_context(client)
        stack.enter_context(last := RawClient(connect(server.port), "fedcba9876543210"))
        assert last.answer.get("error", "") == ""
        assert last.new_tcp_proxy("x", port) == ""
        assert listens(port)


@pytest.fixture
def cable() -> Iterator[Cable]:
    with contextlib.ExitStack() as stack:
        try:
            names = stack.enter_context(namespaces.cable())
        except OSError as error:
            pytest.skip(f"no network namespaces: {error}")
        yield names


def frps_in(lab: Lab, cable: Cable, options: dict[str, object]) -> Program:
    return lab.frps({"bindAddr": "0.0.0.0", **options}, prefix=namespaces.prefix(cable.server))


@pytest.mark.program
def test_black_holed_control_is_replaced_within_two_seconds(lab: Lab, cable: Cable) -> None:
    server = frps_in(lab, cable, NO_MUX)
    port, process = tcp_proxy("x", 1)["remotePort"], server.usage()
    at_rest = process.num_fds()
    with RawClient(namespaces.connect(cable.client, SERVER_ADDRESS, server.port)) as old:
        assert old.new_tcp_proxy("x", port) == ""
        cable.cut()
        start = time.monotonic()
        with RawClient(namespaces.connect(cable.server, "127.0.0.1", server.port), old.run_id) as new:
            assert new.new_tcp_proxy("x", port) == ""
            assert time.monotonic() - start < SECONDS
            server.wait_for("client exit success")
            # One control and one listener: nothing of the old session is held.
            eventually(lambda: process.num_fds() == at_rest + 2)
            namespaces.connect(cable.server, "127.0.0.1", port).close()


@pytest.mark.program
@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_client_behind_a_cable_that_was_cut_is_back_soon(lab: Lab, cable: Cable, mux: bool) -> None:
    server = frps_in(lab, cable, {"transport.tcpMux": mux})
    proxy = tcp_proxy("x", 1)
    options = {
        "serverAddr": SERVER_ADDRESS,
        "transport.tcpMux": mux,
        "transport.heartbeatInterval": 1,
        "transport.heartbeatTimeout": 2,
        "transport.dialServerTimeout": 1,
        "proxies": [proxy],
    }
    client = lab.start_frpc(server.port, options, prefix=namespaces.prefix(cable.client))
    client.wait_for("[x] start proxy success")
    cable.cut()
    client.wait_for("try to connect to server", count=2)
    cable.mend()
    client.wait_for("[x] start proxy success", count=2, timeout=30)
    server.wait_for("client exit success")
    namespaces.connect(cable.server, "127.0.0.1", proxy["remotePort"]).close()
