"""Faults around the programs: no descriptors left, a local service that is down, users that leave in a hurry."""

import contextlib
import resource
import socket

import gevent
import pytest

from tests.support.lab import Lab, tcp_proxy, udp_proxy
from tests.support.users import connect, receive_all, receive_exact, tcp_echoes, udp_echoes
from tests.support.waiting import eventually

SPARE = 12  # work connections that a pool may hold after a rush


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit")
@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_server_out_of_descriptors_slows_and_recovers(lab: Lab, mux: bool) -> None:
    server, proxy = lab.frps({"transport.tcpMux": mux}), tcp_proxy("echo", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy], {"transport.tcpMux": mux})
    process = server.usage()
    with connect(proxy["remotePort"]) as user:
        user.sendall(b"x")
        assert receive_exact(user, 1) == b"x"
        soft, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (process.num_fds() + 5, hard))
        with contextlib.ExitStack() as stack:
            for port in (server.port, proxy["remotePort"]) * 10:
                stack.enter_context(connect(port))
            lines, busy = len(server.lines), sum(process.cpu_times()[:2])
            for _ in range(10):
                gevent.sleep(0.1)
                user.sendall(b"y")
                assert receive_exact(user, 1) == b"y", "an established connection suffers"
            assert sum(process.cpu_times()[:2]) - busy < 0.8, "the accept loop spins"
            assert len(server.lines) - lines < 200, "the accept loop floods the log"
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (soft, hard))
        eventually(lambda: tcp_echoes(proxy["remotePort"]), timeout=30)
    assert len(client.matching("login to server success")) == 1


def test_local_service_that_is_down_ends_the_user_and_is_found_when_it_is_back(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        local = closed.getsockname()[1]
    proxies = [tcp_proxy("late", local), tcp_proxy("other", lab.tcp_echo())]
    late, other = (proxy["remotePort"] for proxy in proxies)
    client = lab.frpc(lab.frps().port, proxies)
    with connect(late) as user:
        assert receive_all(user) == b""
    client.wait_for(f"connect to local service [127.0.0.1:{local}] error: ")
    assert tcp_echoes(other)
    with socket.create_server(("127.0.0.1", local)) as service, connect(late) as user:
        service.settimeout(10)
        served = service.accept()[0]
        with served:
            served.sendall(b"back")
            assert receive_exact(user, 4) == b"back"


def test_local_udp_service_that_is_down_is_found_when_it_is_back(lab: Lab) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        local = closed.getsockname()[1]
    proxy = udp_proxy("late", local)
    lab.frpc(lab.frps().port, [proxy])
    assert not udp_echoes(proxy["remotePort"], timeout=1.5)
    with socket.socket(type=socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", local))

        def answer() -> None:
            while True:
                service.sendto(*service.recvfrom(2000))

        job = gevent.spawn(answer)
        try:
            assert udp_echoes(proxy["remotePort"])
        finally:
            job.kill()


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_users_that_leave_in_a_hurry_leave_nothing_behind(lab: Lab, mux: bool) -> None:
    server, proxy = lab.frps({"transport.tcpMux": mux}), tcp_proxy("echo", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy], {"transport.tcpMux": mux})
    assert tcp_echoes(proxy["remotePort"])
    processes = [server.usage(), client.usage()]

    def hurry(number: int) -> None:
        with connect(proxy["remotePort"]) as user:
            if number % 3:
                user.sendall(bytes(50_000))
            if number % 2:  # linger of 0 seconds: close sends RST
                user.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    for number in range(30):
        hurry(number)
    before = [process.num_fds() for process in processes]
    for number in range(150):
        hurry(number)
    eventually(lambda: all(p.num_fds() <= old + SPARE for p, old in zip(processes, before, strict=True)))
    assert tcp_echoes(proxy["remotePort"])
