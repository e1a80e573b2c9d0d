"""The end of a client that is asked to go while users are on their way. Two bounds are asserted: they are promised."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from gevent.event import Event

import frpg.client.leaving as leaving
from frpg.auth.method import ANYBODY
from frpg.auth.token import TokenAuth
from frpg.client.service import Client
from frpg.config.proxies import TcpProxyConfig
from frpg.net.address import Endpoint
from frpg.net.messages import MessageStream
from frpg.proto.messages import CloseProxy, Ping, Pong, StartWorkConn
from tests.support.fake_frps import FakeControl, FakeFrps, eventually, fake_frps
from tests.support.services import Backlog, backlog
from tests.support.users import receive_exact
from tests.unit.client.conftest import Clients
from tests.unit.client.making import client_config


class Stay:
    """A client with one running proxy, and a server played by the test."""

    def __init__(self, clients: Clients, server: FakeFrps, local: Backlog, ip: str = "127.0.0.1") -> None:
        proxies = [TcpProxyConfig(name="ssh", local_ip=ip, local_port=local.port)]
        self.client: Client = clients.logged_in(server.port, mux=server._mux, proxies=proxies)
        self.control: FakeControl = server.next_control()
        self.control.start_proxy()
        assert eventually(lambda: self.client.proxies()[0].phase == "running")
        self.server = server
        self.closing: Any = None

    def ask_to_leave(self) -> None:
        """Returns when the server has read that the proxy ends, and the ping behind it."""
        self.closing = gevent.spawn(self.client.close)
        assert self.control.receive() == CloseProxy(proxy_name="ssh")
        assert self.control.receive() == Ping()

    def take_note(self) -> None:
        """As a server does that knows now."""
        self.control.send(Pong())
        assert self.control.receive() == Ping()
        self.control.send(Pong())

    def user(self) -> MessageStream:
        work = self.control.work()
        work.send(StartWorkConn(proxy_name="ssh"))
        return work

    def has_left(self) -> bool:
        self.closing.get(timeout=5)
        with pytest.raises(ConnectionError):
            self.control.receive()
        return not self.client.is_logged_in


@pytest.fixture(params=[False, True], ids=["nomux", "mux"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeFrps]:
    with fake_frps(mux=request.param) as server:
        yield server


@pytest.fixture
def local() -> Iterator[Backlog]:
    with backlog() as local:
        yield local


@pytest.fixture
def stay(clients: Clients, server: FakeFrps, local: Backlog) -> Stay:
    return Stay(clients, server, local)


@pytest.fixture
def long_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends in time does so for another reason."""
    for name in ("NOTICE", "SILENCE"):
        monkeypatch.setattr(leaving, name, 60.0)
    monkeypatch.setattr(Client.close, "__kwdefaults__", {"patience": 60.0})


@pytest.mark.usefixtures("long_patience")
def test_with_nobody_there_it_ends_as_soon_as_the_server_knows(stay: Stay) -> None:
    stay.ask_to_leave()
    assert not stay.closing.dead
    stay.take_note()
    assert stay.has_left()


@pytest.mark.usefixtures("long_patience")
def test_users_that_the_server_sends_before_it_knows_are_served(stay: Stay, local: Backlog) -> None:
    stay.ask_to_leave()
    first = stay.user()
    stay.control.send(Pong())
    assert stay.control.receive() == Ping()
    second = stay.user()  # chosen before, but its work connection was long on its way
    stay.control.send(Pong())
    for user in (first, second):
        user.stream.sendall(b"request")
        with local.accept() as served:
            assert receive_exact(served, 7) == b"request"
            served.sendall(b"response")
            assert user.detach().recv_exact(8) == b"response"
        user.close()
    assert stay.has_left()


