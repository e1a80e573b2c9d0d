import gc
import socket
from collections.abc import Iterator
from pathlib import Path

import gevent
import psutil
import pytest

from frpg.client.service import Client, LoginFailed
from frpg.config.common import FileSource, ValueSource
from frpg.config.proxies import StcpProxyConfig, TcpProxyConfig, UdpProxyConfig
from frpg.errors import ConfigError, NotSupported
from frpg.proto.messages import CloseProxy, LoginResp, StartWorkConn
from tests.support.fake_frps import RUN_ID, FakeFrps, eventually, fake_frps
from tests.support.ports import free_port
from tests.support.services import backlog
from tests.unit.client.conftest import Clients
from tests.unit.client.making import client_config

EXIT = "With loginFailExit enabled, no additional retries will be attempted"


@pytest.fixture
def server() -> Iterator[FakeFrps]:
    with fake_frps(mux=True) as server:
        yield server


# --- the first login


def test_a_first_login_that_fails_ends_the_client(clients: Clients) -> None:
    port = free_port()
    client = clients(client_config(port))
    with pytest.raises(LoginFailed) as caught:
        client.run()
    assert str(caught.value) == (
        f"login to the server failed: dial tcp 127.0.0.1:{port}: connect: connection refused. {EXIT}"
    )
    assert not client.wait_logged_in(5)


def test_a_server_name_that_nobody_knows_is_told(clients: Clients) -> None:
    config = client_config(7000)
    config.server_addr = "does-not-exist.invalid"
    with pytest.raises(LoginFailed, match=r"failed: dial tcp: lookup does-not-exist\.invalid: [a-z]"):
        clients(config).run()


def test_a_refused_first_login_has_the_servers_words(clients: Clients) -> None:
    with fake_frps(answer=lambda login: LoginResp(error="token in login doesn't match")) as server:
        with pytest.raises(LoginFailed) as caught:
            clients(client_config(server.port)).run()
        assert str(caught.value) == f"login to the server failed: token in login doesn't match. {EXIT}"


