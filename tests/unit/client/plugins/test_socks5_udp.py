"""Who gets an association, how long it lasts, what its client is told."""

import socket

import gevent
import pytest

from frpg.client.plugins import socks5_udp
from frpg.config.plugins import Socks5Plugin
from frpg.errors import FrpgError
from frpg.net.failure import NetError
from frpg.proto.proxy_protocol import header
from frpg.proto.socks5 import write_address, write_datagram
from tests.support.fake_frps import eventually
from tests.support.ports import free_port
from tests.support.users import receive_exact
from tests.unit.client.plugins.associated import associations
from tests.unit.client.plugins.conftest import Associate, Plug


def test_an_association_ends_with_its_connection(plug: Plug, associate: Associate, udp_service: int) -> None:
    bench = plug(Socks5Plugin())
    client, other = associate(bench), associate(bench)
    client.ask(("127.0.0.1", udp_service), b"x")
    assert (len(associations(bench)), bench.tally.connections) == (2, 2)
    client.connection.sendall(b"nobody reads this")
    client.connection.close()
    assert eventually(lambda: len(associations(bench)) == 1)
    assert bench.tally.connections == 1
    other.ask(("127.0.0.1", udp_service), b"x")
    client.socket.connect(client.told)
    client.socket.send(b"x")
    with pytest.raises(ConnectionRefusedError):
        client.socket.recv(100)


def test_an_association_that_nobody_uses_ends(
    plug: Plug, associate: Associate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socks5_udp, "IDLE_SECONDS", 0.0)
    monkeypatch.setattr(socks5_udp, "_SWEEP_SECONDS", 0.01)
    client = associate(plug(Socks5Plugin()))
    assert client.connection.recv(1) == b""


def test_an_association_whose_connection_was_closed_by_others_ends(
    plug: Plug, associate: Associate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socks5_udp, "_SWEEP_SECONDS", 0.01)
    bench = plug(Socks5Plugin())
    associate(bench)
    ((user, _),) = bench.joined
    user.close()
    assert eventually(lambda: not len(associations(bench)))


def test_all_end_with_the_plugin(plug: Plug, associate: Associate, udp_service: int) -> None:
    bench = plug(Socks5Plugin())
    client = associate(bench)
    client.ask(("127.0.0.1", udp_service), b"x")
    bench.plugin.close()
    assert client.connection.recv(1) == b""
    assert (len(associations(bench)), associations(bench)._timer) == (0, None)


def test_the_client_may_state_where_it_sends_from(plug: Plug, associate: Associate, udp_service: int) -> None:
    bench = plug(Socks5Plugin(udp_bind_addr="127.0.0.1"))
    client = associate(bench, ("192.0.2.7", 1), ("127.0.0.1", 0))
    assert client.ask(("127.0.0.1", udp_service), b"x") == (("127.0.0.1", udp_service), b"x")
    (association,) = associations(bench)._all
    assert association.hosts == {"192.0.2.7", "127.0.0.1"}


# --- one port for all


def test_users_elsewhere_come_through_a_udp_proxy(plug: Plug, associate: Associate, udp_service: int) -> None:
    port = free_port()
    bench = plug(Socks5Plugin(udp_port=port, udp_advertise="192.0.2.1:6014"))
    client = associate(bench, ("192.0.2.7", 1))
    assert client.told == ("192.0.2.1", 6014)
    client.told = ("127.0.0.1", port)
    content = write_datagram(("127.0.0.1", udp_service), b"hello")
    client.send(content)  # nobody says who that is
    client.send(header("v2", ("192.0.2.7", 99), ("192.0.2.1", 6014), udp=True) + content.replace(b"hello", b"HELLO"))
    assert client.answer() == (("127.0.0.1", udp_service), b"HELLO")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"udp_bind_addr": "0.0.0.0"}, ("0.0.0.0", None)),
        ({"udp_advertise": ":6014"}, ("0.0.0.0", 6014)),
        ({"udp_advertise": "192.0.2.1:6014", "udp_bind_addr": "0.0.0.0"}, ("192.0.2.1", 6014)),
        ({}, ("127.0.0.1", None)),
    ],
)
def test_what_clients_are_told(
    plug: Plug, associate: Associate, options: dict[str, str], told: tuple[str, int | None]
) -> None:
    port = free_port()
    client = associate(plug(Socks5Plugin(udp_port=port, **options)), ("192.0.2.7", 1))
    assert client.told == (told[0], told[1] or port)


@pytest.mark.parametrize(("host", "written"), [("a.test", b"\3\6a.test"), ("[2001:db8::1]", b"\4")])
def test_an_advertised_name_is_told_as_one(plug: Plug, host: str, written: bytes) -> None:
    user = plug(Socks5Plugin(udp_port=free_port(), udp_advertise=f"{host}:1")).user()
    user.sendall(b"\5\1\0\5\3\0" + write_address("0.0.0.0", 0))
    assert receive_exact(user, 5 + len(written))[2:] == b"\5\0\0" + written


def test_a_port_that_is_taken_is_a_start_error(plug: Plug) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises((NetError, FrpgError), match="address already in use"):
            plug(Socks5Plugin(udp_port=taken.getsockname()[1]))
    gevent.sleep(0)
