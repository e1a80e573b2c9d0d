"""The control connection: proxies, heartbeats, work connections, what is not there yet."""

import gevent
import pytest

from frpg.net.messages import MessageStream
from frpg.proto.messages import (
    CloseProxy,
    NatHoleResp,
    NatHoleVisitor,
    NewVisitorConn,
    NewVisitorConnResp,
    NewWorkConn,
    Ping,
    Pong,
    StartWorkConn,
)
from frpg.server.proxies import LATER
from tests.support.users import refuses, tcp_echoes
from tests.support.waiting import eventually
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import TIMEOUT, Peer


def test_closed_proxy_frees_its_port_and_name(serve: StartServer) -> None:
    server = serve()
    with Peer(server) as peer:
        port = peer.publish("p")
        peer.send(CloseProxy(proxy_name="p"))
        peer.send(CloseProxy(proxy_name="never there"))
        assert peer.publish("p", remote_port=port) == port
        assert tcp_echoes(port)
    eventually(lambda: refuses(port))
    assert server.context.registry.snapshot() == []
    assert server.context.tcp_ports.used == {}


def test_name_is_taken_once_on_the_whole_server(serve: StartServer) -> None:
    server = serve()
    with Peer(server) as one, Peer(server) as other:
        port = one.publish("p")
        for peer in (one, other):
            assert peer.new_proxy("p").error == "proxy [p] already exists"
        assert tcp_echoes(port)


@pytest.mark.parametrize("kind", LATER)
def test_types_of_later_releases_are_refused_loudly(serve: StartServer, kind: str) -> None:
    with Peer(serve()) as peer:
        assert "not supported yet" in peer.new_proxy("p", kind).error


def test_unknown_type(serve: StartServer) -> None:
    with Peer(serve()) as peer:
        assert peer.new_proxy("p", "sctp").error == "unknown proxy type: sctp"
        assert peer.publish("p", "")  # no type is tcp


@pytest.mark.parametrize("name", ["", "a\nb"])
def test_names_that_are_none(serve: StartServer, name: str) -> None:
    with Peer(serve()) as peer:
        assert peer.new_proxy(name).error == "a proxy needs a printable name"


def test_details_are_kept_from_clients(serve: StartServer) -> None:
    with Peer(serve(detailed_errors_to_client=False)) as peer:
        assert peer.new_proxy("p", "sctp").error == "new proxy [p] error"


def test_quota_comes_first_and_is_given_back(serve: StartServer) -> None:
    with Peer(serve(max_ports_per_client=2)) as peer:
        port = peer.publish("a")
        peer.publish("b", "udp")
        assert peer.new_proxy("a", remote_port=port).error == "exceed the max_ports_per_client"
        peer.send(CloseProxy(proxy_name="b"))
        assert peer.new_proxy("c", remote_port=port).error == "port already used"
        peer.publish("d")


