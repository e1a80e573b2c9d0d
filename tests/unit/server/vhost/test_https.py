"""TLS connections by name: hellos cut everywhere, the alert for unknown names, silence for what is no TLS."""

import gevent
import pytest

from frpg.net.stream import Stream
from frpg.server.service import Server
from frpg.server.vhost import https
from tests.support.users import connect, receive_all, receive_exact
from tests.support.waiting import eventually
from tests.unit.proto.http1.messages import cuts
from tests.unit.proto.test_sni import message, names, real_hello, records
from tests.unit.server.conftest import StartServer
from tests.unit.server.peer import Peer, echo

HELLO = records(message(names((0, b"WWW.a.test"))), 30)
ALERT = bytes.fromhex("15 03 03 00 02 02 70")


@pytest.fixture
def server(serve: StartServer) -> Server:
    return serve(vhost_https_port=7000)


@pytest.mark.parametrize("step", [1, 7, 64, 1000])
def test_all_bytes_reach_the_service(server: Server, step: int) -> None:
    with Peer(server, service=echo) as peer, connect(server.bind_port) as user:
        peer.new_proxy("p", "https", custom_domains=["*.a.test"])
        for piece in cuts(HELLO + b"more", step):
            user.sendall(piece)
            gevent.sleep(0)
        assert receive_exact(user, len(HELLO) + 4) == HELLO + b"more"


def test_unknown_names_get_an_alert(server: Server) -> None:
    for hello in (HELLO, real_hello(None), records(message(None))):
        with connect(server.bind_port) as user:
            user.sendall(hello)
            assert receive_all(user) == ALERT
    eventually(lambda: not server.context.users)


def test_a_hello_without_a_name_is_for_all_names_only(server: Server) -> None:
    with Peer(server, service=echo) as peer, connect(server.bind_port) as user:
        peer.new_proxy("p", "https", custom_domains=["*"])
        hello = records(message(None))
        user.sendall(hello)
        assert receive_exact(user, len(hello)) == hello


@pytest.mark.parametrize(
    "data", [b"\x16\3\1\0\x20" + b"x" * 32, HELLO[:-30] + b"\x16\2" + bytes(40),
    records(message(names((0, b"x" * 300)))),
             records(b"\1\xff\xff\xff" + bytes(70_000))],
)  # fmt: skip
def test_no_hello_no_answer(server: Server, data: bytes) -> None:
    with connect(server.bind_port) as user:
        user.sendall(data)
        assert receive_all(user) == b""
    eventually(lambda: not server.context.users)


def test_a_hello_that_does_not_come(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "DEADLINE", 0.1)
    with connect(server.bind_port) as user:
        user.sendall(HELLO[:20])
        assert receive_all(user) == b""


def test_the_service_cannot_be_reached(serve: StartServer) -> None:
    server = serve(vhost_https_port=7000, user_conn_timeout=0.1)
    with Peer(server, service=None) as peer, connect(server.bind_port) as user:
        peer.new_proxy("p", "https", custom_domains=["www.a.test"])
        user.sendall(HELLO)
        assert receive_all(user) == b""
    assert not server.context.users


def test_members_of_a_group_take_turns(server: Server) -> None:
    def say(word: bytes):  # type: ignore[no-untyped-def]
        def service(stream: Stream) -> None:
            stream.recv()
            stream.sendall(word)

        return service

    group = {"custom_domains": ["www.a.test"], "group": "g", "group_key": "k"}
    with Peer(server, service=say(b"1")) as one, Peer(server, service=say(b"2")) as two:
        for number, peer in enumerate((one, two)):
            assert peer.new_proxy(f"p{number}", "https", **group).error == ""
        got = []
        for _ in range(6):
            with connect(server.bind_port) as user:
                user.sendall(HELLO)
                got.append(receive_all(user))
        assert got == [b"2", b"1"] * 3
