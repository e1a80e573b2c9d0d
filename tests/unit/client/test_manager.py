"""Changing the proxies of a session that goes on."""

from collections.abc import Callable, Iterator

import pytest
from gevent.event import Event

from frpg import __version__
from frpg.client.service import Client
from frpg.client.source import Entries
from frpg.config.plugins import VirtualNetPlugin
from frpg.config.proxies import ProxyConfig, StcpProxyConfig, TcpProxyConfig, UdpProxyConfig
from frpg.config.visitors import StcpVisitorConfig
from frpg.proto.messages import CloseProxy, Login, LoginResp, NewProxy, NewProxyResp, StartWorkConn
from tests.support.fake_frps import RUN_ID, FakeControl, FakeFrps, eventually, fake_frps
from tests.support.services import backlog
from tests.unit.client.conftest import Clients

Bench = tuple[Client, FakeControl]


@pytest.fixture
def server() -> Iterator[FakeFrps]:
    with fake_frps(mux=True) as server:
        yield server


@pytest.fixture
def make(clients: Clients, server: FakeFrps) -> Callable[..., Bench]:
    def make(*proxies: ProxyConfig) -> Bench:
        """A client whose proxies all run."""
        client = clients.logged_in(server.port, mux=True, proxies=proxies)
        control = server.next_control()
        for _ in proxies:
            control.start_proxy()
        assert eventually(lambda: {proxy.phase for proxy in client.proxies()} <= {"running"})
        return client, control

    return make


def tcp(name: str, port: int = 1) -> TcpProxyConfig:
    return TcpProxyConfig(name=name, local_port=port)


def update(client: Client, *proxies: ProxyConfig) -> None:
    client._apply(Entries(list(proxies), []))


def test_only_the_difference_is_told_the_server(make: Callable[..., Bench], caplog: pytest.LogCaptureFixture) -> None:
    client, control = make(tcp("gone"), tcp("changed"), tcp("same"))
    same = client.proxies()[2]
    caplog.set_level("INFO")
    caplog.clear()
    update(client, tcp("added"), tcp("changed", 2), tcp("same"))
    closed = [control.receive(), control.receive()]
    assert closed == [CloseProxy(proxy_name="gone"), CloseProxy(proxy_name="changed")]
    assert [control.start_proxy().proxy_name for _ in range(2)] == ["added", "changed"]
    assert client.proxies()[2] is same
    update(client, tcp("added"), tcp("changed", 2), tcp("same"))
    assert eventually(lambda: [proxy.phase for proxy in client.proxies()] == ["running"] * 3)
    client.close(patience=0)
    rest = [control.receive() for _ in range(3)]
    assert {type(message) for message in rest} == {CloseProxy}
    lines = [record.getMessage() for record in caplog.records if "proxy" in record.getMessage()]
    assert lines == [
        f"[{RUN_ID}] proxy removed: [gone changed]",
        f"[{RUN_ID}] proxy added: [added changed]",
        f"[{RUN_ID}] [added] start proxy success",
        f"[{RUN_ID}] [changed] start proxy success",
    ]


def test_users_of_a_changed_proxy_stay_connected_and_their_bytes_are_counted_on(make: Callable[..., Bench]) -> None:
    with backlog() as local:
        client, control = make(tcp("ssh", local.port))
        work = control.work()
        work.send(StartWorkConn(proxy_name="ssh"))
        stream = work.detach()
        with local.accept() as served:
            stream.sendall(b"before")
            assert served.recv(10) == b"before"
            update(client, tcp("ssh", 9))
            assert control.receive() == CloseProxy(proxy_name="ssh")
            stream.sendall(b"after")
            assert served.recv(10) == b"after"
            served.sendall(b"answer")
            assert stream.recv_exact(6) == b"answer"
            tally = client.tallies.of("ssh")
            assert (tally.received.value, tally.sent.value, client.proxies()[0].connections) == (11, 6, 1)
        stream.close()
        assert eventually(lambda: tally.connections == 0)


def test_a_removed_proxy_serves_nobody_any_more(make: Callable[..., Bench]) -> None:
    with backlog() as local:
        client, control = make(tcp("ssh", local.port))
        update(client)
        work = control.receive() and control.work()
        work.send(StartWorkConn(proxy_name="ssh"))
        assert work.stream.recv() == b""
        assert local.is_idle()
        assert client.tallies.moved() == (0, 0)


def test_later_sessions_begin_with_the_new_list(clients: Clients) -> None:
    gate = Event()
    gate.set()

    def answer(login: Login) -> LoginResp:
        gate.wait()
        return LoginResp(run_id=RUN_ID)

    with fake_frps(mux=True, answer=answer) as server:
        client = clients.logged_in(server.port, mux=True, proxies=[tcp("old")])
        server.next_control().start_proxy()
        gate.clear()
        server.drop_all()
        assert eventually(lambda: not client.is_logged_in)
        update(client, tcp("new"))
        gate.set()
        assert server.next_control().start_proxy().proxy_name == "new"


def test_a_closed_session_is_not_given_new_proxies(make: Callable[..., Bench]) -> None:
    client, _ = make()
    control = client._supervisor.control
    assert control is not None
    control.close()
    update(client, UdpProxyConfig(name="dns", local_port=1))
    assert control.proxies.snapshot() == []


def test_what_cannot_run_yet_is_listed_and_never_announced(make: Callable[..., Bench]) -> None:
    client, control = make()
    plugin = TcpProxyConfig(name="a", plugin=VirtualNetPlugin())
    visitor = StcpVisitorConfig(name="v", server_name="s", bind_port=9000)
    client._apply(Entries([plugin, StcpProxyConfig(name="b"), tcp("c")], [visitor]))
    assert control.start_proxy().proxy_name == "c"
    assert [(proxy.phase, proxy.error) for proxy in client.proxies()[:2]] == [
        ("start error", f"plugin virtual_net: not supported yet in frpg {__version__}"),
        ("start error", f"type stcp: not supported yet in frpg {__version__}"),
    ]
    assert [(found.config.name, found.phase) for found in client.visitors()] == [("v", "start error")]
    update(client)
    assert control.receive() == CloseProxy(proxy_name="c")
    assert client.visitors() == []


def test_a_proxy_that_the_servers_operator_closes_says_why(make: Callable[..., Bench]) -> None:
    client, control = make(tcp("ssh"), tcp("web"))
    control.send(NewProxyResp(proxy_name="ssh", error="closed by the operator"))
    assert eventually(lambda: client.proxies()[0].phase == "start error")
    assert [proxy.error for proxy in client.proxies()] == ["closed by the operator", ""]
    assert client.proxies()[1].phase == "running"


def test_a_change_does_not_wait_for_a_server_that_reads_nothing(clients: Clients) -> None:
    with fake_frps() as server:
        big = [TcpProxyConfig(name=f"{n:05}" * 20, metadatas={"x": "y" * 9000}) for n in range(2000)]
        client = clients.logged_in(server.port, proxies=big)
        control = server.next_control()
        assert eventually(
            lambda: client._supervisor.control is not None and client._supervisor.control._sending.locked()
        )
        update(client, tcp("ssh"))
        names = []
        while "ssh" not in names:
            message = control.receive()
            if isinstance(message, NewProxy):
                names.append(message.proxy_name)
        assert len(names) < len(big)
