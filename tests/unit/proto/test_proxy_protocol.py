"""PROXY protocol headers."""

import ipaddress
import struct
from typing import Any

import pytest

from frpg.errors import ProtocolError
from frpg.proto.proxy_protocol import header, parse_header
from tests.vectors import load

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
USER4, USER6 = ("192.0.2.1", 40000), ("2001:db8::1", 40000)
SERVICE4, SERVICE6 = ("198.51.100.2", 6000), ("2001:db8::2", 6000)


def v2(family: int, source: tuple[str, int], destination: tuple[str, int]) -> bytes:
    addresses = [ipaddress.ip_address(ip).packed for ip, _ in (source, destination)]
    body = b"".join(addresses) + struct.pack(">HH", source[1], destination[1])
    return SIGNATURE + bytes((0x21, family)) + struct.pack(">H", len(body)) + body


@pytest.mark.parametrize("vector", load("proxy_protocol")["headers"])
def test_golden_headers(vector: dict[str, Any]) -> None:
    source, destination = tuple(vector["source"]), tuple(vector["destination"])
    assert header(vector["version"], source, destination, udp=vector["udp"]).hex() == vector["hex"]


@pytest.mark.parametrize(
    ("source", "destination", "line"),
    [
        (USER4, SERVICE4, b"PROXY TCP4 192.0.2.1 198.51.100.2 40000 6000\r\n"),
        (USER6, SERVICE6, b"PROXY TCP6 2001:db8::1 2001:db8::2 40000 6000\r\n"),
        (USER6, SERVICE4, b"PROXY TCP6 2001:db8::1 ::ffff:198.51.100.2 40000 6000\r\n"),
        (USER4, SERVICE6, b"PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 40000 6000\r\n"),
        (("::ffff:192.0.2.1", 40000), SERVICE4, b"PROXY TCP4 192.0.2.1 198.51.100.2 40000 6000\r\n"),
        (USER4, ("::ffff:198.51.100.2", 6000), b"PROXY TCP4 192.0.2.1 198.51.100.2 40000 6000\r\n"),
        (USER4, ("", 0), b"PROXY TCP4 192.0.2.1 127.0.0.1 40000 0\r\n"),
        (("fe80::1%eth0", 1), SERVICE6, b"PROXY TCP6 fe80::1 2001:db8::2 1 6000\r\n"),
    ],
)
def test_v1(source: tuple[str, int], destination: tuple[str, int], line: bytes) -> None:
    assert header("v1", source, destination) == line


@pytest.mark.parametrize("udp", [False, True])
@pytest.mark.parametrize(
    ("source", "destination", "family", "written"),
    [
        (USER4, SERVICE4, 0x11, (USER4, SERVICE4)),
        (USER6, SERVICE6, 0x21, (USER6, SERVICE6)),
        (USER6, SERVICE4, 0x21, (USER6, ("::ffff:198.51.100.2", 6000))),
        (USER4, SERVICE6, 0x21, (("::ffff:192.0.2.1", 40000), SERVICE6)),
        (("::ffff:192.0.2.1", 40000), ("", 6000), 0x11, (USER4, ("127.0.0.1", 6000))),
    ],
)
def test_v2(udp: bool, source: Any, destination: Any, family: int, written: Any) -> None:
    assert header("v2", source, destination, udp=udp) == v2(family + udp, *written)


@pytest.mark.parametrize(
    "pair", [(("", 0), SERVICE4), (USER4, ("localhost", 1)), (("x", 1), SERVICE4), (USER4, ("", 65536))]
)
def test_an_unusable_pair_gives_a_header_without_addresses(pair: Any) -> None:
    assert header("v1", *pair) == b"PROXY UNKNOWN\r\n"
    assert header("v2", *pair) == SIGNATURE + b"\x20\x00\x00\x00"


def test_an_unknown_version_is_our_own_mistake() -> None:
    with pytest.raises(ValueError):
        header("v3", USER4, SERVICE4)


