"""tcpmux: a host name behind HTTP CONNECT."""

from __future__ import annotations

from dataclasses import replace

from frpg.client.proxies.domain import DomainProxy
from frpg.config.proxies import TcpmuxProxyConfig
from frpg.proto.messages import NewProxy


class TcpmuxProxy(DomainProxy):
    """See StreamProxy."""

    config: TcpmuxProxyConfig

    def announcement(self) -> NewProxy:
        """See Proxy."""
        config = self.config
        return replace(
            super().announcement(),
            multiplexer=config.multiplexer,
            http_user=config.http_user,
            http_pwd=config.http_password,
            route_by_http_user=config.route_by_http_user,
        )
