"""Random streams arrive unchanged, in both directions at once, through every combination of stages."""

import itertools
import socket
from collections.abc import Iterator

import gevent
import pytest

from tests.support.binaries import Ends
from tests.support.duplex import digest, exchange, expected
from tests.support.lab import Lab, tcp_proxy
from tests.support.services import Backlog
from tests.support.users import connect, receive_exact, tcp_echoes

SIZE = 1_500_001
LIMITS = {
    "unlimited": {},
    "client limit": {"transport.bandwidthLimit": "200MB"},
    "server limit": {"transport.bandwidthLimit": "200MB", "transport.bandwidthLimitMode": "server"},
}
STAGES = [
    pytest.param(encrypted, compressed, limit, id="-".join((*("enc",) * encrypted, *("comp",) * compressed, limit)))
    for encrypted, compressed, limit in itertools.product((False, True), (False, True), LIMITS)
]


def name(encrypted: bool, compressed: bool, limit: str) -> str:
    return f"{encrypted} {compressed} {limit}"


class Tunnels:
    """One client with a proxy for each combination of stages, all to the same local service."""

    def __init__(self, lab: Lab, options: dict[str, bool]) -> None:
        server = lab.frps({"transport.tcpMux": options["transport.tcpMux"]})
        self.service: Backlog = lab.backlog()
        proxies = [
            tcp_proxy(
                name(*stages),
                self.service.port,
                **{"transport.useEncryption": stages[0], "transport.useCompression": stages[1], **LIMITS[stages[2]]},
            )
            for stages in (param.values for param in STAGES)
        ]
        echo = tcp_proxy("echo", lab.tcp_echo())
        self.echo = echo["remotePort"]
        lab.frpc(server.port, [*proxies, echo], options)
        self.ports = {proxy["name"]: proxy["remotePort"] for proxy in proxies}


@pytest.fixture(
    scope="module",
    params=itertools.product((True, False), (True, False)),
    ids=lambda p: f"{'mux' if p[0] else 'nomux'}-{'tls' if p[1] else 'notls'}",
)
def tunnels(request: pytest.FixtureRequest, ends: Ends, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tunnels]:
    mux, tls = request.param
    with Lab(ends, tmp_path_factory.mktemp("integrity")) as lab:
        yield Tunnels(lab, {"transport.tcpMux": mux, "transport.tls.enable": tls})


@pytest.mark.parametrize(("encrypted", "compressed", "limit"), STAGES)
def test_streams_arrive_unchanged(tunnels: Tunnels, encrypted: bool, compressed: bool, limit: str) -> None:
    port = tunnels.ports[name(encrypted, compressed, limit)]
    assert exchange(port, tunnels.service, seed=7, size=SIZE) == expected(7, SIZE)


def test_several_connections_at_a_time_do_not_mix(tunnels: Tunnels) -> None:
    port, size = tunnels.ports[name(True, True, "unlimited")], SIZE // 4
    seeds = range(0, 80, 10)
    jobs = [gevent.spawn(exchange, port, tunnels.service, seed=seed, size=size) for seed in seeds]
    gevent.joinall(jobs, raise_error=True)
    # Which user meets which accepted connection is left to chance, so the receipts are compared as sets.
    by_users, by_service = zip(*(job.get() for job in jobs), strict=True)
    assert {receipt.digest for receipt in by_users} == {digest(seed + 1, size) for seed in seeds}
    assert {receipt.digest for receipt in by_service} == {digest(seed, size) for seed in seeds}


def fill(connection: socket.socket, limit: int) -> int:
    """Send until the way is full for a second; bytes that went in, at most `limit`."""
    connection.settimeout(1)
    sent = 0
    piece = bytes(65536)
    try:
        while sent < limit:
            sent += connection.send(piece)
    except TimeoutError:
        pass
    return sent


def test_slow_reader_slows_its_writer_and_nobody_else(tunnels: Tunnels) -> None:
    limit = 128 << 20
    with connect(tunnels.ports[name(False, False, "unlimited")]) as user, tunnels.service.accept() as served:
        sent = fill(user, limit)
        assert sent < limit, "nothing held the writer back"
        assert tcp_echoes(tunnels.echo, bytes(100_000))
        served.settimeout(10)
        assert len(receive_exact(served, sent)) == sent