READ = [
    (header("v1", USER4, SERVICE4), USER4),
    (header("v1", USER6, SERVICE6), USER6),
    (header("v2", USER4, SERVICE4), USER4),
    (header("v2", USER6, SERVICE6), USER6),
    (header("v2", USER4, SERVICE6), USER4),  # written as IPv6
    (b"PROXY TCP6 ::ffff:192.0.2.1 ::1 40000 6000\r\n", USER4),
    (b"PROXY UNKNOWN\r\n", None),
    (b"PROXY UNKNOWN " + b"x" * 91 + b"\r\n", None),
    (SIGNATURE + b"\x20\x00\x00\x00", None),
    (SIGNATURE + b"\x20\x11\x00\x0c" + bytes(12), None),  # LOCAL: the addresses do not count
    (SIGNATURE + b"\x21\x00\x00\x03abc", None),
    (SIGNATURE + b"\x21\x12\x00\x0c" + bytes(12), None),  # UDP
    (SIGNATURE + b"\x21\x31\x00\xd8" + bytes(216), None),  # a path
    (v2(0x11, USER4, SERVICE4)[:14] + b"\x00\x12" + v2(0x11, USER4, SERVICE4)[16:] + b"\x04\x00\x03tlv", USER4),
]


@pytest.mark.parametrize(("data", "source"), READ)
@pytest.mark.parametrize("behind", [b"", b"GET / HTTP/1.1\r\n", b"\r\n", b"PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r\n"])
def test_headers_are_read_however_they_are_cut(data: bytes, source: Any, behind: bytes) -> None:
    for end in range(len(data)):
        assert parse_header(data[:end]) is None
    for end in range(len(behind) + 1):
        assert parse_header(data + behind[:end]) == (source, len(data))


@pytest.mark.parametrize(("source", "destination"), [(USER4, SERVICE4), (USER6, SERVICE6)])
def test_headers_of_datagrams(source: Any, destination: Any) -> None:
    data = header("v2", source, destination, udp=True)
    assert parse_header(data + b"content", udp=True) == (source, len(data))
    assert parse_header(header("v2", source, destination), udp=True) == (None, len(data))
    assert parse_header(header("v1", source, destination, udp=True), udp=True) == (None, len(b"PROXY UNKNOWN\r\n"))


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", b"PROXY\t", b"P ", b"\r\n\r\nGET", b"\n", b"proxy "]
)
def test_no_header(data: bytes) -> None:
    assert parse_header(data) == (None, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"PROXY " + b"x" * 101, b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n", b"PROXY \r\n", b"PROXY TCP4\r\n",
        b"PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n", b"PROXY TCP4 1.1.1.1 1.1.1.1 1 1 1\r\n",
        b"PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n",
        b"PROXY TCP4 localhost 1.1.1.1 1 1\r\n", b"PROXY TCP4 1.1.1.1 1.1.1.1 65536 1\r\n",
        b"PROXY TCP4 1.1.1.1 1.1.1.1 -1 1\r\n", b"PROXY TCP4 1.1.1.1 1.1.1.1 \xd9\xa1 1\r\n",
        b"PROXY  TCP4 1.1.1.1 1.1.1.1 1 1\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::1 1 1\r\n", b"PROXY TCP4 1.1.1.01 1.1.1.1 1 1\r\n",
        b"PROXY TCP4 1.1.1 1.1.1.1 1 1\r\n",
        SIGNATURE + b"\x11\x11\x00\x0c" + bytes(12), SIGNATURE + b"\x22\x11\x00\x0c" + bytes(12),
        SIGNATURE + b"\x21\x11\x00\x0b" + bytes(11), SIGNATURE + b"\x21\x21\x00\x0c" + bytes(12),
        SIGNATURE + b"\x21\x11\x10\x01" + bytes(5000), SIGNATURE + b"\x21\x11\xff\xff",
    ],
)  # fmt: skip
def test_headers_that_cannot_be_read(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_header(data)


def test_every_header_that_we_write_is_read_again() -> None:
    for vector in load("proxy_protocol")["headers"]:
        parsed = parse_header(bytes.fromhex(vector["hex"]))
        assert parsed is not None
        source, size = parsed
        assert size == len(vector["hex"]) // 2
        assert source is None or source == (str(ipaddress.ip_address(source[0])), vector["source"][1])
