import socket
from collections.abc import Callable, Iterator

import pytest

from frpg.client.plugins import socks5_relay
from frpg.client.plugins.socks5_relay import UdpRelay
from frpg.net.stream import NO_ADDRESS, Address
from frpg.proto.proxy_protocol import header
from tests.support.fake_frps import eventually
from tests.support.users import TIMEOUT

HERE = "127.0.0.1"
ANN, BOB, WITNESS = "192.0.2.7", "192.0.2.8", "192.0.2.9"
SERVER = ("192.0.2.1", 7001)


class Member:
    """An association that keeps its datagrams."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = frozenset(hosts)
        self.client = self.source = NO_ADDRESS
        self.seen = 0.0
        self.taken: list[bytes] = []

    def take(self, data: bytes) -> None:
        self.taken.append(data)


@pytest.fixture
def make() -> Iterator[Callable[..., UdpRelay]]:
    made: list[UdpRelay] = []

    def make(*members: Member, is_shared: bool = False) -> UdpRelay:
        made.append(UdpRelay((HERE, 0), is_shared=is_shared))
        for member in members:
            made[-1].add(member)
        return made[-1]

    yield make
    for relay in made:
        relay.close()


Make = Callable[..., UdpRelay]


@pytest.fixture
def sockets() -> Iterator[Callable[[UdpRelay], socket.socket]]:
    opened: list[socket.socket] = []

    def make(relay: UdpRelay) -> socket.socket:
        opened.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        opened[-1].bind((HERE, 0))
        opened[-1].settimeout(TIMEOUT)
        opened[-1].connect(relay.address)
        return opened[-1]

    yield make
    for sock in opened:
        sock.close()


Sockets = Callable[[UdpRelay], socket.socket]


def test_a_client_is_learned_from_its_first_datagram(make: Make, sockets: Sockets) -> None:
    member = Member(HERE)
    relay = make(member)
    client, other = sockets(relay), sockets(relay)
    client.send(b"\0one")
    assert eventually(lambda: member.taken == [b"\0one"])
    assert (member.client, member.source) == (client.getsockname(),) * 2
    member.seen = float("inf")  # not silent
    other.send(b"\0other")
    client.send(b"\0two")
    assert eventually(lambda: member.taken == [b"\0one", b"\0two"])
    relay.send(b"answer", member)
    assert client.recv(100) == b"answer"


def test_a_silent_client_may_come_from_another_port(
    make: Make, sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socks5_relay, "SILENT_SECONDS", 0.0)
    member = Member(HERE)
    relay = make(member)
    for text in (b"\0one", b"\0two"):
        client = sockets(relay)
        client.send(text)
        assert eventually(lambda text=text: member.taken[-1:] == [text])
        assert member.client == client.getsockname()
    assert len(relay._by_client) == 1


def test_strangers_are_heard_by_nobody(make: Make, sockets: Sockets) -> None:
    stranger, member = Member(ANN), Member(HERE)
    relay = make(stranger, member)
    client = sockets(relay)
    client.send(b"\0one")
    assert eventually(lambda: member.taken == [b"\0one"])
    assert stranger.taken == []


def test_a_socket_of_one_ends_with_it(make: Make) -> None:
    member = Member(HERE)
    relay = make(member)
    relay.discard(member)
    assert relay._socket.is_closed


# --- many users behind a udp proxy


def hello(user: Address, version: str = "v2") -> bytes:
    return header(version, user, SERVER, udp=True)


def test_headers_tell_the_clients_apart(make: Make, sockets: Sockets) -> None:
    ann, bob = Member(ANN), Member(BOB)
    relay = make(ann, bob, is_shared=True)
    one, other = sockets(relay), sockets(relay)
    one.send(hello((BOB, 5)) + b"\0bob")
    other.send(hello((ANN, 5)) + b"\0ann")
    one.send(b"\0more")
    assert eventually(lambda: bob.taken == [b"\0bob", b"\0more"] and ann.taken == [b"\0ann"])
    relay.send(b"for bob", bob)
    relay.send(b"for ann", ann)
    assert (one.recv(100), other.recv(100)) == (b"for bob", b"for ann")


def test_a_user_stays_who_it_is_when_the_udp_proxy_begins_anew(make: Make, sockets: Sockets) -> None:
    ann, second = Member(ANN), Member(ANN)
    relay = make(ann, second, is_shared=True)
    sockets(relay).send(hello((ANN, 5)) + b"\0one")
    assert eventually(lambda: ann.taken == [b"\0one"])
    anew = sockets(relay)
    anew.send(hello((ANN, 5)) + b"\0two")
    assert eventually(lambda: ann.taken == [b"\0one", b"\0two"])
    assert (ann.source, second.taken) == (anew.getsockname(), [])
    sockets(relay).send(hello((ANN, 6)) + b"\0other")
    assert eventually(lambda: second.taken == [b"\0other"]), "a second socket of that user"


def test_nobody_can_speak_for_another_user(make: Make, sockets: Sockets) -> None:
    ann, bob, witness = Member(ANN), Member(BOB), Member(WITNESS)
    relay = make(ann, bob, witness, is_shared=True)
    flow = sockets(relay)
    flow.send(hello((BOB, 5)) + b"\0bob")
    flow.send(hello((ANN, 5)) + b"\0forged")
    flow.send(b"\0more")
    sockets(relay).send(hello((WITNESS, 1)) + b"\0done")
    assert eventually(lambda: witness.taken == [b"\0done"])
    assert (bob.taken, ann.taken) == ([b"\0bob"], [])


@pytest.mark.parametrize(
    "data",
    [
        b"\0without a header",
        hello((ANN, 5), "v1") + b"\0v1 cannot tell",
        header("v2", (ANN, 5), SERVER) + b"\0of TCP",
        hello((BOB, 5)) + b"\0of somebody else",
        hello((ANN, 5))[:20],
        b"\r\n\r\n\0\r\nQUIT\n\x31\x12\0\x0c" + bytes(12) + b"\0nonsense",
        b"",
    ],
)
def test_who_cannot_be_known_is_heard_by_nobody(make: Make, sockets: Sockets, data: bytes) -> None:
    ann, witness = Member(ANN), Member(WITNESS)
    relay = make(ann, witness, is_shared=True)
    sockets(relay).send(data)
    sockets(relay).send(hello((WITNESS, 1)) + b"\0done")
    assert eventually(lambda: witness.taken == [b"\0done"])
    assert ann.taken == []


def test_a_header_counts_from_a_udp_proxy_only(make: Make, sockets: Sockets) -> None:
    ann = Member(ANN)
    relay = make(ann, is_shared=True)
    relay._host = "192.0.2.99"
    relay._on_packet(hello((ANN, 5)) + b"\0one", ("203.0.113.5", 9))
    assert ann.taken == []
    for source in (("127.8.0.1", 9), ("192.0.2.99", 9), ("::1", 9)):
        relay._on_packet(hello((ANN, 5)) + b"\0one", source)
    assert len(ann.taken) == 3
    relay._on_packet(b"\0x", ("fe80::1%eth0", 9))  # an address with a zone is nobody's
