"""http: host names, paths and users of the server's HTTP port. All that is done to requests is done by the server."""

from __future__ import annotations

from dataclasses import replace

from frpg.client.proxies.domain import DomainProxy
from frpg.config.proxies import HttpProxyConfig
from frpg.proto.messages import NewProxy


class HttpProxy(DomainProxy):
    """See StreamProxy."""

    config: HttpProxyConfig

    def announcement(self) -> NewProxy:
        """See Proxy."""
        config = self.config
        return replace(
            super().announcement(),
            locations=config.locations,
            http_user=config.http_user,
            http_pwd=config.http_password,
            host_header_rewrite=config.host_header_rewrite,
            headers=config.request_headers.set,
            response_headers=config.response_headers.set,
            route_by_http_user=config.route_by_http_user,
            # Not in frp, which ignores it: the service reads who the user is once per connection, so a server that
            # keeps connections to it must not use one for several users.
            proxy_protocol_version=config.transport.proxy_protocol_version,
        )
