"""TCP and UDP echo over every wire protocol, with and without multiplexing, TLS, encryption and compression."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.binaries import Ends
from tests.support.lab import Lab, tcp_proxy, udp_proxy
from tests.support.users import tcp_echoes, udp_echoes

STAGES = {
    "plain": {},
    "encrypted": {"transport.useEncryption": True},
    "compressed": {"transport.useCompression": True},
    "encrypted and compressed": {"transport.useEncryption": True, "transport.useCompression": True},
}
PAYLOADS = [b"x", b"hello " * 100, bytes(range(256)) * 1024]


@dataclass
class Tunnels:
    """Remote ports by stages."""

    tcp: dict[str, int]
    udp: dict[str, int]


@pytest.fixture(
    scope="module",
    params=itertools.product(("v1", "v2", "auto"), (True, False), (True, False)),
    ids=lambda p: f"{p[0]}-{'mux' if p[1] else 'nomux'}-{'tls' if p[2] else 'notls'}",
)
def tunnels(request: pytest.FixtureRequest, ends: Ends, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tunnels]:
    wire, mux, tls = request.param
    if wire not in ends.wires:
        pytest.skip(f"this frpc has no wire protocol {wire}")
    with Lab(ends, tmp_path_factory.mktemp("matrix")) as lab:
        server = lab.frps({"transport.tcpMux": mux})
        tcp, udp = lab.tcp_echo(), lab.udp_echo()
        tcps = [tcp_proxy(f"tcp {name}", tcp, **stages) for name, stages in STAGES.items()]
        udps = [udp_proxy(f"udp {name}", udp, **stages) for name, stages in STAGES.items()]
        options = {"transport.tcpMux": mux, "transport.tls.enable": tls, "transport.wireProtocol": wire}
        lab.frpc(server.port, [*tcps, *udps], options)
        yield Tunnels(
            {name: proxy["remotePort"] for name, proxy in zip(STAGES, tcps, strict=True)},
            {name: proxy["remotePort"] for name, proxy in zip(STAGES, udps, strict=True)},
        )


@pytest.mark.parametrize("stages", STAGES)
def test_tcp_echo(tunnels: Tunnels, stages: str) -> None:
    for payload in PAYLOADS:
        assert tcp_echoes(tunnels.tcp[stages], payload)


@pytest.mark.parametrize("stages", STAGES)
def test_udp_echo(tunnels: Tunnels, stages: str) -> None:
    for payload in (b"x", b"datagram", bytes(range(256)) * 5):
        assert udp_echoes(tunnels.udp[stages], payload)
