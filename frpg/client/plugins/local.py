"""`localAddr`: where the service of a plugin is."""

from __future__ import annotations

import re

from frpg.errors import FrpgError
from frpg.net.stream import Address

_ADDRESS = re.compile(r"(?:\[(?P<literal>[^\[\]]+)\]|(?P<name>[^\[\]:]*))(?::(?P<port>[0-9]{1,5}))?")


def parse_address(text: str, default_port: int = 0) -> Address:
    """`host:port`, IPv6 in brackets; no host is this machine. `default_port`: without one, the port must be given.

    Raises FrpgError.
    """
    match = _ADDRESS.fullmatch(text)
    port = int(match["port"] or default_port) if match is not None else 0
    if match is None or not text or not 0 < port <= 65535:
        raise FrpgError(reason=f"localAddr [{text}] is not host:port")
    return match["literal"] or match["name"] or "127.0.0.1", port
