"""udp proxies: datagrams of many users over one work connection, which is replaced when it fails."""

import socket

import pytest

from frpg.net.stream import Stream
from frpg.server.proxies import udp
from tests.support.users import udp_echoes
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer, udp_echo


@pytest.fixture(autouse=True)
def no_first_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "FIRST_DELAY", 0)
    monkeypatch.setattr(udp, "RETRY_DELAY", 0.01)


def echoing(serve: StartServer, **options: object) -> Peer:
    """A client that answers datagrams."""
    peer: Peer
    peer = Peer(serve(**options), service=lambda stream: udp_echo(lambda: peer.framing)(stream), version=2)
    return peer


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("mux", [True, False])
def test_datagrams_come_back_to_their_users(serve: StartServer, version: int, mux: bool) -> None:
    peer: Peer
    server = serve(transport__tcp_mux=mux)
    with Peer(server, version=version, service=lambda stream: udp_echo(lambda: peer.framing)(stream)) as peer:
        port = peer.publish("u", "udp")
        users = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(5)]
        for number, user in enumerate(users):
            user.settimeout(5)
            user.sendto(b"%d" % number, ("127.0.0.1", port))
        for number, user in enumerate(users):
            assert user.recvfrom(100) == (b"%d" % number, ("127.0.0.1", port))
            user.close()
        (start,) = peer.started
        assert (start.proxy_name, start.src_addr, start.dst_port) == ("u", "", 0)
        (control,) = server.controls._controls
        proxy = control.proxies.get("u")
        assert proxy is not None
        assert (proxy.traffic_in.value, proxy.traffic_out.value) == (5, 5)


def test_broken_work_connection_is_replaced(serve: StartServer) -> None:
    streams: list[Stream] = []
    peer: Peer

    def service(stream: Stream) -> None:
        streams.append(stream)
        udp_echo(lambda: peer.framing)(stream)

    with Peer(serve(), service=service) as peer:
        port = peer.publish("u", "udp")
        assert udp_echoes(port)
        streams[0].close()
        eventually(lambda: len(streams) == 2)
        assert udp_echoes(port)


def test_silent_client_gets_another_work_connection(serve: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "SILENCE", 0.05)
    with echoing(serve) as peer:
        peer.publish("u", "udp")
        eventually(lambda: len(peer.started) >= 3)


def test_datagrams_wait_for_the_work_connection(serve: StartServer) -> None:
    server = serve()
    peer: Peer
    with Peer(server, service=None) as peer:
        port = peer.publish("u", "udp")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as user:
            user.settimeout(5)
            user.connect(("127.0.0.1", port))
            user.send(b"early")
            work = peer.offer()
            work.receive(5)
            packet = work.receive(5)
            assert packet.content == b"early"
            assert (packet.remote_addr.ip, packet.remote_addr.port) == user.getsockname()


def test_long_datagrams_are_cut(serve: StartServer) -> None:
    with echoing(serve, udp_packet_size=100) as peer:
        port = peer.publish("u", "udp")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as user:
            user.settimeout(5)
            user.sendto(bytes(150), ("127.0.0.1", port))
            assert user.recv(1000) == bytes(100)


@pytest.mark.parametrize("taken", ["used", "not allowed"])
def test_port_faults_name_the_port(serve: StartServer, taken: str) -> None:
    from frpg.config.values import PortRange

    with Peer(serve(allow_ports=[PortRange(20000, 30000)])) as peer:
        port = peer.publish("u", "udp") if taken == "used" else 40000
        text = "port already used" if taken == "used" else "port not allowed"
        assert peer.new_proxy("v", "udp", remote_port=port).error == f"acquire port {port} error: {text}"


def test_port_is_free_after_the_end(serve: StartServer) -> None:
    server = serve()
    with echoing(lambda **_: server) as peer:
        port = peer.publish("u", "udp")
        assert udp_echoes(port)
    eventually(lambda: server.context.udp_ports.used == {})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", port))
