import contextlib
import socket
from collections.abc import Iterator

import gevent
import pytest

from frpg.client.service import Client
from frpg.config.proxies import (
    HttpProxyConfig,
    HttpsProxyConfig,
    ProxyConfig,
    TcpmuxProxyConfig,
    TcpProxyConfig,
)
from frpg.config.values import Bandwidth
from frpg.net.messages import MessageStream
from frpg.net.staged import StagedStream
from frpg.net.stream import Stream
from frpg.proto.cfb import Cfb
from frpg.proto.messages import StartWorkConn
from frpg.proto.snappy import Snappy
from tests.support.fake_frps import FakeControl, FakeFrps, eventually, fake_frps
from tests.support.ports import free_port
from tests.support.services import Backlog, backlog
from tests.support.users import receive_exact
from tests.unit.client.conftest import Clients


@pytest.fixture
def server() -> Iterator[FakeFrps]:
    with fake_frps(mux=True, secret=b"secret") as server:
        yield server


@pytest.fixture
def local() -> Iterator[Backlog]:
    with backlog() as local:
        yield local


def running(clients: Clients, server: FakeFrps, config: ProxyConfig) -> tuple[Client, FakeControl]:
    client = clients.logged_in(server.port, mux=True, token="secret", proxies=[config])
    control = server.next_control()
    control.start_proxy()
    assert eventually(lambda: client.proxies()[0].phase == "running")
    return client, control


def started(control: FakeControl, **addresses: object) -> MessageStream:
    work = control.work()
    work.send(StartWorkConn(proxy_name="web", **addresses))  # type: ignore[arg-type]
    return work


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("limited", [False, True])
def test_the_layers_are_compression_then_encryption_then_the_limit(
    clients: Clients, server: FakeFrps, local: Backlog, compressed: bool, encrypted: bool, limited: bool
) -> None:
    config = TcpProxyConfig(name="web", local_port=local.port)
    config.transport.use_compression, config.transport.use_encryption = compressed, encrypted
    if limited:
        config.transport.bandwidth_limit = Bandwidth("1MB", 1 << 20)
    _, control = running(clients, server, config)
    stages = [Snappy()] * compressed + [Cfb(b"secret")] * encrypted
    user: Stream = StagedStream(started(control).detach(), stages)
    payload = bytes(range(256)) * 100
    with local.accept() as served:
        user.sendall(payload)
        assert receive_exact(served, len(payload)) == payload
        served.sendall(payload[::-1])
        assert user.recv_exact(len(payload)) == payload[::-1]
    assert user.recv() == b""
    user.close()


@pytest.mark.parametrize("cls", [TcpProxyConfig, HttpProxyConfig, HttpsProxyConfig, TcpmuxProxyConfig])
def test_every_type_relays_without_looking(
    clients: Clients, server: FakeFrps, local: Backlog, cls: type[ProxyConfig]
) -> None:
    config = cls(name="web", local_port=local.port)
    config.transport.proxy_protocol_version = "v1"
    _, control = running(clients, server, config)
    user = started(control, src_addr="192.0.2.1", src_port=1, dst_addr="192.0.2.2", dst_port=2).detach()
    user.sendall(b"\x00 no HTTP")
    with local.accept() as served:
        expected = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n\x00 no HTTP"
        assert receive_exact(served, len(expected)) == expected
        served.sendall(b"answer")
        assert user.recv_exact(6) == b"answer"
    user.close()


def test_bytes_are_counted_both_ways(clients: Clients, server: FakeFrps, local: Backlog) -> None:
    client, control = running(clients, server, TcpProxyConfig(name="web", local_port=local.port))
    user = started(control).detach()
    user.sendall(b"four")
    with local.accept() as served:
        assert receive_exact(served, 4) == b"four"
        served.sendall(b"seven..")
        assert user.recv_exact(7) == b"seven.."
    proxy = client.proxies()[0]
    assert (proxy.tally.received.value, proxy.tally.sent.value) == (4, 7)
    user.close()


