from collections.abc import Iterator

import gevent
import pytest

from frpg.auth.method import ANYBODY
from frpg.client.control import Control
from frpg.config.proxies import HealthCheckConfig, TcpProxyConfig, UdpProxyConfig
from frpg.net.messages import MessageStream
from frpg.proto.messages import (
    CloseProxy,
    NatHoleResp,
    NewProxy,
    NewProxyResp,
    Ping,
    Pong,
    ReqWorkConn,
    StartWorkConn,
)
from tests.support.fake_frps import RUN_ID, FakeControl, FakeFrps, eventually, fake_frps
from tests.support.ports import free_port
from tests.support.services import Backlog, backlog, echo
from tests.support.switch import switch
from tests.unit.client.conftest import Clients


@pytest.fixture(params=[False, True], ids=["nomux", "mux"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeFrps]:
    with fake_frps(mux=request.param) as server:
        yield server


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HealthCheckConfig, "interval", 0.01)


@pytest.fixture
def local() -> Iterator[Backlog]:
    with backlog() as local:
        yield local


def session(clients: Clients, server: FakeFrps, **options: object) -> FakeControl:
    mux: bool = server._mux
    clients.logged_in(server.port, mux=mux, **options)
    return server.next_control()


def is_over(work: MessageStream) -> bool:
    with gevent.Timeout(5):
        try:
            return not work.stream.recv()
        except ConnectionError:
            return True


@pytest.mark.parametrize("wire", ["v1", "v2"])
def test_a_user_connection_reaches_the_local_service(
    clients: Clients, server: FakeFrps, local: Backlog, wire: str
) -> None:
    proxies = [TcpProxyConfig(name="ssh", local_port=local.port, remote_port=6000)]
    control = session(clients, server, wire=wire, proxies=proxies)
    assert control.start_proxy() == NewProxy(proxy_name="ssh", proxy_type="tcp", remote_port=6000)
    work = control.work()
    assert server.opened[0].run_id == RUN_ID
    assert server.opened[0].privilege_key == ""
    frame = work.framing.encode(StartWorkConn(proxy_name="ssh"))
    work.stream.sendall(frame + b"from the user")  # one piece: what follows the message must not be lost
    with local.accept() as served:
        assert served.recv(100) == b"from the user"
        served.sendall(b"from the service")
        assert work.detach().recv_exact(16) == b"from the service"
        work.close()
        assert served.recv(100) == b""


@pytest.mark.parametrize("step", [1, 5, 50])
def test_the_start_may_come_in_pieces(clients: Clients, server: FakeFrps, local: Backlog, step: int) -> None:
    control = session(clients, server, proxies=[TcpProxyConfig(name="ssh", local_port=local.port)])
    control.start_proxy()
    work = control.work()
    data = work.framing.encode(StartWorkConn(proxy_name="ssh")) + b"from the user"
    for start in range(0, len(data), step):
        work.stream.sendall(data[start : start + step])
        gevent.sleep(0)
    work.stream.shutdown()
    with local.accept() as served:
        received = b""
        while piece := served.recv(100):
            received += piece
        assert received == b"from the user"
    work.close()


@pytest.mark.parametrize(
    "message",
    [
        StartWorkConn(proxy_name="other"),
        StartWorkConn(proxy_name="ssh", error="go away"),
        Pong(),
    ],
)
def test_a_start_nobody_can_serve_closes_the_work_connection(
    clients: Clients, server: FakeFrps, local: Backlog, message: StartWorkConn
) -> None:
    control = session(clients, server, proxies=[TcpProxyConfig(name="ssh", local_port=local.port)])
    work = control.work()
    work.send(message)
    assert is_over(work)
    assert local.is_idle()


def test_a_start_may_overtake_the_answer_to_the_announcement(
    clients: Clients, server: FakeFrps, local: Backlog
) -> None:
    control = session(clients, server, proxies=[TcpProxyConfig(name="ssh", local_port=local.port)])
    assert isinstance(control.receive(), NewProxy)
    work = control.work()
    work.send(StartWorkConn(proxy_name="ssh"))
    local.accept().close()
    assert is_over(work)


