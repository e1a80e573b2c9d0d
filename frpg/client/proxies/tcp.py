"""tcp: a port of the server."""

from __future__ import annotations

from dataclasses import replace

from frpg.client.proxies.stream import StreamProxy
from frpg.config.proxies import TcpProxyConfig
from frpg.proto.messages import NewProxy


class TcpProxy(StreamProxy):
    """See StreamProxy."""

    config: TcpProxyConfig

    def announcement(self) -> NewProxy:
        """See Proxy."""
        return replace(super().announcement(), remote_port=self.config.remote_port)
