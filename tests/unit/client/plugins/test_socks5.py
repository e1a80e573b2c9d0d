"""A SOCKS server between real sockets."""

import errno
import socket

import gevent
import pytest
from gevent.event import Event

from frpg.client.plugins import socks5
from frpg.client.plugins.socks5 import Socks5
from frpg.config.plugins import Socks5Plugin
from frpg.proto.socks5 import write_address
from tests.support.fake_frps import eventually
from tests.support.ports import free_port
from tests.support.services import Backlog
from tests.support.users import TIMEOUT, receive_all, receive_exact
from tests.unit.client.plugins.conftest import Plug

OPEN = Socks5Plugin()
CLOSED = Socks5Plugin(username="abc", password="s3cret")
GREETING = b"\5\1\0"
LOGIN = b"\5\1\2\1\3abc\6s3cret"


def connect(port: int, host: str = "127.0.0.1", command: int = 1) -> bytes:
    return bytes([5, command, 0]) + write_address(host, port)


def refusal(reply: int) -> bytes:
    return bytes([5, reply, 0, 1]) + bytes(6)


@pytest.mark.parametrize(("config", "hello", "welcome"), [(OPEN, GREETING, b"\5\0"), (CLOSED, LOGIN, b"\5\2\1\0")])
def test_a_connection_through_us(
    plug: Plug, local: Backlog, config: Socks5Plugin, hello: bytes, welcome: bytes
) -> None:
    bench = plug(config)
    user = bench.user()
    user.sendall(hello + connect(local.port) + b"early")
    service = local.accept()
    with service:
        host, port = service.getpeername()
        assert receive_exact(user, len(welcome) + 10) == welcome + b"\5\0\0" + write_address(host, port)
        assert receive_exact(service, 5) == b"early"
        assert bench.tally.connections == 1
        payload = bytes(range(256)) * 10_000
        for one, other in ((user, service), (service, user)):
            sending = gevent.spawn(one.sendall, payload)
            assert receive_exact(other, len(payload)) == payload
            sending.get(timeout=TIMEOUT)
        user.shutdown(socket.SHUT_WR)
        assert service.recv(1) == b""
        service.sendall(b"last")
    assert receive_all(user) == b"last"


def test_nothing_stands_between_the_user_and_the_relay(plug: Plug, local: Backlog) -> None:
    bench = plug(OPEN)
    user = bench.user()
    user.sendall(GREETING + connect(local.port))
    with local.accept():
        receive_exact(user, 12)
        ((stream, _),) = bench.joined
        assert type(stream).__name__ == "TcpStream"


def test_the_end_of_the_target_is_the_users(plug: Plug, local: Backlog) -> None:
    user = plug(OPEN).user()
    user.sendall(GREETING + connect(local.port))
    with local.accept() as service:
        receive_exact(user, 12)
        service.sendall(b"all there is")
    assert receive_all(user) == b"all there is"


def test_names_are_looked_up_here(plug: Plug, local: Backlog) -> None:
    asked = []

    def resolver(host: str, port: int) -> list[tuple[int, object]]:
        asked.append((host, port))
        return [(socket.AF_INET, ("127.0.0.1", port))]

    user = plug(OPEN, resolver=resolver).user()
    user.sendall(GREETING + connect(local.port, "inside.test"))
    with local.accept():
        assert receive_exact(user, 12)[:4] == b"\5\0\5\0"
    assert asked == [("inside.test", local.port)]


# --- refusals


