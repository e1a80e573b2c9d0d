"""A proxy that this release cannot run: it is listed, says why, and is never announced."""

from __future__ import annotations

from frpg.client.phase import Phase
from frpg.client.proxies.base import Proxy, ProxyContext
from frpg.config.proxies import ProxyConfig


class UnsupportedProxy(Proxy):
    """Comes from the store only; in a file such a proxy is a reason not to start."""

    def __init__(self, config: ProxyConfig, context: ProxyContext, why: str) -> None:
        super().__init__(config, context)
        self._fail(why)

    def start(self) -> None:
        """See Proxy."""

    def evaluate(self) -> None:
        """See Proxy."""

    def withdraw(self) -> None:
        """See Proxy."""
        self.phase = Phase.CLOSED
