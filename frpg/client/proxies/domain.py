"""What http, https and tcpmux have in common: users find them by a host name."""

from __future__ import annotations

from dataclasses import replace

from frpg.client.proxies.stream import StreamProxy
from frpg.config.proxies import DomainProxyConfig
from frpg.proto.messages import NewProxy


class DomainProxy(StreamProxy):
    """See StreamProxy."""

    config: DomainProxyConfig

    def announcement(self) -> NewProxy:
        """See Proxy."""
        config = self.config
        return replace(super().announcement(), custom_domains=config.custom_domains, subdomain=config.subdomain)
