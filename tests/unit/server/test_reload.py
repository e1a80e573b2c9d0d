"""Reading the configuration again: what it comes to, all or nothing of it, and what goes by the new one afterwards."""

import copy
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import psutil
import pytest

from frpg import logs
from frpg.auth.token import TokenAuth
from frpg.config.common import TlsFiles
from frpg.config.server import ServerConfig
from frpg.config.values import PortRange
from frpg.errors import ConfigError
from frpg.net import splice
from frpg.proto.messages import Ping, Pong
from frpg.server.reload import Step, apply, plan
from frpg.server.service import Server
from tests.support.ports import free_port, free_ports
from tests.support.users import connect, receive_exact, refuses, tcp_echoes
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer, server_config
from tests.unit.server.peer import TOKEN, Peer

# --- plan


def changed(**options: Any) -> tuple[ServerConfig, ServerConfig]:
    """(a configuration, the same with other options)."""
    return server_config(), server_config(**options)


@pytest.mark.parametrize(
    ("options", "paths"),
    [
        ({}, []),
        ({"version": "2"}, []),
        ({"auth__token": "other"}, ["auth.token"]),
        ({"bind_port": 7001}, ["bindPort"]),
        ({"max_ports_per_client": 3, "log__level": "debug"}, ["log.level", "maxPortsPerClient"]),
        ({"allow_ports": [PortRange(1, 2)]}, ["allowPorts"]),
        ({"transport__tls__force": True}, ["transport.tls.force"]),
        ({"web_server__port": 7500}, ["webServer.port"]),
    ],
)
def test_changed_options_are_named(options: dict[str, Any], paths: list[str]) -> None:
    found = plan(*changed(**options))
    assert (sorted(found.changed), found.restart) == (paths, [])
    assert found.config == server_config(**options)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"bind_addr": "127.0.0.2", "proxy_bind_addr": "127.0.0.1"}, "bindAddr"),
        ({"transport__tcp_keepalive": 60}, "transport.tcpKeepalive"),
        ({"transport__tcp_mux": False, "transport__heartbeat_timeout": -1}, "transport.tcpMux"),
    ],
)
def test_what_needs_a_restart_stays_as_it_is(options: dict[str, Any], path: str) -> None:
    running, wanted = changed(**options)
    before = copy.deepcopy(wanted)
    found = plan(running, wanted)
    assert (found.changed, found.restart) == ([], [path])
    assert found.config == running
    assert wanted == before  # it is the caller's


def test_another_address_goes_with_another_port() -> None:
    options = {"bind_addr": "127.0.0.2", "bind_port": 7001, "transport__tcp_keepalive": 60}
    found = plan(*changed(proxy_bind_addr="127.0.0.1", **options))
    assert sorted(found.changed) == ["bindAddr", "bindPort", "transport.tcpKeepalive"]
    assert found.restart == []


@pytest.mark.parametrize("key", ["vhost_http_port", "vhost_https_port", "tcpmux_http_connect_port"])
def test_shared_ports_keep_their_address(key: str) -> None:
    running = server_config(**{key: 8080})
    assert plan(running, server_config(**{key: 8080}, proxy_bind_addr="127.0.0.2")).restart == ["proxyBindAddr"]
    moved = plan(running, server_config(**{key: 8081}, proxy_bind_addr="127.0.0.2"))
    assert (moved.config.proxy_bind_addr, moved.restart) == ("127.0.0.2", [])


def test_proxies_alone_may_move_to_another_address() -> None:
    found = plan(*changed(proxy_bind_addr="127.0.0.2"))
    assert (found.changed, found.restart) == (["proxyBindAddr"], [])


def test_a_dashboard_that_stays_on_its_port_keeps_address_and_scheme() -> None:
    running = server_config(web_server__port=7500)
    files = TlsFiles(cert_file="a", key_file="b")
    wanted = server_config(web_server__port=7500, web_server__addr="0.0.0.0", web_server__tls=files)
    found = plan(running, wanted)
    assert sorted(found.restart) == ["webServer.addr", "webServer.tls"]
    assert found.config.web_server == running.web_server
    wanted.web_server.port = 7501
    assert plan(running, wanted).restart == []


# --- apply


class FakePart:
    """Notes what it is told."""

    def __init__(self, name: str, notes: list[str], *, fails: bool = False) -> None:
        self._name, self._notes, self._fails = name, notes, fails

    def prepare(self, config: ServerConfig) -> Step:
        if self._fails:
            raise ConfigError("no")
        self._notes.append(f"prepare {self._name}")
        return Step(*(self._noting(word) for word in ("commit", "abandon")))

    def _noting(self, word: str) -> Callable[[], None]:
        return lambda: self._notes.append(f"{word} {self._name}")


