"""Where plugins are asked, in a running server: before which step, with what, and what a refusal comes to."""

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gevent
import pytest
from gevent.event import Event

from frpg.errors import ConfigError
from frpg.proto.messages import CloseProxy, NewProxy, NewProxyResp, Ping, Pong, StartWorkConn
from frpg.server.plugins import Reject
from frpg.server.reception import Reception
from frpg.server.service import Server
from tests.support.ports import free_port
from tests.support.users import connect, receive_all, refuses, tcp_echoes, udp_echoes
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer, server_config
from tests.unit.server.peer import TIMEOUT, Peer
from tests.unit.server.plugins.samples import scripted
from tests.unit.server.test_reload import log_as_before  # noqa: F401  (of every test here)

USER = {"user": "usr", "metas": {"team": "a"}, "client_id": "cid"}


def refuse(text: str = "the plugin says no") -> Callable[[Any], None]:
    def method(_content: Any) -> None:
        raise Reject(text)

    return method


def fail(_content: Any) -> None:
    raise ZeroDivisionError


def some_port(server: Server) -> int:
    """A free one that `server` lets its clients have."""
    port = server.context.tcp_ports.acquire("probe", 0)
    server.context.tcp_ports.release(port)
    return port


def pong(peer: Peer) -> None:
    peer.send(Ping())
    assert peer.receive(Pong) == Pong()


def test_without_plugins_nobody_is_asked(serve: StartServer) -> None:
    hooks = serve().context.hooks
    asked = (hooks.login, hooks.new_proxy, hooks.close_proxy, hooks.ping, hooks.new_work_conn, hooks.new_user_conn)
    assert asked == (None,) * 6


# --- Login


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("mux", [True, False])
def test_a_login_is_refused_with_the_reason(serve: StartServer, version: int, mux: bool) -> None:
    server = serve(python_plugins=[scripted(login=refuse())], transport__tcp_mux=mux)
    with Peer(server, version=version) as peer:
        assert peer.answer.error == "the plugin says no"
    assert server.context.refusals.counts == {"login": 1}
    assert len(server.controls) == 0


def test_a_plugin_that_fails_refuses_the_login(serve: StartServer) -> None:
    with Peer(serve(python_plugins=[scripted(login=fail)])) as peer:
        assert peer.answer.error == "send Login request to plugin error"


def test_details_are_kept_from_clients(serve: StartServer) -> None:
    with Peer(serve(python_plugins=[scripted(login=refuse())], detailed_errors_to_client=False)) as peer:
        assert peer.answer.error == "register control error"


def test_a_changed_login_is_what_is_checked(serve: StartServer) -> None:
    plugin = scripted(login=lambda content: replace(content, privilege_key=""))
    with Peer(serve(python_plugins=[plugin])) as peer:
        assert peer.answer.error == "token in login doesn't match token from configuration"


def test_a_changed_login_is_who_it_is_from_then_on(serve: StartServer) -> None:
    seen: list[Any] = []
    plugin = scripted(login=lambda content: replace(content, user="other", run_id="0123"), ping=seen.append)
    server = serve(python_plugins=[plugin])
    with Peer(server, **USER) as peer:
        assert peer.run_id == "0123"
        pong(peer)
        assert [(control.login.user, control.half_close) for control in server.controls] == [("other", True)]
    assert (seen[0].user.user, seen[0].user.metas, seen[0].user.run_id) == ("other", {"team": "a"}, "0123")


def test_a_plugin_cannot_let_in_who_has_no_token(serve: StartServer) -> None:
    server = serve(python_plugins=[scripted(login=lambda content: None)])
    with Peer(server, token="wrong") as peer:
        assert peer.answer.error == "token in login doesn't match token from configuration"


def test_a_client_that_leaves_while_the_plugin_thinks_replaces_nobody(serve: StartServer) -> None:
    release, asked = Event(), Event()

    def login(content: Any) -> None:
        if content.hostname == "slow":
            asked.set()
            release.wait(TIMEOUT)

    server = serve(python_plugins=[scripted(login=login)], transport__tcp_mux=False)
    with Peer(server) as first:
        slow = gevent.spawn(Peer, server, hostname="slow", run_id=first.run_id)
        assert asked.wait(TIMEOUT)
        slow.kill()
        pong(first)  # by then the server has heard of the end of the other connection
        release.set()
        eventually(lambda: server.strangers == 0)
        pong(first)
        assert len(server.controls) == 1