@pytest.mark.usefixtures("long_patience")
def test_a_user_whose_service_is_still_looked_up_is_served(
    clients: Clients, server: FakeFrps, local: Backlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Event()

    def look_up(_host: str, port: int) -> list[Endpoint]:
        found.wait(10)
        return [(socket.AF_INET, ("127.0.0.1", port))]

    monkeypatch.setattr("frpg.net.address.resolve_system", look_up)
    stay = Stay(clients, server, local, ip="service.test")
    user = stay.user()
    stay.ask_to_leave()
    stay.take_note()
    control = stay.client._supervisor.control
    assert eventually(lambda: control._no_pong_due.is_set())  # type: ignore[union-attr]
    found.set()
    user.stream.sendall(b"request")
    with local.accept() as served:
        assert receive_exact(served, 7) == b"request"
    user.close()
    assert stay.has_left()


@pytest.mark.usefixtures("long_patience")
def test_pongs_that_were_due_before_do_not_count(clients: Clients, server: FakeFrps) -> None:
    client = clients.logged_in(server.port, mux=server._mux, heartbeat=(30, 90))
    control = server.next_control()
    assert control.receive() == Ping()
    closing = gevent.spawn(client.close)
    assert control.receive() == Ping()
    control.send(Pong())  # for the heartbeat
    with pytest.raises(TimeoutError):
        control.messages.receive(0.05)
    control.send(Pong())
    assert control.receive() == Ping()
    control.send(Pong())
    closing.get(timeout=5)


def test_pings_are_signed_where_the_server_wants_it(clients: Clients, server: FakeFrps) -> None:
    server._secret = b"secret"
    config = client_config(server.port, mux=server._mux, token="secret")
    config.auth.additional_scopes = ["HeartBeats"]
    client = clients(config)
    client.start()
    control = server.next_control()
    assert client.wait_logged_in(5)
    closing = gevent.spawn(client.close)
    ping = control.receive()
    assert isinstance(ping, Ping)
    TokenAuth("secret", ["HeartBeats"]).check_ping(ping, ANYBODY)
    assert ping.timestamp
    closing.get(timeout=5)


@pytest.mark.usefixtures("long_patience")
def test_a_server_that_is_gone_ends_it(stay: Stay) -> None:
    stay.ask_to_leave()
    stay.server.drop_all()
    stay.closing.get(timeout=5)
    assert len(stay.server.first_bytes) == 1  # and no new login


def test_a_server_that_does_not_answer_is_not_waited_for(stay: Stay) -> None:
    began = time.monotonic()
    stay.ask_to_leave()
    assert stay.has_left()
    assert time.monotonic() - began < leaving.PATIENCE


def test_a_connection_that_never_rests_has_a_bound_too(stay: Stay, local: Backlog) -> None:
    user = stay.user()
    with local.accept() as served:

        def talk() -> None:
            while True:
                served.sendall(b"more")
                user.stream.recv()

        talking = gevent.spawn(talk)
        try:
            began = time.monotonic()
            stay.ask_to_leave()
            stay.take_note()
            stay.closing.get(timeout=5)
            assert time.monotonic() - began < leaving.PATIENCE + 0.5
        finally:
            talking.kill()
    user.close()


def test_a_connection_at_rest_is_cut(stay: Stay, local: Backlog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "SILENCE", 0.05)
    user = stay.user()
    with local.accept() as served:
        stay.ask_to_leave()
        stay.take_note()
        stay.closing.get(timeout=5)
        assert is_over(served)
    user.close()


@pytest.mark.usefixtures("long_patience")
def test_without_patience_nobody_is_waited_for(stay: Stay, local: Backlog) -> None:
    user = stay.user()
    with local.accept() as served:
        stay.client.close(patience=0)
        assert stay.control.receive() == CloseProxy(proxy_name="ssh")
        with pytest.raises(ConnectionError):
            stay.control.receive()
        assert is_over(served)
    user.close()


def is_over(connection: socket.socket) -> bool:
    """Multiplexed, it is reset: nobody can know that it was complete."""
    connection.settimeout(5)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
