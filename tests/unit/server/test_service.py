"""The server as an object: start, faults at the start, the end."""

import copy
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from unittest import mock

import gevent
import pytest
from gevent.event import Event

from frpg.config.common import ExecSource, FileSource, ValueSource
from frpg.config.server import ServerConfig
from frpg.errors import ConfigError, NotSupported
from frpg.proto.messages import Ping, Pong
from frpg.server.service import Server
from tests.support.issuer import AUDIENCE, DISCOVERY, KEYS, Issuer, broken, serving
from tests.support.ports import free_port
from tests.support.users import connect, receive_all, refuses, tcp_echoes
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer, server_config
from tests.unit.server.peer import TOKEN, Peer


def test_start_says_where(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    server = serve()
    assert [record.getMessage() for record in caplog.records] == [
        f"frps tcp listen on 127.0.0.1:{server.bind_port}",
        "frps started successfully",
    ]


def test_port_in_use(serve: StartServer) -> None:
    port = serve().bind_port
    server = Server(server_config(bind_port=port))
    with pytest.raises(ConfigError) as caught:
        server.start()
    assert caught.value.faults == [
        f"create server listener error, listen tcp 127.0.0.1:{port}: bind: address already in use"
    ]
    server.close()


def test_options_of_later_releases_are_refused() -> None:
    config = server_config(quic_bind_port=7002, kcp_bind_port=7000)
    with pytest.raises(NotSupported) as caught:
        Server(config)
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["kcpBindPort = 7000", "quicBindPort = 7002"]


def test_token_comes_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    config = server_config(auth__token="")
    config.auth.token_source = ValueSource(type="file", file=FileSource(path=str(tmp_path / "token")))
    server = Server(config, bind_port=0)
    server.start()
    try:
        with Peer(server) as peer:
            assert peer.answer.error == ""
    finally:
        server.close()


def test_certificate_files_are_read_at_the_start(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.crt")
    server = Server(server_config(transport__tls__cert_file=missing, transport__tls__key_file=missing), bind_port=0)
    with pytest.raises(ConfigError) as caught:
        server.start()
    assert caught.value.faults == [f"open {missing}: no such file or directory"]


def test_ca_file_without_certificates(tmp_path: Path) -> None:
    empty = tmp_path / "ca.crt"
    empty.write_text("nothing")
    server = Server(server_config(transport__tls__trusted_ca_file=str(empty)), bind_port=0)
    with pytest.raises(ConfigError, match="no valid PEM certificates found"):
        server.start()


def test_close_ends_everything_and_lets_join_return(serve: StartServer) -> None:
    server = serve(transport__tcp_mux=False)
    assert not server.join(timeout=0)
    with Peer(server) as peer:
        port = peer.publish()
        peer.publish("u", "udp")
        with connect(port) as user:
            user.sendall(b"x")
            assert user.recv(1) == b"x"
            waiter = gevent.spawn(server.join)
            server.close()
            server.close()
            assert waiter.get(timeout=5) is True
            receive_all(user)
        peer.wait_ended()
    assert refuses(port)
    assert refuses(server.bind_port)
    assert server.context.registry.snapshot() == []
    eventually(lambda: not server.context.users)


def test_login_after_close_is_refused(serve: StartServer) -> None:
    server = serve()
    server.controls.close()
    with Peer(server) as peer:
        assert peer.answer.error == "control manager is closed"


def test_ports_can_be_bound_again_at_once(serve: StartServer) -> None:
    server = serve()
    with Peer(server) as peer:
        port = peer.publish()
        assert tcp_echoes(port)
    server.close()
    again = Server(server_config(), bind_port=server.bind_port)
    again.start()
    try:
        with Peer(again) as peer:
            assert peer.publish(remote_port=port) == port
    finally:
        again.close()


def test_wildcard_serves_both_families(serve: StartServer) -> None:
    server = serve(bind_addr="0.0.0.0", proxy_bind_addr="0.0.0.0")
    with Peer(server) as peer:
        port = peer.publish()
        with connect(port) as user:
            user.sendall(b"x")
            assert user.recv(1) == b"x"
        assert peer.started[0].src_addr == "127.0.0.1"
        if not socket.has_ipv6:
            return
        try:
            six = socket.create_connection(("::1", port), timeout=5)
        except OSError:
            pytest.skip("no IPv6 here")
        with six:
            six.sendall(b"x")
            assert six.recv(1) == b"x"
        assert peer.started[1].src_addr == "::1"


# --- the issuer of tokens, and a token that comes from elsewhere


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with serving(Issuer()) as issuer:
        yield issuer


def oidc(issuer: Issuer, **more: Any) -> ServerConfig:
    return server_config(
        auth__token="", auth__method="oidc", auth__oidc__issuer=issuer.url, auth__oidc__audience=AUDIENCE, **more
    )


class Slow:
    """Has discovery wait until it may `go` on."""

    def __init__(self, issuer: Issuer) -> None:
        self.asked, self.go = Event(), Event()
        self._issuer = issuer
        issuer.faults[DISCOVERY] = self._answer

    def _answer(self) -> tuple[int, bytes]:
        self.asked.set()
        self.go.wait()
        return 200, json.dumps(self._issuer.discovery()).encode()


def test_an_issuer_that_is_away_keeps_it_from_starting() -> None:
    port = free_port()
    server = Server(oidc(Issuer(port=port)), bind_port=0)
    with pytest.raises(ConfigError) as caught:
        server.start()
    (line,) = caught.value.faults
    assert line.startswith(f"auth.oidc.issuer: cannot ask http://127.0.0.1:{port}: dial tcp ")
    assert server.join(timeout=0)


def test_closing_while_the_issuer_is_asked(issuer: Issuer) -> None:
    slow = Slow(issuer)
    server = Server(oidc(issuer), bind_port=0)
    starting = gevent.spawn(server.start)
    slow.asked.wait()
    server.close()
    slow.go.set()
    starting.get(timeout=5)
    assert server.bind_port == 0


class Reloading:
    """A server whose configuration a test changes."""

    def __init__(self, config: ServerConfig) -> None:
        self.wanted = config
        self.server = Server(copy.deepcopy(config), bind_port=0, source=lambda strict: copy.deepcopy(self.wanted))
        self.server.start()
        self._log = mock.patch.multiple("frpg.logs", setup=mock.DEFAULT, set_level=mock.DEFAULT)  # it is the test's own

    def __enter__(self) -> Self:
        self._log.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._log.stop()
        self.server.close()

    def answer(self, **login: Any) -> str:
        with Peer(self.server, **login) as peer:
            return peer.answer.error


def test_a_reload_changes_the_method_for_later_logins(issuer: Issuer) -> None:
    with Reloading(server_config(auth__additional_scopes=["HeartBeats"])) as world, Peer(world.server) as old:
        world.wanted = oidc(issuer, auth__additional_scopes=["HeartBeats"])
        assert "auth.method" in world.server.reload().changed
        assert "invalid OIDC token in login: " in world.answer()
        old.send(Ping(**old.auth.sign(5.0)))
        assert old.receive(Pong) == Pong()
        assert issuer.counts == {DISCOVERY: 1, KEYS: 1}
        world.server.reload()
        assert issuer.counts == {DISCOVERY: 1, KEYS: 1}  # nothing has changed for it


def test_a_reload_that_the_issuer_does_not_answer_changes_nothing(issuer: Issuer) -> None:
    with Reloading(server_config()) as world:
        issuer.faults[DISCOVERY] = broken(503)
        world.wanted = oidc(issuer, max_ports_per_client=5)
        with pytest.raises(ConfigError, match="answered 503"):
            world.server.reload()
        assert world.server.config.max_ports_per_client == 0
        assert world.answer() == ""


def test_a_reload_runs_the_command_again(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    config = server_config(auth__token="")
    config.auth.token_source = ValueSource(type="exec", exec=ExecSource(command="cat", args=[str(path)]))
    with Reloading(config) as world:
        assert world.answer() == ""
        path.write_text("another")
        world.server.reload()
        assert world.answer() == "token in login doesn't match token from configuration"
        assert world.answer(token="another") == ""
        path.unlink()
        with pytest.raises(ConfigError, match=r"^failed to resolve auth.tokenSource: failed to execute command cat: "):
            world.server.reload()
        assert world.answer(token="another") == ""


def test_reloads_come_one_after_the_other(issuer: Issuer) -> None:
    slow = Slow(issuer)
    with Reloading(server_config()) as world:
        world.wanted = oidc(issuer)
        first = gevent.spawn(world.server.reload)
        slow.asked.wait()
        assert world.answer() == ""  # nobody waits for a reload
        world.wanted = server_config()
        second = gevent.spawn(world.server.reload)
        gevent.idle()
        slow.go.set()
        assert "auth.method" in first.get(timeout=5).changed
        assert "auth.method" in second.get(timeout=5).changed
        assert world.answer() == ""


def test_a_reload_that_is_too_late(issuer: Issuer) -> None:
    def late(server: Server) -> str:
        with pytest.raises(ConfigError) as caught:
            server.reload()
        return str(caught.value)

    slow = Slow(issuer)
    with Reloading(server_config()) as world:
        world.wanted = oidc(issuer)
        reload = gevent.spawn(late, world.server)
        slow.asked.wait()
        world.server.close()
        slow.go.set()
        assert reload.get(timeout=5) == "frps has stopped"