# --- NewProxy


def test_a_proxy_is_refused_with_the_reason(serve: StartServer) -> None:
    server = serve(python_plugins=[scripted(new_proxy=refuse())])
    with Peer(server) as peer:
        assert peer.new_proxy("p").error == "the plugin says no"
        assert [entry for entry in server.context.registry.snapshot() if entry.route.kind == "proxy"] == []


def test_a_changed_proxy_is_what_is_registered(serve: StartServer) -> None:
    port = free_port()
    plugin = scripted(new_proxy=lambda content: replace(content, proxy_name="renamed", remote_port=port))
    server = serve(python_plugins=[plugin], allow_ports=[])
    with Peer(server) as peer:
        answer = peer.new_proxy("p", remote_port=free_port())
        assert answer == NewProxyResp(proxy_name="renamed", remote_addr=f":{port}")
        assert tcp_echoes(port)


def test_messages_of_a_client_wait_for_the_plugin_in_order(serve: StartServer) -> None:
    release = Event()

    def new_proxy(content: Any) -> None:
        if content.proxy_name == "slow":
            release.wait(TIMEOUT)

    with Peer(serve(python_plugins=[scripted(new_proxy=new_proxy)])) as peer, Peer(serve()) as other:
        peer.send(NewProxy(proxy_name="slow", proxy_type="tcp"))
        peer.send(CloseProxy(proxy_name="slow"))
        peer.send(NewProxy(proxy_name="quick", proxy_type="tcp"))
        other.publish()  # nobody else waits
        assert peer.messages == []
        release.set()
        assert peer.receive(NewProxyResp).proxy_name == "slow"
        answer = peer.receive(NewProxyResp)
        assert (answer.proxy_name, answer.error) == ("quick", "")


def test_a_session_that_ends_meanwhile_registers_nothing(serve: StartServer) -> None:
    release, asked = Event(), Event()

    def new_proxy(_content: Any) -> None:
        asked.set()
        release.wait(TIMEOUT)

    server = serve(python_plugins=[scripted(new_proxy=new_proxy)])
    port = some_port(server)
    with Peer(server) as peer:
        peer.send(NewProxy(proxy_name="p", proxy_type="tcp", remote_port=port))
        assert asked.wait(TIMEOUT)
        (control,) = server.controls
        control.kick()
        release.set()
        peer.wait_ended()
    assert server.context.registry.snapshot() == []
    assert server.context.tcp_ports.used == {}
    assert refuses(port)


def test_what_a_plugin_takes_is_no_silence_of_the_client(serve: StartServer) -> None:
    now = 100.0

    def new_proxy(_content: Any) -> None:
        nonlocal now
        now += 5

    server = serve(python_plugins=[scripted(new_proxy=new_proxy)], transport__heartbeat_timeout=3)
    server.context.clock = lambda: now
    with Peer(server) as peer:
        peer.publish()
        pong(peer)


# --- CloseProxy


def test_every_end_of_a_proxy_is_told(serve: StartServer) -> None:
    told: list[tuple[str, str]] = []
    plugin = scripted(close_proxy=lambda content: told.append((content.proxy_name, content.user.user)))
    with Peer(serve(python_plugins=[plugin]), **USER) as peer:
        for name in "abc":
            peer.publish(name)
        peer.send(CloseProxy(proxy_name="b"))
        peer.send(CloseProxy(proxy_name="unknown"))
        eventually(lambda: told == [("b", "usr")])
    eventually(lambda: sorted(told) == [("a", "usr"), ("b", "usr"), ("c", "usr")])


def test_nobody_waits_for_a_plugin_that_hears_of_an_end(serve: StartServer) -> None:
    release = Event()
    plugin = scripted(close_proxy=lambda content: release.wait(TIMEOUT))
    with Peer(serve(python_plugins=[plugin])) as peer:
        port = peer.publish("p")
        peer.send(CloseProxy(proxy_name="p"))
        assert peer.publish("p", remote_port=port) == port
    release.set()


# --- Ping


def test_a_refused_heartbeat_ends_nothing_here(serve: StartServer) -> None:
    with Peer(serve(python_plugins=[scripted(ping=refuse())])) as peer:
        for _ in range(2):
            peer.send(Ping())
            assert peer.receive(Pong) == Pong(error="the plugin says no")
        assert tcp_echoes(peer.publish())


