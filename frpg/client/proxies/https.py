"""https: TLS for a host name, which the server reads from the hello and passes on untouched."""

from __future__ import annotations

from frpg.client.proxies.domain import DomainProxy
from frpg.config.proxies import HttpsProxyConfig


class HttpsProxy(DomainProxy):
    """See StreamProxy."""

    config: HttpsProxyConfig