def test_all_parts_are_ready_before_the_first_changes() -> None:
    notes: list[str] = []
    apply([FakePart("a", notes), FakePart("b", notes)], server_config())
    assert notes == ["prepare a", "prepare b", "commit a", "commit b"]


def test_none_changes_when_one_cannot() -> None:
    notes: list[str] = []
    parts = [FakePart("a", notes), FakePart("b", notes), FakePart("c", notes, fails=True), FakePart("d", notes)]
    with pytest.raises(ConfigError):
        apply(parts, server_config())
    assert notes == ["prepare a", "prepare b", "abandon b", "abandon a"]


# --- a server


class Reloading:
    """A server whose next configuration a test sets in `wanted`."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self.strict: list[bool] = []
        self.fault: Exception | None = None
        self.server = Server(self._config(), source=self._read)
        self.server.start()

    def _config(self) -> ServerConfig:
        return server_config(**{"bind_port": free_port(), **self._options})

    def _read(self, strict: bool) -> ServerConfig:
        self.strict.append(strict)
        if self.fault is not None:
            raise self.fault
        return self._config()

    def reload(self, **options: Any) -> list[str]:
        """With these options besides those that were there; the changed ones."""
        self._options = {"bind_port": self.server.config.bind_port, **self._options, **options}
        return sorted(self.server.reload().changed)


Start = Callable[..., Reloading]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Reloading] = []

    def make(**options: Any) -> Reloading:
        started.append(Reloading(**options))
        return started[-1]

    yield make
    for one in started:
        one.server.close()
    splice.close_idle()


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Reloading sets up the log of the whole process."""
    root, ours = logging.getLogger(), logging.getLogger("frpg")
    handlers, level = list(root.handlers), ours.level
    yield
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()
    ours.setLevel(level)


def listening() -> set[int]:
    found = psutil.Process().net_connections("tcp")
    return {connection.laddr.port for connection in found if connection.status == psutil.CONN_LISTEN}


def test_without_a_file_there_is_nothing_to_read(serve: StartServer) -> None:
    with pytest.raises(ConfigError, match="no configuration file"):
        serve().reload()


def test_strictness_is_the_caller_s(start: Start) -> None:
    one = start()
    one.reload()
    one.server.reload(strict=False)
    assert one.strict == [True, False]


def test_another_token_is_for_later_logins(start: Start) -> None:
    one = start(auth__additional_scopes=["HeartBeats"])
    with Peer(one.server) as old:
        port = old.publish()
        assert one.reload(auth__token="new token") == ["auth.token"]
        old.send(Ping(**TokenAuth(TOKEN, ["HeartBeats"]).ping_fields(1.0)))
        assert old.receive(Pong).error == ""
        with connect(port) as user:  # a work connection that was asked for before, and one that was not
            for _ in range(2):
                user.sendall(b"hello")
                assert receive_exact(user, 5) == b"hello"
        assert tcp_echoes(port)
        with Peer(one.server) as late:
            assert "token in login doesn't match" in late.answer.error
        with Peer(one.server, token="new token") as new:
            assert new.answer.error == ""
            new.publish("q")


def test_old_sessions_keep_the_key_of_their_encrypted_proxies(start: Start) -> None:
    one = start()
    with Peer(one.server) as old:
        secret = next(iter(one.server.controls)).secret
        one.reload(auth__token="new token")
        assert next(iter(one.server.controls)).secret == secret == old.auth.secret
        assert one.server.context.auth.secret != secret


def test_another_bind_port(start: Start) -> None:
    one = start()
    before, after = one.server.bind_port, free_port()
    with Peer(one.server) as old:
        port = old.publish()
        assert one.reload(bind_port=after) == ["bindPort"]
        assert one.server.bind_port == after
        assert refuses(before)
        with Peer(one.server) as new:
            assert new.answer.error == ""
        assert tcp_echoes(port)


def test_ports_of_names_open_move_and_close(start: Start) -> None:
    first, second, third, other = free_ports(4)
    one = start(vhost_http_port=first)
    one.reload(vhost_http_port=other, vhost_https_port=second, tcpmux_http_connect_port=third)
    assert refuses(first)
    assert not any(refuses(port) for port in (second, third, other))
    one.reload(vhost_http_port=0, vhost_https_port=0, tcpmux_http_connect_port=0)
    assert all(refuses(port) for port in (first, second, third, other))