def test_a_changed_heartbeat_is_what_is_checked(serve: StartServer) -> None:
    plugin = scripted(ping=lambda content: replace(content, privilege_key=""))
    server = serve(python_plugins=[plugin], auth__additional_scopes=["HeartBeats"])
    with Peer(server) as peer:
        peer.send(Ping(**peer.auth.sign(1)))
        assert peer.receive(Pong).error == "token in heartbeat doesn't match token from configuration"


# --- NewWorkConn


@pytest.mark.parametrize("mux", [True, False])
def test_a_refused_work_connection_reads_why(serve: StartServer, mux: bool) -> None:
    server = serve(python_plugins=[scripted(new_work_conn=refuse())], transport__tcp_mux=mux)
    with Peer(server, service=None) as peer:
        assert peer.offer().receive(TIMEOUT) == StartWorkConn(error="the plugin says no")
    assert server.context.refusals.counts == {"work-connection": 1}


@pytest.mark.parametrize("version", [1, 2])
def test_every_work_connection_is_asked_about(serve: StartServer, version: int) -> None:
    seen: list[Any] = []

    def new_work_conn(content: Any) -> None:
        gevent.sleep(0.001)  # it may wait: the short way, which may not, is not taken
        seen.append(content)

    server = serve(python_plugins=[scripted(new_work_conn=new_work_conn)])
    with Peer(server, version=version, **USER) as peer:
        port = peer.publish()
        for _ in range(5):
            assert tcp_echoes(port)
    assert len(seen) >= 5
    assert {(content.user.user, content.run_id) for content in seen} == {("usr", peer.run_id)}


def test_a_work_connection_that_ends_meanwhile_is_not_kept(serve: StartServer) -> None:
    release, asked = Event(), Event()

    def new_work_conn(_content: Any) -> None:
        asked.set()
        release.wait(TIMEOUT)

    server = serve(python_plugins=[scripted(new_work_conn=new_work_conn)], transport__tcp_mux=False)
    with Peer(server, service=None) as peer:
        offered = peer.offer()
        assert asked.wait(TIMEOUT)
        offered.close()
        pong(peer)  # by then the server has heard of it
        release.set()
        eventually(lambda: server.strangers == 0)
        (control,) = server.controls
        assert len(control.pool) == 0


