"""The server as an object: start, faults at the start, the end."""

import socket
from pathlib import Path

import gevent
import pytest

from frpg.config.common import FileSource, ValueSource
from frpg.errors import ConfigError, NotSupported
from frpg.server.service import Server
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