def test_without_login_fail_exit_it_tries_again(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("frpg.client.backoff._BASE", 0.001)
    refusals = ["not yet", "not yet", ""]
    with fake_frps(answer=lambda login: LoginResp(run_id=RUN_ID, error=refusals.pop(0))) as server:
        caplog.set_level("INFO")
        client = clients(client_config(server.port, login_fail_exit=False))
        client.start()
        assert client.wait_logged_in(10)
    lines = [record.getMessage() for record in caplog.records][:6]
    assert lines == [
        "try to connect to server...",
        "connect to server error: not yet",
        "try to connect to server...",
        "connect to server error: not yet",
        "try to connect to server...",
        f"[{RUN_ID}] login to server success, get run id [{RUN_ID}]",
    ]


def test_what_a_session_logs(clients: Clients, server: FakeFrps, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    config = client_config(server.port, mux=True, proxies=[TcpProxyConfig(name="b"), TcpProxyConfig(name="a")])
    client = Client(config, config_path="frpc.toml")
    runner = gevent.spawn(client.run)
    control = server.next_control()
    control.start_proxy()
    control.start_proxy()
    assert eventually(lambda: all(proxy.phase == "running" for proxy in client.proxies()))
    client.close(patience=0)
    runner.get(timeout=5)
    assert [record.getMessage() for record in caplog.records] == [
        "start frpc service for config file [frpc.toml] with aggregated configuration",
        "try to connect to server...",
        f"[{RUN_ID}] login to server success, get run id [{RUN_ID}]",
        f"[{RUN_ID}] proxy added: [b a]",
        f"[{RUN_ID}] [b] start proxy success",
        f"[{RUN_ID}] [a] start proxy success",
        "frpc service for config file [frpc.toml] stopped",
    ]


# --- reconnecting


def test_a_lost_session_is_followed_by_a_new_one_with_the_same_run_id(clients: Clients, server: FakeFrps) -> None:
    client = clients.logged_in(server.port, mux=True, proxies=[TcpProxyConfig(name="ssh")])
    assert server.next_control().login.run_id == ""
    server.drop_all()
    control = server.next_control()
    assert control.login.run_id == client.run_id == RUN_ID
    control.start_proxy()
    assert eventually(lambda: client.proxies()[0].phase == "running")


@pytest.mark.parametrize("mux", [False, True])
@pytest.mark.parametrize("wire", ["v1", "v2"])
def test_nothing_of_lost_sessions_is_left(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, mux: bool, wire: str
) -> None:
    monkeypatch.setattr("frpg.client.backoff._FAST_TRIES", 1000)
    monkeypatch.setattr("frpg.client.backoff._FAST_DELAY", 0.0)
    with fake_frps(mux=mux) as server, backlog() as local:
        proxies = [TcpProxyConfig(name="tcp", local_port=local.port), UdpProxyConfig(name="udp", local_port=local.port)]
        client = clients.logged_in(server.port, mux=mux, wire=wire, proxies=proxies, heartbeat=(30, 90))

        def live_a_full_life() -> None:
            control = server.next_control()
            control.receive()  # ping
            control.start_proxy()
            control.start_proxy()
            waiting = control.work()
            joined = control.work()
            joined.send(StartWorkConn(proxy_name="tcp"))
            control.work().send(StartWorkConn(proxy_name="udp"))
            local.accept().close()
            assert eventually(lambda: [proxy.phase for proxy in client.proxies()] == ["running", "running"])
            server.drop_all()
            waiting.close()

        for _ in range(3):
            live_a_full_life()
        before = counts()
        for _ in range(10):
            live_a_full_life()
        assert eventually(lambda: all(now <= then for now, then in zip(counts(), before, strict=True))), (
            before,
            counts(),
        )


def counts() -> tuple[int, int]:
    """(live greenlets, descriptors) of this process."""
    gc.collect()
    greenlets = sum(isinstance(thing, gevent.Greenlet) and not thing.dead for thing in gc.get_objects())
    return greenlets, psutil.Process().num_fds()


# --- the end


def silent_server() -> socket.socket:
    """Accepts in the kernel only: nobody will answer."""
    return socket.create_server(("127.0.0.1", 0))


def test_closing_while_the_server_does_not_answer(clients: Clients) -> None:
    with silent_server() as listener:
        client = clients(client_config(listener.getsockname()[1], mux=True, tls=True))
        client.start()
        gevent.sleep(0)
        with gevent.Timeout(2):
            client.close()
        assert not client.wait_logged_in(1)


def test_closing_while_dialling(clients: Clients) -> None:
    with silent_server() as listener:
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = []
        for _ in range(3):  # with a full queue of the kernel the next connection hangs
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        client = clients(client_config(port))
        client.start()
        gevent.sleep(0.01)
        with gevent.Timeout(2):
            client.close()
        for filler in fillers:
            filler.close()


def test_closing_while_backing_off(clients: Clients, caplog: pytest.LogCaptureFixture) -> None:
    client = clients(client_config(free_port(), login_fail_exit=False))
    runner = gevent.spawn(client.run)
    assert eventually(lambda: "connect to server error" in caplog.text)
    with gevent.Timeout(2):
        client.close()
        runner.get()  # without LoginFailed


def test_closing_before_running_leaves_nothing_to_run(clients: Clients) -> None:
    client = clients(client_config(free_port()))
    client.close()
    client.run()
    assert not client.wait_logged_in(1)


def test_a_close_with_grace_tells_the_server_first_and_a_second_close_does_not_wait(
    clients: Clients, server: FakeFrps
) -> None:
    client = clients.logged_in(server.port, mux=True, proxies=[TcpProxyConfig(name="ssh")])
    control = server.next_control()
    control.start_proxy()
    closing = gevent.spawn(client.close, 60.0)
    assert control.receive() == CloseProxy(proxy_name="ssh")
    with gevent.Timeout(2):
        client.close()
    assert not closing.dead
    closing.kill()
    assert client._greenlet.dead


def test_a_killed_run_closes_the_client(clients: Clients, server: FakeFrps) -> None:
    client = clients(client_config(server.port, mux=True))
    runner = gevent.spawn(client.run)
    server.next_control()
    assert client.wait_logged_in(5)
    runner.kill()
    assert client.is_closing
    assert eventually(lambda: not client.is_logged_in)


def test_closing_a_congested_session(clients: Clients) -> None:
    """A server that reads nothing any more does not hold up the end."""
    with fake_frps(mux=False) as server:
        proxies = [TcpProxyConfig(name=f"{n:05}" * 20, metadatas={"x": "y" * 9000}) for n in range(2000)]
        client = clients.logged_in(server.port, proxies=proxies)
        server.next_control()
        assert eventually(
            lambda: client._supervisor.control is not None and client._supervisor.control._sending.locked()
        )
        with gevent.Timeout(2):
            client.close()


# --- configuration


def test_features_of_later_releases_are_refused(clients: Clients) -> None:
    config = client_config(7000, proxies=[StcpProxyConfig(name="secret")])
    config.transport.protocol = "kcp"
    with pytest.raises(NotSupported) as caught:
        clients(config)
    assert "secret" in str(caught.value)
    assert "kcp" in str(caught.value)


def test_a_dns_server_that_is_none_is_refused(clients: Clients) -> None:
    with pytest.raises(ConfigError, match="dnsServer"):
        clients(client_config(7000, dns_server="a:b"))


def test_the_token_may_come_from_a_file(clients: Clients, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    with fake_frps(secret=b"secret") as server:
        config = client_config(server.port, proxies=[TcpProxyConfig(name="ssh")])
        config.auth.token_source = ValueSource(type="file", file=FileSource(path=str(tmp_path / "token")))
        clients(config).start()
        assert server.next_control().start_proxy().proxy_name == "ssh"