def test_with_a_plugin_nothing_is_recognised(serve: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    recognised: list[bool] = []
    recognise = Reception.recognise

    def spy(self: Reception, *arguments: Any) -> bool:
        recognised.append(recognise(self, *arguments))
        return recognised[-1]

    monkeypatch.setattr(Reception, "recognise", spy)
    with Peer(serve(python_plugins=[scripted(new_work_conn=lambda content: None)])) as peer:
        port = peer.publish()
        for _ in range(3):
            assert tcp_echoes(port)
    assert recognised and not any(recognised)


# --- NewUserConn


def test_a_refused_user_is_sent_away_before_the_client_hears_of_it(
    serve: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(python_plugins=[scripted(new_user_conn=refuse())])
    with Peer(server) as peer:
        with connect(peer.publish()) as user:
            address = user.getsockname()
            assert receive_all(user) == b""
        assert peer.started == []
    assert f"[p] the user conn [127.0.0.1:{address[1]}] was rejected, err:the plugin says no" in caplog.text
    assert server.context.refusals.counts == {"user": 1}
    assert set(server.context.users) == set()


def test_a_user_that_may_come_in(serve: StartServer) -> None:
    seen: list[Any] = []
    with Peer(serve(python_plugins=[scripted(new_user_conn=seen.append)]), **USER) as peer:
        port = peer.publish()
        assert tcp_echoes(port)
    (content,) = seen
    assert (content.proxy_name, content.proxy_type, content.user.user) == ("p", "tcp", "usr")
    assert content.remote_addr.startswith("127.0.0.1:")


def test_no_type_is_tcp_here_too(serve: StartServer) -> None:
    seen: list[Any] = []
    with Peer(serve(python_plugins=[scripted(new_user_conn=seen.append)])) as peer:
        assert tcp_echoes(peer.publish("p", ""))
    assert seen[0].proxy_type == "tcp"


def test_users_of_udp_are_not_asked_about(serve: StartServer) -> None:
    from tests.unit.server.peer import udp_echo

    server = serve(python_plugins=[scripted(new_user_conn=refuse())])
    peers: list[Peer] = []
    with Peer(server, service=udp_echo(lambda: peers[0].framing)) as peer:
        peers.append(peer)
        assert udp_echoes(peer.publish("p", "udp"))


def test_a_refusal_is_not_asked_of_the_next_member_of_a_group(serve: StartServer) -> None:
    asked: list[str] = []

    def new_user_conn(content: Any) -> None:
        asked.append(content.proxy_name)
        raise Reject("no")

    server = serve(python_plugins=[scripted(new_user_conn=new_user_conn)])
    port = some_port(server)
    with Peer(server) as peer:
        for name in "ab":
            peer.publish(name, group="g", remote_port=port)
        for _ in range(2):
            with connect(port) as user:
                assert receive_all(user) == b""
    assert sorted(asked) == ["a", "b"]


# --- the end, and another configuration


def test_the_server_closes_its_plugins(serve: StartServer) -> None:
    closed: list[int] = []
    asked = Event()

    def login(_content: Any) -> None:
        asked.set()
        gevent.sleep(60)

    server = serve(python_plugins=[scripted(login=login, close=lambda: closed.append(1))])
    waiting = gevent.spawn(Peer, server)
    assert asked.wait(TIMEOUT)
    server.close()
    server.close()
    assert closed == [1]
    with pytest.raises(OSError):
        waiting.get(timeout=TIMEOUT)


def test_a_plugin_that_cannot_be_made_stops_the_start() -> None:
    port = free_port()
    plugin = scripted()
    plugin.plugin = "no_such_module:C"
    server = Server(server_config(python_plugins=[plugin]), bind_port=port)
    with pytest.raises(ConfigError, match=r"pythonPlugins\[0\]\.plugin: no_such_module:C cannot be imported"):
        server.start()
    assert refuses(port)


class Reloading:
    """A server whose configuration changes."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.server = Server(server_config(**options), bind_port=0, source=lambda strict: server_config(**self.options))
        self.server.start()

    def reload(self, *plugins: Any) -> None:
        self.options = self.options | {"python_plugins": list(plugins)}
        self.server.reload()


def test_a_reload_asks_the_new_plugins_what_is_asked_anew(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    events: list[str] = []
    reloading = Reloading()
    try:
        with Peer(reloading.server) as peer:
            port = peer.publish()
            with connect(port) as user:
                user.sendall(b"before")
                assert user.recv(6) == b"before"
                reloading.reload(scripted("one", new_user_conn=refuse(), close=lambda: events.append("one closed")))
                user.sendall(b"still here")
                assert user.recv(10) == b"still here"
            assert not tcp_echoes(port)
            kept = reloading.options["python_plugins"]
            reloading.reload(*kept)
            assert events == []
            reloading.reload(scripted("two", new_proxy=refuse("two says no")))
            eventually(lambda: events == ["one closed"])
            assert tcp_echoes(port)
            assert peer.new_proxy("other").error == "two says no"
            reloading.reload()
            assert peer.new_proxy("other").error == ""
    finally:
        reloading.server.close()
    assert "plugin [one] has been registered" in caplog.text
    assert caplog.text.count("plugin [one] has been registered") == 1


def test_a_reload_with_a_broken_plugin_changes_nothing() -> None:
    closed: list[str] = []
    good = scripted("good", new_user_conn=refuse(), close=lambda: closed.append("good"))
    reloading = Reloading(python_plugins=[good])
    try:
        broken = scripted("broken")
        broken.plugin = "tests.unit.server.plugins.samples:Broken"
        with pytest.raises(ConfigError, match="cannot be made"):
            reloading.reload(good, scripted("new", ping=refuse(), close=lambda: closed.append("new")), broken)
        assert closed == ["new"]
        with Peer(reloading.server) as peer:
            assert not tcp_echoes(peer.publish())
            pong(peer)
    finally:
        reloading.server.close()
    assert closed == ["new", "good"]


def test_an_error_elsewhere_in_the_configuration_closes_new_plugins() -> None:
    closed: list[str] = []
    reloading = Reloading()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        try:
            reloading.options |= {"vhost_http_port": taken.getsockname()[1]}
            with pytest.raises(ConfigError):
                reloading.reload(scripted("new", ping=refuse(), close=lambda: closed.append("new")))
        finally:
            reloading.server.close()
    assert closed == ["new"]