@pytest.mark.parametrize(
    ("failure", "reply"),
    [
        (OSError(errno.ECONNREFUSED, "refused"), 5),
        (OSError(errno.ENETUNREACH, "network"), 3),
        (OSError(errno.EHOSTUNREACH, "host"), 4),
        (TimeoutError("i/o timeout"), 4),
        (socket.gaierror(socket.EAI_NONAME, "no such name"), 4),
    ],
)
def test_what_the_user_is_told(plug: Plug, monkeypatch: pytest.MonkeyPatch, failure: OSError, reply: int) -> None:
    def dial(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(socks5, "dial", dial)
    user = plug(OPEN).user()
    user.sendall(GREETING + connect(80))
    assert receive_all(user) == b"\5\0" + refusal(reply)


def test_a_target_that_is_not_there(plug: Plug) -> None:
    user = plug(OPEN).user()
    user.sendall(GREETING + connect(free_port()))
    assert receive_all(user) == b"\5\0" + refusal(5)


@pytest.mark.parametrize("name", [b"", b"a..b", b"\0", b"\xff\xfe", b"x" * 255])
def test_names_that_are_none(plug: Plug, name: bytes) -> None:
    user = plug(OPEN).user()
    user.sendall(GREETING + b"\5\1\0\3" + bytes([len(name)]) + name + b"\0\x50")
    assert receive_all(user) == b"\5\0" + refusal(4)


@pytest.mark.parametrize("command", [0, 2, 4, 255])
def test_other_commands(plug: Plug, local: Backlog, command: int) -> None:
    user = plug(OPEN).user()
    user.sendall(GREETING + connect(local.port, command=command))
    assert receive_all(user) == b"\5\0" + refusal(7)
    assert local.is_idle()


CASES = {
    "unknown type of address": (OPEN, GREETING + b"\5\1\0\2abcdef", b"\5\0" + refusal(8)),
    "no password": (CLOSED, GREETING, b"\5\xff"),
    "wrong password": (CLOSED, b"\5\1\2\1\3abc\5wrong", b"\5\2\1\1"),
    "unasked password": (OPEN, LOGIN, b"\5\xff"),
    "SOCKS4": (OPEN, b"\4\1\0\x50\x7f\0\0\1\0", b""),
    "HTTP": (OPEN, b"GET / HTTP/1.1\r\n\r\n", b""),
}


@pytest.mark.parametrize(("config", "said", "answer"), CASES.values(), ids=CASES)
def test_handshakes_that_fail(plug: Plug, config: Socks5Plugin, said: bytes, answer: bytes) -> None:
    user = plug(config).user()
    user.sendall(said)
    assert receive_all(user) == answer


def test_a_handshake_has_a_deadline(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socks5, "HANDSHAKE_SECONDS", 0.01)
    user = plug(OPEN).user()
    user.sendall(b"\5")
    assert receive_all(user) == b""


def test_a_user_that_leaves_in_the_middle(plug: Plug) -> None:
    bench = plug(OPEN)
    bench.user().close()
    bench.greenlets[0].get(timeout=TIMEOUT)


def test_a_dial_under_way_can_be_killed(plug: Plug) -> None:
    asked, gone = Event(), Event()

    def resolver(host: str, port: int) -> list[tuple[int, object]]:
        try:
            asked.set()
            gevent.sleep(TIMEOUT)
        finally:
            gone.set()
        raise OSError("never")

    bench = plug(OPEN, resolver=resolver)
    bench.user().sendall(GREETING + connect(80, "slow.test"))
    assert asked.wait(TIMEOUT)
    bench.greenlets[0].kill()
    assert gone.is_set()


# --- datagrams, as far as the connection is concerned


@pytest.mark.parametrize(
    ("config", "address", "reply"),
    [
        (OPEN, ("127.0.0.1", 1), 0),
        (OPEN, ("192.0.2.7", 1), 7),
        (OPEN, ("", 0), 7),
        (Socks5Plugin(udp_bind_addr="127.0.0.1"), ("192.0.2.7", 1), 0),
    ],
)
def test_who_gets_an_association(plug: Plug, config: Socks5Plugin, address: tuple[str, int], reply: int) -> None:
    bench = plug(config)
    user = bench.user(address)
    user.sendall(GREETING + connect(0, "0.0.0.0", command=3))
    assert receive_exact(user, 6) == b"\5\0\5" + bytes([reply]) + b"\0\1"
    plugin = bench.plugin
    assert isinstance(plugin, Socks5)
    assert len(plugin.associations) == (0 if reply else 1)
    user.close()
    assert eventually(lambda: not len(plugin.associations))
    assert bench.tally.connections == 0


def test_an_association_that_cannot_be_had(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frpg.client.plugins.socks5_udp.MAX_ASSOCIATIONS", 0)
    bench = plug(OPEN)
    user = bench.user(("127.0.0.1", 1))
    user.sendall(GREETING + connect(0, "0.0.0.0", command=3))
    assert receive_all(user) == b"\5\0" + refusal(1)
    assert bench.tally.connections == 0
