"""Bandwidth limits hold bytes back: 50 KB echoed through 10 KB/s takes its time, in client and in server mode."""

import time

import gevent
import pytest

from tests.support.lab import Lab, tcp_proxy
from tests.support.users import tcp_echoes

# Out and back make 100 KB; the bucket is full at the start and holds one second's worth.
SIZE = 50 * 1024
LEAST_SECONDS = 8


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_limit_counts_both_directions_of_all_connections(lab: Lab, mux: bool) -> None:
    limits = {"transport.bandwidthLimit": "10KB"}
    echo = lab.tcp_echo()
    proxies = [
        tcp_proxy("client", echo, **limits),
        tcp_proxy("server", echo, **limits, **{"transport.bandwidthLimitMode": "server"}),
        tcp_proxy("free", echo),
    ]
    server = lab.frps({"transport.tcpMux": mux})
    lab.frpc(server.port, proxies, {"transport.tcpMux": mux})
    client_mode, server_mode, free = (proxy["remotePort"] for proxy in proxies)

    def seconds(port: int, size: int) -> float:
        start = time.monotonic()
        assert tcp_echoes(port, bytes(size))
        return time.monotonic() - start

    one = gevent.spawn(seconds, client_mode, SIZE)
    two = [gevent.spawn(seconds, server_mode, SIZE // 2) for _ in range(2)]
    assert tcp_echoes(free, bytes(SIZE))
    assert not one.ready(), "the proxy without a limit had to wait for the others"
    assert one.get() > LEAST_SECONDS
    assert max(job.get() for job in two) > LEAST_SECONDS
