import logging
import socket
from collections.abc import Iterator

import gevent
import pytest

import frpg.client.proxies.udp as udp
from frpg.client.proxies.udp import UserSockets
from frpg.client.service import Client
from frpg.config.proxies import UdpProxyConfig
from frpg.logs import prefixed
from frpg.net.messages import MessageStream
from frpg.net.staged import StagedStream
from frpg.proto.cfb import Cfb
from frpg.proto.messages import Ping, StartWorkConn, UdpAddress, UdpPacket
from frpg.proto.snappy import Snappy
from tests.support.fake_frps import FakeControl, FakeFrps, eventually, fake_frps
from tests.support.ports import free_port
from tests.unit.client.conftest import Clients

ALICE = UdpAddress(ip="192.0.2.1", port=1234)
BOB = UdpAddress(ip="2001:db8::1", port=1234)


@pytest.fixture
def server() -> Iterator[FakeFrps]:
    with fake_frps(mux=True, secret=b"secret") as server:
        yield server


@pytest.fixture
def service() -> Iterator[socket.socket]:
    """The local UDP service, played by the test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 0))
        service.settimeout(5)
        yield service


def config_for(service: socket.socket) -> UdpProxyConfig:
    return UdpProxyConfig(name="dns", local_port=service.getsockname()[1], remote_port=5353)


def running(
    clients: Clients, server: FakeFrps, config: UdpProxyConfig, **options: object
) -> tuple[Client, FakeControl]:
    client = clients.logged_in(server.port, mux=True, token="secret", proxies=[config], **options)
    control = server.next_control()
    assert control.start_proxy().remote_port == 5353
    assert eventually(lambda: client.proxies()[0].phase == "running")
    return client, control


def started(control: FakeControl, config: UdpProxyConfig) -> MessageStream:
    """The messages inside a work connection that was handed to the proxy."""
    work = control.work()
    work.send(StartWorkConn(proxy_name="dns"))
    stages = [Snappy()] * config.transport.use_compression + [Cfb(b"secret")] * config.transport.use_encryption
    return MessageStream(StagedStream(work.detach(), stages), work.framing)


@pytest.mark.parametrize("wire", ["v1", "v2"])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("encrypted", [False, True])
def test_each_user_has_a_socket_of_its_own(
    clients: Clients, server: FakeFrps, service: socket.socket, wire: str, compressed: bool, encrypted: bool
) -> None:
    config = config_for(service)
    config.transport.use_compression, config.transport.use_encryption = compressed, encrypted
    _, control = running(clients, server, config, wire=wire)
    work = started(control, config)
    sources = {}
    for user in (ALICE, BOB):
        work.send(UdpPacket(content=b"question", remote_addr=user))
        question, sources[user] = service.recvfrom(100)
        assert question == b"question"
    assert sources[ALICE] != sources[BOB]
    for user in (BOB, ALICE):
        service.sendto(b"answer", sources[user])
        assert work.receive(5) == UdpPacket(content=b"answer", remote_addr=user)
    work.send(UdpPacket(content=b"again", remote_addr=ALICE))
    assert service.recvfrom(100) == (b"again", sources[ALICE])
    work.close()


def test_long_answers_are_cut_to_the_packet_size(clients: Clients, server: FakeFrps, service: socket.socket) -> None:
    config = config_for(service)
    _, control = running(clients, server, config, udp_packet_size=100)
    work = started(control, config)
    work.send(UdpPacket(content=b"q" * 200, remote_addr=ALICE))
    question, source = service.recvfrom(1000)
    assert question == b"q" * 200
    service.sendto(b"a" * 200, source)
    assert work.receive(5) == UdpPacket(content=b"a" * 100, remote_addr=ALICE)
    work.close()


def test_a_new_work_connection_takes_the_place_of_the_last(
    clients: Clients, server: FakeFrps, service: socket.socket
) -> None:
    config = config_for(service)
    _, control = running(clients, server, config)
    first = started(control, config)
    first.send(UdpPacket(content=b"one", remote_addr=ALICE))
    source = service.recvfrom(100)[1]
    second = started(control, config)
    with pytest.raises(ConnectionError), gevent.Timeout(5):
        first.receive()
    second.send(UdpPacket(content=b"two", remote_addr=ALICE))
    assert service.recvfrom(100) == (b"two", source)
    service.sendto(b"answer", source)
    assert second.receive(5) == UdpPacket(content=b"answer", remote_addr=ALICE)
    first.close()
    second.close()


def test_a_broken_work_connection_leaves_the_proxy_running(
    clients: Clients, server: FakeFrps, service: socket.socket
) -> None:
    config = config_for(service)
    client, control = running(clients, server, config)
    broken = started(control, config)
    broken.stream.sendall(b"\xff" * 100)
    with pytest.raises(ConnectionError), gevent.Timeout(5):
        broken.receive()
    assert client.proxies()[0].phase == "running"
    work = started(control, config)
    work.send(UdpPacket(content=b"question", remote_addr=ALICE))
    assert service.recv(100) == b"question"
    broken.close()
    work.close()


def test_pings_keep_the_work_connection_alive(
    clients: Clients, server: FakeFrps, service: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp, "PING_INTERVAL", 0.01)
    config = config_for(service)
    _, control = running(clients, server, config)
    work = started(control, config)
    assert [work.receive(5) for _ in range(3)] == [Ping()] * 3
    work.close()


def test_the_first_datagram_of_a_user_carries_the_proxy_protocol_header(
    clients: Clients, server: FakeFrps, service: socket.socket
) -> None:
    config = config_for(service)
    config.transport.proxy_protocol_version = "v2"
    _, control = running(clients, server, config)
    work = started(control, config)
    for content in (b"one", b"two"):
        work.send(UdpPacket(content=content, remote_addr=ALICE))
    port = config.local_port.to_bytes(2, "big").hex()
    head = bytes.fromhex(f"0d0a0d0a000d0a515549540a2112000cc00002017f00000104d2{port}")
    assert service.recv(100) == head + b"one"
    assert service.recv(100) == b"two"
    work.close()


def test_a_service_that_is_down_does_no_harm(clients: Clients, server: FakeFrps) -> None:
    config = UdpProxyConfig(name="dns", local_port=free_port(), remote_port=5353)
    _, control = running(clients, server, config)
    work = started(control, config)
    for _ in range(20):
        work.send(UdpPacket(content=b"question", remote_addr=ALICE))
        gevent.sleep(0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", config.local_port))
        service.settimeout(5)
        work.send(UdpPacket(content=b"now", remote_addr=ALICE))
        while service.recv(100) != b"now":
            pass
    work.close()


class Sockets:
    """User sockets towards `service`, with the replies they gave."""

    def __init__(self, service: socket.socket) -> None:
        self.replies: list[tuple[bytes, str, int]] = []
        self.users = UserSockets(
            service.getsockname(),
            1500,
            "",
            lambda *reply: self.replies.append(reply),
            prefixed(logging.getLogger("test")),
        )


@pytest.fixture
def sockets(service: socket.socket) -> Iterator[Sockets]:
    sockets = Sockets(service)
    yield sockets
    sockets.users.close()


def test_an_idle_user_is_forgotten_and_comes_back_with_a_new_socket(
    service: socket.socket, sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp, "SWEEP_INTERVAL", 0.01)
    monkeypatch.setattr(udp, "IDLE_TIMEOUT", 0.03)
    sockets.users.send(b"one", "192.0.2.1", 1)
    assert service.recv(100) == b"one"
    assert eventually(lambda: len(sockets.users) == 0)
    sockets.users.send(b"two", "192.0.2.1", 1)
    assert service.recv(100) == b"two"
    assert len(sockets.users) == 1


def test_the_user_that_was_quiet_longest_makes_room(
    service: socket.socket, sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp, "MAX_USERS", 2)
    sources = {}
    for port in (1, 2):
        sockets.users.send(b"hello", "192.0.2.1", port)
        sources[port] = service.recvfrom(100)[1]
    service.sendto(b"still here", sources[1])
    assert eventually(lambda: sockets.replies == [(b"still here", "192.0.2.1", 1)])
    sockets.users.send(b"hello", "192.0.2.1", 3)
    service.recvfrom(100)
    assert len(sockets.users) == 2
    sockets.users.send(b"again", "192.0.2.1", 1)
    assert service.recvfrom(100)[1] == sources[1]
    sockets.users.send(b"again", "192.0.2.1", 2)
    assert service.recvfrom(100)[1] != sources[2]


def test_sockets_that_cannot_be_made_are_logged_once(
    service: socket.socket, sockets: Sockets, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise OSError("too many open files")

    monkeypatch.setattr(udp, "UdpSocket", fail)
    for port in range(1, 5):
        sockets.users.send(b"hello", "192.0.2.1", port)
    assert len(caplog.records) == 1
    assert "too many open files" in caplog.text
