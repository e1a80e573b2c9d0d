"""iperf3 through plain, encrypted, compressed and limited proxies, in both directions, over tcp and udp."""

import json
from typing import Any

import pytest

from tests.support.lab import Lab, tcp_proxy, udp_proxy
from tests.support.ports import free_port
from tests.support.tools import need, run, wait_listening

pytestmark = pytest.mark.program
SECONDS = 2
MB = 1 << 20
STAGES = {
    "plain": {},
    "encrypted": {"transport.useEncryption": True},
    "compressed": {"transport.useCompression": True},
    "limited by the client": {"transport.bandwidthLimit": "2MB"},
    "limited by the server": {"transport.bandwidthLimit": "2MB", "transport.bandwidthLimitMode": "server"},
}


@pytest.fixture
def iperf(lab: Lab) -> int:
    """Local port of an iperf3 server."""
    port = free_port()
    lab.command(*need("iperf3"), "-s", "-B", "127.0.0.1", "-p", str(port))
    wait_listening(port)
    return port


def measure(port: int, *options: str) -> dict[str, Any]:
    """The `end` part of iperf3's report."""
    report = run(*need("iperf3"), "-c", "127.0.0.1", "-p", str(port), "-t", str(SECONDS), "-J", *options)
    return json.loads(report)["end"]


@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["up", "down"])
@pytest.mark.parametrize("stages", STAGES)
def test_tcp(lab: Lab, iperf: int, stages: str, direction: list[str]) -> None:
    proxy = tcp_proxy("iperf", iperf, **STAGES[stages])
    lab.frpc(lab.frps().port, [proxy])
    end = measure(proxy["remotePort"], "-P", "2", *direction)
    received, seconds = end["sum_received"]["bytes"], end["sum_received"]["seconds"]
    assert received > 0
    if "limited" in stages:
        assert received <= 2 * MB * (seconds + 2)  # a full bucket at the start, and one in the relay's hands


def test_udp_loses_nothing_at_a_modest_rate(lab: Lab, iperf: int) -> None:
    remote = free_port()  # iperf3 speaks tcp and udp with one port number
    lab.frpc(lab.frps().port, [tcp_proxy("tcp", iperf, remote), udp_proxy("udp", iperf, remote)])
    end = measure(remote, "-u", "-b", "8M", "-l", "1200")
    assert end["sum"]["packets"] > 1000
    assert end["sum"]["lost_percent"] < 1
