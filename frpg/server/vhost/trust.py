"""The proxies in front of the server whose word about their visitors counts."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache


class TrustedProxies:
    """Addresses and networks of `vhostTrustedProxies`.

    Raises ValueError for a text that is neither.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self.change(networks)

    def change(self, networks: Iterable[str]) -> None:
        """These from now on. Raises ValueError."""
        self._networks = [ipaddress.ip_network(text, strict=False) for text in networks]
        self._contains = lru_cache(maxsize=1024)(self._look_up)

    def judge(self, ip: str) -> bool | None:
        """Whether `ip` is one of them; None when there is no list at all."""
        return self._contains(ip) if self._networks else None

    def _look_up(self, ip: str) -> bool:
        try:
            address = ipaddress.ip_address(ip.partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)
