"""Datagrams: many users at a time, sizes up to the configured one, and what is too large."""

import contextlib
import socket

import pytest

from tests.support.lab import Lab, udp_proxy
from tests.support.users import TIMEOUT, udp_echoes

WIRES = ("v1", "v2")


def user_of(port: int) -> socket.socket:
    user = socket.socket(type=socket.SOCK_DGRAM)
    user.settimeout(TIMEOUT)
    user.connect(("127.0.0.1", port))
    return user


@pytest.mark.parametrize("wire", WIRES)
def test_each_user_gets_its_own_answers(lab: Lab, wire: str) -> None:
    proxy = udp_proxy("udp", lab.udp_echo())
    lab.frpc(lab.frps().port, [proxy], {"transport.wireProtocol": wire})
    assert udp_echoes(proxy["remotePort"])
    with contextlib.ExitStack() as stack:
        users = [stack.enter_context(user_of(proxy["remotePort"])) for _ in range(50)]
        for turn in range(5):
            for number, user in enumerate(users):
                user.send(b"%d %d" % (turn, number))
            for number, user in enumerate(users):
                assert user.recv(2000) == b"%d %d" % (turn, number)


@pytest.mark.parametrize("wire", WIRES)
def test_datagrams_longer_than_the_packet_size_are_cut(lab: Lab, wire: str) -> None:
    size = {"udpPacketSize": 1000}
    proxy = udp_proxy("udp", lab.udp_echo())
    lab.frpc(lab.frps(size).port, [proxy], {**size, "transport.wireProtocol": wire})
    assert udp_echoes(proxy["remotePort"], bytes(1000))
    with user_of(proxy["remotePort"]) as user:
        user.send(b"x" * 1001)
        assert user.recv(2000) == b"x" * 1000


LARGE = {"udpPacketSize": 65535}


@pytest.mark.parametrize(("wire", "size"), [("v1", 7000), ("v2", 40_000)])
def test_large_packet_size(lab: Lab, wire: str, size: int) -> None:
    proxy = udp_proxy("udp", lab.udp_echo())
    lab.frpc(lab.frps(LARGE).port, [proxy], {**LARGE, "transport.wireProtocol": wire})
    assert udp_echoes(proxy["remotePort"], bytes(range(200)) * (size // 200))


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize("wire", WIRES)
def test_datagram_that_fits_into_no_message_is_lost_alone(lab: Lab, wire: str) -> None:
    proxy = udp_proxy("udp", lab.udp_echo())
    client = lab.frpc(lab.frps(LARGE).port, [proxy], {**LARGE, "transport.wireProtocol": wire})
    assert udp_echoes(proxy["remotePort"])
    with user_of(proxy["remotePort"]) as user:
        user.send(bytes(65_000))
        user.send(b"after")
        answers = [user.recv(70_000)]
        if len(answers[0]) == 65_000:  # v2 between two frpg ends has room for it
            answers.append(user.recv(100))
        assert answers[-1] == b"after"
    assert len(client.matching("login to server success")) == 1


def test_empty_datagram_is_no_end(lab: Lab) -> None:
    proxy = udp_proxy("udp", lab.udp_echo())
    lab.frpc(lab.frps().port, [proxy])
    assert udp_echoes(proxy["remotePort"])
    with user_of(proxy["remotePort"]) as user:
        user.send(b"")
        user.send(b"after")
        answers = [user.recv(100)]
        if answers == [b""]:
            answers.append(user.recv(100))
        assert answers[-1] == b"after"


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_a_flood_is_thinned_out_and_does_not_end_the_tunnel(lab: Lab, mux: bool) -> None:
    proxy = udp_proxy("udp", lab.udp_echo())
    server = lab.frps({"transport.tcpMux": mux})
    lab.frpc(server.port, [proxy], {"transport.tcpMux": mux})
    assert udp_echoes(proxy["remotePort"])
    before = server.usage().memory_info().rss
    with user_of(proxy["remotePort"]) as user:
        for _ in range(30_000):
            with contextlib.suppress(OSError):
                user.send(bytes(1200))
    assert udp_echoes(proxy["remotePort"], b"still here")
    assert server.usage().memory_info().rss - before < 30 << 20
