"""tcp proxies: users, what their client hears of them, stages, limits, counters."""

import random
import socket

import gevent
import pytest

from frpg.net.staged import StagedStream
from frpg.net.stream import Stream
from frpg.proto.cfb import Cfb
from frpg.proto.messages import CloseProxy
from frpg.proto.snappy import Snappy
from frpg.proto.stage import Stage
from frpg.server.routes import Route
from frpg.server.service import Server
from tests.support.users import connect, receive_all, receive_exact, refuses, tcp_echoes
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import TOKEN, Peer, echo

PAYLOAD = random.Random(1).randbytes(300_000) + bytes(300_000)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("mux", [True, False])
@pytest.mark.parametrize("pool", [0, 1, 5])
def test_users_reach_the_service(serve: StartServer, version: int, mux: bool, pool: int) -> None:
    with Peer(serve(transport__tcp_mux=mux), version=version, pool_count=pool) as peer:
        port = peer.publish()
        jobs = [gevent.spawn(tcp_echoes, port, PAYLOAD[start:]) for start in range(0, 60, 3)]
        assert all(job.get(timeout=30) for job in jobs)


def test_client_learns_who_the_user_is(serve: StartServer) -> None:
    with Peer(serve()) as peer:
        port = peer.publish("web")
        with connect(port) as user:
            user.sendall(b"x")
            assert user.recv(1) == b"x"
            (start,) = peer.started
            assert (start.src_addr, start.src_port) == user.getsockname()
            assert (start.proxy_name, start.dst_addr, start.dst_port) == ("web", "127.0.0.1", port)


@pytest.mark.parametrize("limit", ["", "100MB"])
@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize("compressed", [True, False])
def test_stages(serve: StartServer, encrypted: bool, compressed: bool, limit: str) -> None:
    def service(stream: Stream) -> None:
        stages: list[Stage] = [Snappy()] if compressed else []
        echo(StagedStream(stream, [*stages, *([Cfb(TOKEN.encode())] if encrypted else [])]))

    with Peer(serve(), service=service) as peer:
        options = {"bandwidth_limit": limit, "bandwidth_limit_mode": "server"}
        port = peer.publish(use_encryption=encrypted, use_compression=compressed, **options)
        assert tcp_echoes(port, PAYLOAD)


def test_limit_that_is_none(serve: StartServer) -> None:
    with Peer(serve()) as peer:
        answer = peer.new_proxy(bandwidth_limit="1XB", bandwidth_limit_mode="server")
        assert answer.error == "invalid bandwidth limit: unit not support"


def only_proxy(server: Server):  # type: ignore[no-untyped-def]
    (control,) = server.controls._controls
    return control.proxies.get("p")


def test_counters(serve: StartServer) -> None:
    server = serve()
    with Peer(server, service=lambda stream: stream.sendall(stream.recv_exact(5) * 2)) as peer:
        port = peer.publish()
        proxy = only_proxy(server)
        with connect(port) as user:
            user.sendall(b"12345")
            assert receive_exact(user, 10) == b"1234512345"
            assert proxy.connections == 1
        eventually(lambda: proxy.connections == 0)
        assert (proxy.traffic_in.value, proxy.traffic_out.value) == (5, 10)
        assert not server.context.users


def test_the_end_of_a_client_without_half_close_is_the_end_of_all(serve: StartServer) -> None:
    with Peer(serve(), half_close=False, service=lambda stream: stream.sendall(b"bye")) as peer:
        assert peer.answer.half_close
        with connect(peer.publish()) as user:
            assert receive_all(user) == b"bye"
            eventually(lambda: _is_closed(user))


def _is_closed(user: socket.socket) -> bool:
    """Whether nobody takes what this user sends."""
    try:
        user.sendall(b"x")
    except ConnectionError:
        return True
    return False


def test_half_close_reaches_the_service_and_its_answer_the_user(serve: StartServer) -> None:
    def service(stream: Stream) -> None:
        received = b""
        while data := stream.recv():
            received += data
        stream.sendall(received[::-1])
        stream.finish()

    with Peer(serve(), service=service) as peer, connect(peer.publish()) as user:
        user.sendall(b"abc")
        user.shutdown(1)
        assert receive_all(user) == b"cba"


