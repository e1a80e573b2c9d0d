"""A user or a service that has sent all still gets its answer: ends are passed on one direction at a time."""

import itertools
import socket
from collections.abc import Iterator

import pytest

from tests.support.binaries import Ends
from tests.support.lab import Lab, tcp_proxy
from tests.support.services import Backlog
from tests.support.users import connect, receive_all, receive_exact

STAGES = {
    "plain": {},
    "encrypted": {"transport.useEncryption": True},
    "compressed": {"transport.useCompression": True},
    "both": {"transport.useEncryption": True, "transport.useCompression": True},
    "limited": {"transport.bandwidthLimit": "100MB"},
    "limited by the server": {"transport.bandwidthLimit": "100MB", "transport.bandwidthLimitMode": "server"},
}
ANSWER = b"the answer comes late " * 20_000


class Tunnels:
    def __init__(self, lab: Lab, mux: bool, tls: bool) -> None:
        self.service: Backlog = lab.backlog()
        proxies = [tcp_proxy(name, self.service.port, **stages) for name, stages in STAGES.items()]
        server = lab.frps({"transport.tcpMux": mux})
        lab.frpc(server.port, proxies, {"transport.tcpMux": mux, "transport.tls.enable": tls})
        self.ports = {proxy["name"]: proxy["remotePort"] for proxy in proxies}


@pytest.fixture(
    scope="module",
    params=itertools.product((True, False), (True, False)),
    ids=lambda p: f"{'mux' if p[0] else 'nomux'}-{'tls' if p[1] else 'notls'}",
)
def tunnels(request: pytest.FixtureRequest, ends: Ends, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tunnels]:
    if ends.frps.is_official or ends.frpc.is_official:
        pytest.skip("official frp ends both directions at once")
    with Lab(ends, tmp_path_factory.mktemp("half")) as lab:
        yield Tunnels(lab, *request.param)


@pytest.mark.parametrize("stages", STAGES)
def test_user_ends_first(tunnels: Tunnels, stages: str) -> None:
    with connect(tunnels.ports[stages]) as user, tunnels.service.accept() as served:
        user.sendall(b"question")
        user.shutdown(socket.SHUT_WR)
        assert receive_all(served) == b"question"
        served.sendall(ANSWER)
        served.shutdown(socket.SHUT_WR)
        assert receive_all(user) == ANSWER


@pytest.mark.parametrize("stages", STAGES)
def test_service_ends_first(tunnels: Tunnels, stages: str) -> None:
    with connect(tunnels.ports[stages]) as user, tunnels.service.accept() as served:
        served.sendall(b"greeting")
        served.shutdown(socket.SHUT_WR)
        assert receive_all(user) == b"greeting"
        user.sendall(ANSWER)
        user.shutdown(socket.SHUT_WR)
        assert receive_all(served) == ANSWER


@pytest.mark.parametrize("stages", STAGES)
def test_reset_of_one_side_reaches_the_other(tunnels: Tunnels, stages: str) -> None:
    with connect(tunnels.ports[stages]) as user, tunnels.service.accept() as served:
        user.sendall(b"x")
        assert receive_exact(served, 1) == b"x"
        # Linger of 0 seconds: close sends RST.
        served.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        served.close()
        assert receive_all(user) == b""