def test_visitors_of_a_port_that_is_given_up_stay(start: Start) -> None:
    before, after = free_ports(2)
    one = start(vhost_http_port=before)
    request = b"GET / HTTP/1.1\r\nHost: nobody\r\n\r\n"
    with connect(before) as visitor:
        visitor.sendall(request)
        assert receive_exact(visitor, 12) == b"HTTP/1.1 404"
        one.reload(vhost_http_port=after)
        receive_until(visitor, b"</html>\n")
        visitor.sendall(request)
        assert receive_exact(visitor, 12) == b"HTTP/1.1 404"


def receive_until(connection: Any, end: bytes) -> None:
    data = b""
    while not data.endswith(end):
        data += connection.recv(65536)


@pytest.mark.parametrize("key", ["vhost_http_port", "vhost_https_port", "tcpmux_http_connect_port", "web_server__port"])
def test_a_port_that_is_taken_changes_nothing(start: Start, serve: StartServer, key: str) -> None:
    one = start(vhost_http_port=free_port())
    taken, bind_port, before = serve().bind_port, one.server.bind_port, listening()
    fds = psutil.Process().num_fds()
    free = {name: free_port() for name in ("bind_port", "vhost_https_port", "tcpmux_http_connect_port")}
    with pytest.raises(ConfigError, match=f"{taken}.*address already in use"):
        one.reload(auth__token="new token", **{**free, key: taken})
    assert one.server.bind_port == bind_port
    assert one.server.config.auth.token == TOKEN
    assert listening() == before
    assert psutil.Process().num_fds() == fds
    with Peer(one.server) as peer:
        assert peer.answer.error == ""


def test_a_fault_of_the_file_changes_nothing(start: Start) -> None:
    one = start()
    one.fault = ConfigError("line 3: no such option")
    with pytest.raises(ConfigError, match="line 3"):
        one.reload(auth__token="new token")
    one.fault = None
    with pytest.raises(ConfigError, match="not supported yet"):
        one.reload(quic_bind_port=7000)
    assert one.server.config.auth.token == TOKEN


def test_limits_are_for_what_is_asked_from_now_on(start: Start) -> None:
    allowed, other = free_ports(2)
    one = start()
    with Peer(one.server) as peer:
        port = peer.publish("first", remote_port=other)
        one.reload(allow_ports=[PortRange(allowed, allowed)])
        assert peer.new_proxy("second", remote_port=free_port()).error == "port not allowed"
        assert peer.publish("second", remote_port=allowed) == allowed
        one.reload(max_ports_per_client=2)
        assert peer.new_proxy("third", "udp").error == "exceed the max_ports_per_client"
        assert tcp_echoes(port)


def test_the_level_of_the_log(start: Start) -> None:
    one = start(log__level="info")
    assert one.reload(log__level="debug") == ["log.level"]
    assert logs.level() == "debug"


def test_the_level_that_the_operator_has_set_stays_until_the_file_says_otherwise(start: Start) -> None:
    one = start(log__level="info")
    one.reload()
    logs.set_level("trace")
    one.reload()
    assert logs.level() == "trace"
    one.reload(log__level="warn")
    assert logs.level() == "warn"


def test_a_log_file_that_was_moved_aside_is_let_go(start: Start, tmp_path: Path) -> None:
    file, aside = tmp_path / "frps.log", tmp_path / "frps.log.1"
    one = start()
    one.reload(log__to=str(file), log__level="info")
    file.rename(aside)
    one.reload()
    assert "success reload conf, changed: []" in file.read_text()
    assert "changed: [log.to]" in aside.read_text()


def test_the_log_tells(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    logs.set_level("info")
    one = start()
    one.reload(auth__token="the new secret", transport__tcp_keepalive=60)
    assert "success reload conf, changed: [auth.token]" in caplog.text
    assert "applied by a restart only: [transport.tcpKeepalive]" in caplog.text
    assert "the new secret" not in caplog.text


def test_a_dashboard_opens_moves_and_closes(start: Start) -> None:
    first, second = free_ports(2)
    one = start()
    assert one.server.web_port == 0
    one.reload(web_server__port=first, web_server__user="u", web_server__password="p")
    assert one.server.web_port == first
    assert not refuses(first)
    one.reload(web_server__port=second)
    assert refuses(first)
    assert not refuses(second)
    one.reload(web_server__port=0)
    assert one.server.web_port == 0
    eventually(lambda: refuses(second))


def test_half_a_session_is_not_shut_out(start: Start) -> None:
    """Who is at the door while the configuration changes comes in by the new one."""
    one = start()
    with gevent.Timeout(10), connect(one.server.bind_port) as early:
        eventually(lambda: one.server.strangers == 1)
        one.reload(auth__token="new token")
        assert one.server.strangers == 1
        early.close()
        eventually(lambda: one.server.strangers == 0)
