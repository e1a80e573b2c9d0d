"""PROXY protocol headers, with which frpc tells a local service who the user is. Source: haproxy proxy-protocol.txt."""

from __future__ import annotations

import ipaddress
import struct

from frpg.proto.addresses import IpAddress, parse_ip

Endpoint = tuple[str, int]  # IP address, port

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_LOCAL = _SIGNATURE + b"\x20\x00\x00\x00"  # v2: no address; the receiver takes those of the connection
_UNKNOWN = b"PROXY UNKNOWN\r\n"  # v1: the same; also all that v1 can say of UDP
_PORTS = struct.Struct("!HH")


def header(version: str, source: Endpoint, destination: Endpoint, *, udp: bool = False) -> bytes:
    """The header to send before a user's first byte, or in front of its first datagram.

    Args:
        version: v1 or v2.
        source: the user.
        destination: where it connected to; an empty address is 127.0.0.1.

    A pair without two usable addresses gives the header that names none. A pair of both families is written as IPv6.
    """
    if version not in ("v1", "v2"):
        raise ValueError(f"proxy protocol version {version!r}")
    ports = source[1], destination[1]
    try:
        pair = _one_family(_parse(source[0]), _parse(destination[0] or "127.0.0.1"))
        packed_ports = _PORTS.pack(*ports)
    except (ValueError, struct.error):
        return _UNKNOWN if version == "v1" else _LOCAL
    if version == "v1":
        return _UNKNOWN if udp else _line(pair, ports)
    is_ipv4 = pair[0].version == 4
    body = pair[0].packed + pair[1].packed + packed_ports
    family = (0x10 if is_ipv4 else 0x20) | (0x02 if udp else 0x01)
    return _SIGNATURE + bytes((0x21, family)) + len(body).to_bytes(2, "big") + body


def _parse(text: str) -> IpAddress:
    return parse_ip(text.partition("%")[0])  # a zone means nothing to the receiver


def _one_family(source: IpAddress, destination: IpAddress) -> tuple[IpAddress, IpAddress]:
    if source.version == destination.version:
        return source, destination
    return _as_ipv6(source), _as_ipv6(destination)


def _as_ipv6(address: IpAddress) -> IpAddress:
    if isinstance(address, ipaddress.IPv6Address):
        return address
    return ipaddress.IPv6Address(bytes(10) + b"\xff\xff" + address.packed)


def _line(pair: tuple[IpAddress, IpAddress], ports: tuple[int, int]) -> bytes:
    source, destination = (_text(address) for address in pair)
    return f"PROXY TCP{pair[0].version} {source} {destination} {ports[0]} {ports[1]}\r\n".encode("ascii")


def _text(address: IpAddress) -> str:
    # Spelt out: what str() makes of a mapped address depends on the version of Python.
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return f"::ffff:{address.ipv4_mapped}"
    return str(address)