def test_a_user_that_was_sent_before_the_withdrawal_is_served(clients: Clients, server: FakeFrps) -> None:
    with switch(echo) as service:
        check = HealthCheckConfig(type="tcp")
        control = session(
            clients, server, proxies=[TcpProxyConfig(name="ssh", local_port=service.port, health_check=check)]
        )
        control.start_proxy()
        work = control.work()
        service.off()
        assert control.receive() == CloseProxy(proxy_name="ssh")
        service.on()
        work.send(StartWorkConn(proxy_name="ssh"))
        work.stream.sendall(b"hello")
        assert work.detach().recv_exact(5) == b"hello"
        work.close()


def test_garbage_in_place_of_a_start_closes_only_that_work_connection(
    clients: Clients, server: FakeFrps, local: Backlog
) -> None:
    control = session(clients, server, proxies=[TcpProxyConfig(name="ssh", local_port=local.port)])
    control.start_proxy()
    broken, whole = control.work(), control.work()
    broken.stream.sendall(b"\xff" * 20)
    assert is_over(broken)
    whole.send(StartWorkConn(proxy_name="ssh"))
    local.accept().close()
    assert is_over(whole)


def test_the_servers_error_is_logged(clients: Clients, server: FakeFrps, caplog: pytest.LogCaptureFixture) -> None:
    work = session(clients, server).work()
    work.send(StartWorkConn(error="token in NewWorkConn doesn't match"))
    assert is_over(work)
    assert f"[{RUN_ID}] StartWorkConn contains error: token in NewWorkConn doesn't match" in caplog.text


def test_the_same_error_again_and_again_is_logged_once(
    clients: Clients, server: FakeFrps, caplog: pytest.LogCaptureFixture
) -> None:
    control = session(clients, server)
    for error in ("pool is full", "pool is full", "pool is full", "go away"):
        work = control.work()
        work.send(StartWorkConn(error=error))
        assert is_over(work)
    complaints = [record.getMessage() for record in caplog.records if "StartWorkConn" in record.getMessage()]
    assert complaints == [f"[{RUN_ID}] StartWorkConn contains error: {error}" for error in ("pool is full", "go away")]


def test_a_server_that_ends_a_waiting_work_connection_leaves_nothing(clients: Clients, server: FakeFrps) -> None:
    client = clients.logged_in(server.port, mux=server._mux)
    control = server.next_control()
    works = [control.work() for _ in range(3)]
    waiting = client._supervisor.control._work._waiting  # type: ignore[union-attr]
    assert eventually(lambda: len(waiting) == 3)
    works[0].close()
    works[1].stream.abort()
    assert eventually(lambda: len(waiting) == 1)
    client.close(patience=0)
    assert is_over(works[2])
    assert not waiting


def test_the_users_name_is_put_on_and_taken_off(clients: Clients, server: FakeFrps, local: Backlog) -> None:
    proxies = [TcpProxyConfig(name="ssh", local_port=local.port)]
    control = session(clients, server, proxies=proxies, user="alice")
    assert control.start_proxy().proxy_name == "alice.ssh"
    work = control.work()
    work.send(StartWorkConn(proxy_name="alice.ssh"))
    local.accept().close()
    assert is_over(work)


def test_scopes_sign_work_connections_and_pings(clients: Clients, server: FakeFrps) -> None:
    from frpg.auth.token import TokenAuth
    from tests.unit.client.making import client_config

    server._secret = b"secret"
    scopes = ["HeartBeats", "NewWorkConns"]
    config = client_config(server.port, mux=server._mux, token="secret", heartbeat=(30, 90))
    config.auth.additional_scopes = scopes
    clients(config).start()
    control = server.next_control()
    auth = TokenAuth("secret", scopes)
    ping = control.receive()
    assert isinstance(ping, Ping)
    auth.check_ping(ping, ANYBODY)
    assert ping.timestamp
    control.work()
    auth.check_work_conn(server.opened[0], ANYBODY, may_wait=False)
    assert server.opened[0].timestamp