@pytest.mark.parametrize(
    ("version", "addresses", "header"),
    [
        (
            "v1",
            {"src_addr": "192.0.2.1", "src_port": 1234, "dst_addr": "192.0.2.2", "dst_port": 80},
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 80\r\n",
        ),
        ("v1", {"src_addr": "192.0.2.1", "src_port": 1234}, b"PROXY TCP4 192.0.2.1 127.0.0.1 1234 0\r\n"),
        (
            "v2",
            {"src_addr": "192.0.2.1", "src_port": 1234, "dst_addr": "192.0.2.2", "dst_port": 80},
            bytes.fromhex("0d0a0d0a000d0a515549540a2111000cc0000201c000020204d20050"),
        ),
        ("v1", {}, b""),
        ("v2", {"src_addr": "192.0.2.1"}, b""),
    ],
)
def test_the_proxy_protocol_header_comes_before_the_users_bytes(
    clients: Clients, server: FakeFrps, local: Backlog, version: str, addresses: dict[str, object], header: bytes
) -> None:
    config = TcpProxyConfig(name="web", local_port=local.port)
    config.transport.proxy_protocol_version = version
    _, control = running(clients, server, config)
    user = started(control, **addresses).detach()
    user.sendall(b"user")
    with local.accept() as served:
        assert receive_exact(served, len(header) + 4) == header + b"user"
    user.close()


def test_a_local_service_that_is_down_closes_the_work_connection(
    clients: Clients, server: FakeFrps, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    _, control = running(clients, server, TcpProxyConfig(name="web", local_port=port))
    work = started(control)
    with gevent.Timeout(5):
        assert work.stream.recv() == b""
    assert (
        f"[web] connect to local service [127.0.0.1:{port}] error: dial tcp 127.0.0.1:{port}: connect: " in caplog.text
    )
    work.close()


def test_a_local_service_may_have_a_name(clients: Clients, server: FakeFrps, local: Backlog) -> None:
    _, control = running(clients, server, TcpProxyConfig(name="web", local_ip="localhost", local_port=local.port))
    work = started(control)
    local.accept().close()
    work.close()


@pytest.mark.parametrize("mux", [False, True])
def test_a_dial_that_hangs_ends_with_the_session(clients: Clients, mux: bool) -> None:
    with fake_frps(mux=mux) as server, full_backlog() as port:
        config = TcpProxyConfig(name="web", local_port=port)
        client = clients.logged_in(server.port, mux=mux, proxies=[config])
        control = server.next_control()
        control.start_proxy()
        work = started(control)
        busy = client._supervisor.control._work._busy  # type: ignore[union-attr]
        assert eventually(lambda: len(busy) == 1)
        client.close(patience=0)
        with gevent.Timeout(5):
            assert over(work)
        assert eventually(lambda: not busy)


def over(work: MessageStream) -> bool:
    try:
        return not work.stream.recv()
    except ConnectionError:
        return True


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """A port that neither accepts nor refuses."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_nothing_of_a_joined_connection_is_left_when_it_ends(
    clients: Clients, server: FakeFrps, local: Backlog
) -> None:
    client, control = running(clients, server, TcpProxyConfig(name="web", local_port=local.port))
    work = started(control)
    served = local.accept()
    assert eventually(lambda: len(client._joined) == 1)
    work.close()
    served.close()
    assert eventually(lambda: not client._joined)


def test_closing_the_client_ends_joined_connections(clients: Clients, local: Backlog) -> None:
    with fake_frps(mux=False, secret=b"secret") as server:
        client = clients.logged_in(
            server.port, token="secret", proxies=[TcpProxyConfig(name="web", local_port=local.port)]
        )
        control = server.next_control()
        control.start_proxy()
        work = started(control)
        with local.accept() as served:
            client.close(patience=0)
            with gevent.Timeout(5):
                assert served.recv(1) == b""
                assert work.stream.recv() == b""