def test_user_is_let_go_without_a_work_connection(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(user_conn_timeout=0.1)
    with Peer(server, service=None) as peer:
        assert not tcp_echoes(peer.publish())
        assert not peer.is_ended()
    assert "failed to get work connection: timeout trying to get work connection" in caplog.text
    assert not server.context.users


def test_dead_work_connections_are_passed_over(serve: StartServer) -> None:
    server = serve(transport__tcp_mux=False)
    with Peer(server, service=None, pool_count=3) as peer:
        port = peer.publish()
        works = [peer.offer() for _ in range(3)]
        (control,) = server.controls._controls
        eventually(lambda: len(control.pool) == 3)
        for work in works[:2]:
            work.close()
        user = gevent.spawn(tcp_echoes, port)
        works[2].receive(5)
        echoing = gevent.spawn(echo, works[2].detach())
        assert user.get(timeout=5)
        echoing.join(timeout=5)


def test_joined_users_outlive_the_proxy(serve: StartServer) -> None:
    server = serve()
    with Peer(server) as peer, connect(peer.publish()) as user:
        user.sendall(b"x")
        assert user.recv(1) == b"x"
        peer.send(CloseProxy(proxy_name="p"))
        peer.publish("next")
        user.sendall(b"y")
        assert user.recv(1) == b"y"


@pytest.mark.parametrize("mux", [True, False])
def test_users_end_with_the_client(serve: StartServer, mux: bool) -> None:
    server = serve(transport__tcp_mux=mux)
    with Peer(server) as peer:
        user = connect(peer.publish())
        user.sendall(b"x")
        assert user.recv(1) == b"x"
    receive_all(user)
    user.close()
    eventually(lambda: not server.context.users)


def test_user_of_a_proxy_that_is_closed_while_waiting(serve: StartServer) -> None:
    server = serve()
    with Peer(server, service=None) as peer:
        port = peer.publish()
        user = gevent.spawn(tcp_echoes, port)
        eventually(lambda: peer.requests > 0)
        peer.send(CloseProxy(proxy_name="p"))
        peer.publish("other")
        work = peer.offer()
        assert user.get(timeout=5) is False
        # The connection is not wasted on a closed proxy: the next user gets it.
        port = peer.publish("p")
        user = gevent.spawn(tcp_echoes, port)
        work.receive(5)
        work.close()
        assert user.get(timeout=5) is False


# --- groups


def word(text: bytes):  # type: ignore[no-untyped-def]
    def service(stream: Stream) -> None:
        stream.sendall(text)
        stream.finish()

    return service


def ask(port: int) -> bytes:
    with connect(port) as user:
        return receive_all(user)


GROUP = {"group": "g", "group_key": "k"}


def test_members_of_a_group_take_turns_and_come_and_go(serve: StartServer) -> None:
    server = serve()
    with Peer(server, service=word(b"1")) as one:
        port = one.publish("one", **GROUP)
        with Peer(server, service=word(b"2")) as two:
            assert two.publish("two", **GROUP) == port
            assert [ask(port) for _ in range(4)] == [b"2", b"1", b"2", b"1"]
            one.send(CloseProxy(proxy_name="one"))
            assert one.new_proxy("other").error == ""
            assert [ask(port) for _ in range(2)] == [b"2", b"2"]  # it outlives its founder
            assert one.publish("one again", **GROUP) == port
            assert {ask(port), ask(port)} == {b"1", b"2"}
        eventually(lambda: server.context.registry.lookup(Route("proxy", "two")) is None)
        assert [ask(port) for _ in range(2)] == [b"1", b"1"]
        one.send(CloseProxy(proxy_name="one again"))
        assert one.new_proxy("last").error == ""
        assert refuses(port)
        assert one.publish("p", remote_port=port) == port


def test_who_may_join_a_group(serve: StartServer) -> None:
    server = serve(max_ports_per_client=3)
    with Peer(server) as peer:
        port = peer.publish("one", **GROUP)
        wrong = "group should have same remote port"
        assert peer.new_proxy("two", remote_port=port, **GROUP).error == wrong
        assert peer.new_proxy("two", remote_port=port, group="g", group_key="x").error == wrong
        assert peer.new_proxy("two", group="g", group_key="x").error == "group auth failed"
        assert peer.new_proxy("two", remote_port=port, group="h").error == "port already used"
        assert peer.new_proxy("two", remote_port=1, group="h").error == "port not allowed"
        assert peer.publish("two", **GROUP) == port
        assert peer.publish("three", **GROUP) == port
        assert peer.new_proxy("four", **GROUP).error == "exceed the max_ports_per_client"
    eventually(lambda: server.context.registry.snapshot() == [])
    assert server.context.tcp_ports.used == {}
    assert server.context.groups._groups == {}


def test_a_member_that_cannot_serve_is_passed_over(serve: StartServer) -> None:
    server = serve(user_conn_timeout=0.2)
    with Peer(server, service=None) as bad, Peer(server, service=word(b"good")) as good:
        port = bad.publish("bad", **GROUP)
        assert good.publish("good", **GROUP) == port
        assert [ask(port) for _ in range(6)] == [b"good"] * 6
        assert bad.requests > 0