def test_fault_of_a_proxy_does_not_end_the_control(serve: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from frpg.server.proxies.tcp import TcpProxy

    def start(self: TcpProxy) -> str:
        raise ZeroDivisionError

    server = serve()
    with Peer(server) as peer:
        with monkeypatch.context() as patch:
            patch.setattr(TcpProxy, "start", start)
            assert peer.new_proxy("p").error == "internal error"
        assert tcp_echoes(peer.publish("p"))


def test_xtcp_visitors_get_an_answer(serve: StartServer) -> None:
    with Peer(serve()) as peer:
        peer.send(NatHoleVisitor(transaction_id="t"))
        answer = peer.receive(NatHoleResp)
        assert answer.transaction_id == "t"
        assert "not supported yet" in answer.error


def test_other_visitors_get_an_answer(serve: StartServer) -> None:
    with Peer(serve()) as peer:
        messages = MessageStream(peer.open(), peer.framing)
        messages.send(NewVisitorConn(run_id=peer.run_id, proxy_name="secret"))
        answer = messages.receive(TIMEOUT)
        assert isinstance(answer, NewVisitorConnResp)
        assert answer.proxy_name == "secret"
        assert "not supported yet" in answer.error


def test_unexpected_messages_are_ignored(serve: StartServer) -> None:
    with Peer(serve()) as peer:
        peer.send(StartWorkConn(proxy_name="p"))
        peer.send(Ping())
        assert peer.receive(Pong) == Pong()


@pytest.mark.parametrize("mux", [True, False])
def test_garbage_ends_the_control_alone(serve: StartServer, mux: bool) -> None:
    server = serve(transport__tcp_mux=mux)
    with Peer(server) as bad, Peer(server) as good:
        port = good.publish()
        bad.control.stream.sendall(b"\xff" * 100)
        bad.wait_ended()
        assert tcp_echoes(port)


def test_silence_ends_the_control(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(transport__heartbeat_timeout=1)
    with Peer(server) as peer:
        port = peer.publish()
        peer.wait_ended()
        assert refuses(port)
    assert "heartbeat timeout" in caplog.text


def test_pings_keep_the_control_alive(serve: StartServer) -> None:
    now = 100.0
    server = serve(transport__heartbeat_timeout=1)
    server.context.clock = lambda: now
    with Peer(server) as peer:
        for _ in range(5):
            peer.send(Ping())
            assert peer.receive(Pong) == Pong()
            now += 0.9
        now += 0.2
        peer.send(CloseProxy())  # any message but a ping
        peer.wait_ended()


@pytest.mark.parametrize(
    ("detailed", "text"),
    [(True, "token in heartbeat doesn't match token from configuration"), (False, "invalid ping")],
)
def test_ping_with_a_wrong_proof(serve: StartServer, detailed: bool, text: str) -> None:
    server = serve(auth__additional_scopes=["HeartBeats"], detailed_errors_to_client=detailed)
    with Peer(server) as peer:
        peer.send(Ping())
        assert peer.receive(Pong) == Pong(error=text)
        peer.send(Ping(**peer.auth.sign(1)))
        assert peer.receive(Pong) == Pong()


def refusal(peer: Peer, **fields: object) -> str:
    """Why a work connection was refused."""
    messages = peer.offer(**fields)
    answer = messages.receive(TIMEOUT)
    assert isinstance(answer, StartWorkConn)
    with pytest.raises(ConnectionError):
        messages.receive(TIMEOUT)
    return answer.error


@pytest.mark.parametrize("version", [1, 2])
def test_work_connection_of_nobody(serve: StartServer, version: int) -> None:
    with Peer(serve(), version=version) as peer:
        assert refusal(peer, run_id="nobody") == "no client control found for run id [nobody]"


def test_work_connection_with_a_wrong_proof(serve: StartServer) -> None:
    with Peer(serve(auth__additional_scopes=["NewWorkConns"]), service=None) as peer:
        text = "token in NewWorkConn doesn't match token from configuration"
        assert refusal(peer) == text
        peer.offer(**peer.auth.sign(1))
        with Peer(serve(auth__additional_scopes=["NewWorkConns"], detailed_errors_to_client=False)) as other:
            assert refusal(other) == "invalid NewWorkConn"


def test_too_many_work_connections(serve: StartServer) -> None:
    with Peer(serve(), service=None) as peer:
        for _ in range(10):
            peer.offer()
        assert refusal(peer) == "work connection pool is full, discarding"


def test_work_connection_of_the_other_protocol(serve: StartServer) -> None:
    from frpg.proto.framing import V1Framing

    with Peer(serve(), version=2, service=None) as peer:
        messages = MessageStream(peer.open(), V1Framing())
        messages.send(NewWorkConn(run_id=peer.run_id))
        answer = messages.receive(TIMEOUT)
        assert isinstance(answer, StartWorkConn)
        assert answer.error == "the session speaks wire protocol v2, not v1"


@pytest.mark.parametrize("mux", [True, False])
def test_end_of_the_client_ends_its_idle_work_connections(serve: StartServer, mux: bool) -> None:
    server = serve(transport__tcp_mux=mux)
    with Peer(server, service=None) as peer, Peer(server, service=None) as other:
        works = [other.offer() for _ in range(3)]
        peer.publish()
        gevent.idle()
        other.control.close()
        for work in works:
            with pytest.raises((OSError, ConnectionError)):
                work.receive(TIMEOUT)
        eventually(lambda: len(server.controls) == 1)
