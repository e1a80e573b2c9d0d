"""Datagrams between a SOCKS client and its targets, over real sockets."""

import socket

import pytest

from frpg.client.plugins import socks5_association
from frpg.config.plugins import Socks5Plugin
from frpg.proto.socks5 import write_datagram
from tests.support.services import udp_echo
from tests.support.users import TIMEOUT
from tests.unit.client.plugins.associated import associations
from tests.unit.client.plugins.conftest import Associate, Plug


@pytest.mark.parametrize("content", [b"", b"hello", bytes(range(256)) * 200], ids=len)
def test_datagrams_there_and_back(plug: Plug, associate: Associate, udp_service: int, content: bytes) -> None:
    client = associate(plug(Socks5Plugin()))
    assert client.told[0] == "127.0.0.1"
    assert client.ask(("127.0.0.1", udp_service), content) == (("127.0.0.1", udp_service), content)


def test_names_are_looked_up_here(plug: Plug, associate: Associate, udp_service: int) -> None:
    def resolver(host: str, port: int) -> list[tuple[int, object]]:
        assert host == "inside.test"
        return [(socket.AF_INET, ("127.0.0.1", port))]

    client = associate(plug(Socks5Plugin(), resolver=resolver))
    for content in (b"one", b"two"):
        assert client.ask(("inside.test", udp_service), content) == (("127.0.0.1", udp_service), content)


def test_ipv6_targets(plug: Plug, associate: Associate) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as service:
        try:
            service.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        service.settimeout(TIMEOUT)
        client = associate(plug(Socks5Plugin()))
        target = ("::1", service.getsockname()[1])
        client.send(write_datagram(target, b"hello"))
        content, source = service.recvfrom(100)
        service.sendto(content.upper(), source)
        assert client.answer() == (target, b"HELLO")


def test_several_targets_of_one_client_and_the_same_for_several(
    plug: Plug, associate: Associate, udp_service: int
) -> None:
    bench = plug(Socks5Plugin())
    one, other = associate(bench), associate(bench)
    assert one.told != other.told
    with udp_echo() as second:
        for port in (udp_service, second):
            for client in (one, other):
                assert client.ask(("127.0.0.1", port), b"x") == (("127.0.0.1", port), b"x")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0",
        b"\0\0\1" + write_datagram(("127.0.0.1", 1), b"a fragment")[3:],
        b"\0\0\0\2abc",
        b"\0\0\0\3\xffabc",
        write_datagram(("127.0.0.1", 0), b"port 0"),
        write_datagram(("0.0.0.0", 1), b"x"),
        write_datagram(("255.255.255.255", 1), b"x"),
        write_datagram(("ff02::1", 1), b"x"),
        write_datagram(("a..b", 1), b"x"),
    ],
)
def test_what_cannot_be_sent_is_lost_and_nothing_else(
    plug: Plug, associate: Associate, udp_service: int, data: bytes
) -> None:
    client = associate(plug(Socks5Plugin()))
    client.send(data)
    assert client.ask(("127.0.0.1", udp_service), b"after") == (("127.0.0.1", udp_service), b"after")


def test_only_who_was_asked_may_answer(plug: Plug, associate: Associate, udp_service: int) -> None:
    client = associate(plug(Socks5Plugin()))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        service.bind(("127.0.0.1", 0))
        service.settimeout(TIMEOUT)
        client.send(write_datagram(service.getsockname(), b"question"))
        _, us = service.recvfrom(100)
        stranger.sendto(b"not asked", us)
        service.sendto(b"answer", us)
        assert client.answer() == (service.getsockname(), b"answer")


def test_the_target_asked_longest_ago_makes_room(
    plug: Plug, associate: Associate, udp_service: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socks5_association, "MAX_TARGETS", 1)
    bench = plug(Socks5Plugin())
    client = associate(bench)
    with udp_echo() as second:
        for port in (udp_service, second, udp_service):
            client.ask(("127.0.0.1", port), b"x")
    (association,) = associations(bench)._all
    assert list(association._targets) == [("127.0.0.1", udp_service)]
