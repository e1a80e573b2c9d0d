import socket
import struct
from collections.abc import Iterator

import pytest
from gevent.server import DatagramServer

from frpg.net.address import resolve
from frpg.net.resolver import DnsResolver, parse_server


class FakeDns(DatagramServer):
    """Says that every name has the one IPv4 address 127.0.0.2, and no other."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1:0")
        self.asked: list[bytes] = []

    def handle(self, query: bytes, address: tuple[str, int]) -> None:
        end = query.index(b"\0", 12) + 5
        question = query[12:end]
        self.asked.append(question[:-5])
        is_ipv4 = question[-4:-2] == b"\0\1"
        record = bytes.fromhex("c00c00010001000000000004") + socket.inet_aton("127.0.0.2") if is_ipv4 else b""
        header = query[:2] + struct.pack("!HHHHH", 0x8180, 1, int(is_ipv4), 0, 0)
        self.socket.sendto(header + question + record, address)


@pytest.fixture
def dns() -> Iterator[FakeDns]:
    server = FakeDns()
    server.start()
    yield server
    server.close()


@pytest.fixture
def resolver(dns: FakeDns) -> Iterator[DnsResolver]:
    resolver = DnsResolver(f"127.0.0.1:{dns.server_port}")
    yield resolver
    resolver.close()


def test_a_name_is_asked_of_the_given_server(dns: FakeDns, resolver: DnsResolver) -> None:
    assert resolver("frps.test", 7000) == [(socket.AF_INET, ("127.0.0.2", 7000))]
    assert b"\4frps\4test" in dns.asked


@pytest.mark.parametrize("literal", ["127.0.0.1", "::1"])
def test_a_literal_is_never_asked(dns: FakeDns, resolver: DnsResolver, literal: str) -> None:
    assert resolve(literal, 80, resolver)[0][1][:2] == (literal, 80)
    assert not dns.asked


def test_the_hosts_file_is_still_honoured(dns: FakeDns, resolver: DnsResolver) -> None:
    assert (socket.AF_INET, ("127.0.0.1", 80)) in resolver("localhost", 80)
    assert not dns.asked


def test_a_literal_with_its_interface_needs_no_server(dns: FakeDns, resolver: DnsResolver) -> None:
    assert resolver("fe80::1%1", 80)[0][1] == ("fe80::1", 80, 0, 1)
    assert not dns.asked


def test_no_server_is_an_error(dns: FakeDns, resolver: DnsResolver) -> None:
    dns.close()
    with pytest.raises(OSError, match="Could not contact DNS servers"):
        resolver("frps.test", 7000)


def test_the_server_itself_may_be_a_name(dns: FakeDns) -> None:
    resolver = DnsResolver(f"localhost:{dns.server_port}")
    try:
        assert resolver("frps.test", 7000) == [(socket.AF_INET, ("127.0.0.2", 7000))]
    finally:
        resolver.close()


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
        ("dns.example", ("dns.example", 53)),
    ],
)
def test_the_port_is_53_unless_given(text: str, server: tuple[str, int]) -> None:
    assert parse_server(text) == server


@pytest.mark.parametrize("text", ["", ":53", "192.0.2.1:0", "192.0.2.1:99999", "[::1", "[::1]53", "h:x"])
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no host:port"):
        parse_server(text)