def test_a_refused_ping_ends_the_session(clients: Clients, server: FakeFrps, caplog: pytest.LogCaptureFixture) -> None:
    control = session(clients, server, heartbeat=(30, 90))
    assert control.receive() == Ping()
    control.send(Pong(error="invalid ping"))
    server.next_control()  # the client comes back
    assert f"[{RUN_ID}] pong message contains error: invalid ping" in caplog.text


def test_a_server_that_stays_silent_is_left(
    clients: Clients, server: FakeFrps, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("frpg.client.control._BEAT_STEP", 0.01)
    config_options = {"mux": server._mux, "heartbeat": (30, 90)}
    client = clients.logged_in(server.port, **config_options)
    control = server.next_control()
    assert control.receive() == Ping()
    running = client._supervisor.control
    assert isinstance(running, Control)
    running._clock = lambda: 1e9
    server.next_control()
    assert f"[{RUN_ID}] heartbeat timeout" in caplog.text


def test_no_heartbeats_unless_wanted(clients: Clients, server: FakeFrps) -> None:
    control = session(clients, server, proxies=[TcpProxyConfig(name="ssh")])
    assert isinstance(control.receive(), NewProxy)


def test_unknown_and_unexpected_messages_are_ignored(
    clients: Clients, server: FakeFrps, caplog: pytest.LogCaptureFixture
) -> None:
    control = session(clients, server, proxies=[TcpProxyConfig(name="ssh")])
    control.send(NatHoleResp(transaction_id="x"))
    control.send(Ping())
    control.send(Pong())
    control.send(NewProxyResp(proxy_name="other"))
    control.start_proxy()
    assert control.work()
    assert "[other] start error: proxy [other] not found" in caplog.text


def test_a_close_withdraws_every_proxy_first(clients: Clients, server: FakeFrps) -> None:
    proxies = [TcpProxyConfig(name="a"), UdpProxyConfig(name="b"), TcpProxyConfig(name="c")]
    client = clients.logged_in(server.port, mux=server._mux, proxies=proxies)
    control = server.next_control()
    control.start_proxy()
    control.start_proxy()
    control.send(NewProxyResp(proxy_name=control.receive().proxy_name, error="no"))  # type: ignore[union-attr]
    assert eventually(lambda: [p.phase for p in client.proxies()] == ["running", "running", "start error"])
    client.close(patience=0)
    assert [control.receive() for _ in range(3)] == [CloseProxy(proxy_name=name) for name in "abc"]
    with pytest.raises(ConnectionError):
        control.receive()


def test_a_work_connection_that_cannot_be_opened_is_logged(clients: Clients, caplog: pytest.LogCaptureFixture) -> None:
    with fake_frps() as server:
        control = session(clients, server)
        server._listener.close()
        control.send(ReqWorkConn())
        assert eventually(lambda: "start new connection to server error: dial tcp 127.0.0.1:" in caplog.text)


def test_a_local_name_is_resolved_without_holding_up_the_session(clients: Clients, server: FakeFrps) -> None:
    proxies = [UdpProxyConfig(name="dns", local_ip="localhost", local_port=free_port())]
    client = clients.logged_in(server.port, mux=server._mux, proxies=proxies)
    server.next_control().start_proxy()
    assert eventually(lambda: client.proxies()[0].phase == "running")


def test_a_proxy_too_large_to_announce_does_not_stop_the_others(clients: Clients, server: FakeFrps) -> None:
    proxies = [TcpProxyConfig(name="big", metadatas={"x": "y" * 20000}), TcpProxyConfig(name="ssh")]
    client = clients.logged_in(server.port, mux=server._mux, proxies=proxies)
    assert server.next_control().start_proxy().proxy_name == "ssh"
    assert eventually(lambda: [proxy.phase for proxy in client.proxies()] == ["start error", "running"])
    assert "length exceed the limit" in client.proxies()[0].error
