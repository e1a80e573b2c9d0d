"""IP addresses as frp writes them: dotted quad for IPv4 and IPv4-mapped IPv6, RFC 5952 text for IPv6, no zone."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_ip(text: str) -> IpAddress:
    """The address that `text` means; an IPv4-mapped one comes back as IPv4.

    Raises:
        ValueError: not an IP address, or one with a zone.
    """
    if "%" in text:
        raise ValueError(f"zone in IP address {text!r}")
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address
    return address


@lru_cache(maxsize=1024)
def ip_text(text: str) -> str:
    """`text` in the one form that goes on the wire; "" (no address) stays. Raises ValueError as `parse_ip`."""
    return str(parse_ip(text)) if text else ""
