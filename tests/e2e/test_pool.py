"""The pool of work connections: as many as the client asks for and the server allows, refilled after use."""

import contextlib

import psutil
import pytest

from tests.support.lab import Lab, tcp_proxy
from tests.support.program import Program
from tests.support.users import connect, receive_exact
from tests.support.waiting import eventually


def connections(client: Program, server: Program) -> int:
    """Connections of the client to the server's port; without multiplexing each stream is one."""
    return sum(
        c.status == psutil.CONN_ESTABLISHED and bool(c.raddr) and c.raddr.port == server.port
        for c in client.usage().net_connections("tcp")
    )


@pytest.mark.parametrize(("asked", "allowed", "pool"), [(3, 5, 3), (10, 2, 2)])
def test_pool_is_filled_and_refilled(lab: Lab, asked: int, allowed: int, pool: int) -> None:
    proxy = tcp_proxy("echo", lab.tcp_echo())
    server = lab.frps({"transport.tcpMux": False, "transport.maxPoolCount": allowed})
    client = lab.frpc(server.port, [proxy], {"transport.tcpMux": False, "transport.poolCount": asked})
    eventually(lambda: connections(client, server) == 1 + pool)
    with contextlib.ExitStack() as stack:
        for used in range(1, 4):
            user = stack.enter_context(connect(proxy["remotePort"]))
            user.sendall(b"hello")
            assert receive_exact(user, 5) == b"hello"
            eventually(lambda used=used: connections(client, server) == 1 + pool + used)


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_many_users_at_once_all_get_a_connection(lab: Lab, mux: bool) -> None:
    proxy = tcp_proxy("echo", lab.tcp_echo())
    server = lab.frps({"transport.tcpMux": mux})
    lab.frpc(server.port, [proxy], {"transport.tcpMux": mux})
    with contextlib.ExitStack() as stack:
        users = [stack.enter_context(connect(proxy["remotePort"])) for _ in range(100)]
        for number, user in enumerate(users):
            user.sendall(b"%03d" % number)
        assert [receive_exact(user, 3) for user in users] == [b"%03d" % number for number in range(100)]
