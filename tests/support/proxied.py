"""PROXY protocol headers, written by the published specification and not by the code under test."""

import ipaddress
import struct
from collections.abc import Callable

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
Address = tuple[str, int]


def v1_header(source: Address, destination: Address) -> bytes:
    family = f"TCP{ipaddress.ip_address(source[0]).version}"
    return f"PROXY {family} {source[0]} {destination[0]} {source[1]} {destination[1]}\r\n".encode()


def v2_header(source: Address, destination: Address) -> bytes:
    hosts = [ipaddress.ip_address(address[0]) for address in (source, destination)]
    addresses = b"".join(host.packed for host in hosts) + struct.pack("!HH", source[1], destination[1])
    return SIGNATURE + struct.pack("!BBH", 0x21, 0x11 if hosts[0].version == 4 else 0x21, len(addresses)) + addresses


HEADERS: dict[str, Callable[[Address, Address], bytes]] = {"v1": v1_header, "v2": v2_header}
