"""PROXY protocol headers, which tell the next one who the user is. Source: haproxy proxy-protocol.txt."""

from __future__ import annotations

import ipaddress
import struct

from frpg.errors import ProtocolError
from frpg.proto.addresses import IpAddress, parse_ip

Endpoint = tuple[str, int]  # IP address, port

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_LOCAL = _SIGNATURE + b"\x20\x00\x00\x00"  # v2: no address; the receiver takes those of the connection
_UNKNOWN = b"PROXY UNKNOWN\r\n"  # v1: the same; also all that v1 can say of UDP
_PORTS = struct.Struct("!HH")
_MAX_LINE = 107  # bytes of a v1 header
_MAX_BINARY = 4096  # bytes of a v2 header behind its fixed part


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


def parse_header(data: bytes, *, udp: bool = False) -> tuple[Endpoint | None, int] | None:
    """The header at the beginning of `data`, of either version, as (source, its size in bytes).

    The source is None where the header names none: that of the connection stands. A size of 0: there is no header.
    None while it is not complete. Raises ProtocolError: a header that cannot be read.
    """
    if data.startswith(_SIGNATURE):
        return _parse_binary(data, udp)
    if data.startswith(b"PROXY "):
        return _parse_line(data)
    if data and (_SIGNATURE.startswith(data) or b"PROXY ".startswith(data)):
        return None
    return (None, 0) if data else None


def _parse_line(data: bytes) -> tuple[Endpoint | None, int] | None:
    end = data.find(b"\r\n", 0, _MAX_LINE) + 2
    if end < 2:
        if len(data) >= _MAX_LINE:
            raise ProtocolError("malformed PROXY header")
        return None
    words = data[: end - 2].decode("ascii", "replace").split(" ")
    if words[1] == "UNKNOWN":
        return None, end
    version = {"TCP4": 4, "TCP6": 6}.get(words[1])
    if len(words) != 6 or version is None:
        raise ProtocolError("malformed PROXY header")
    source, _ = (_endpoint(version, host, port) for host, port in zip(words[2:4], words[4:], strict=True))
    return source, end


def _endpoint(version: int, host: str, port: str) -> Endpoint:
    try:
        address = parse_ip(host)
    except ValueError as error:
        raise ProtocolError("malformed address in a PROXY header") from error
    if (":" in host) != (version == 6):  # as written: a mapped address counts as IPv4 once it is read
        raise ProtocolError("address of another family in a PROXY header")
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ProtocolError("malformed port in a PROXY header")
    return _plain(address), int(port)


def _plain(address: IpAddress) -> str:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def _parse_binary(data: bytes, udp: bool) -> tuple[Endpoint | None, int] | None:
    if len(data) < 16:
        return None
    command, family, size = data[12], data[13], int.from_bytes(data[14:16], "big")
    if command not in (0x20, 0x21) or size > _MAX_BINARY:
        raise ProtocolError("malformed PROXY header")
    if len(data) < 16 + size:
        return None
    width = {0x10: 4, 0x20: 16}.get(family ^ (0x02 if udp else 0x01))  # IPv4, IPv6
    if command == 0x20 or width is None:
        return None, 16 + size
    if size < 2 * width + 4:
        raise ProtocolError("malformed PROXY header")
    address = ipaddress.ip_address(data[16 : 16 + width])
    return (_plain(address), _PORTS.unpack_from(data, 16 + 2 * width)[0]), 16 + size
