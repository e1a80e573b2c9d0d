"""http: requests by host, path and user."""

from __future__ import annotations

import re
from typing import ClassVar

from frpg.errors import FrpgError
from frpg.logs import PrefixedLogger
from frpg.proto.messages import NewProxy
from frpg.relay.http.pool import BackendPool
from frpg.relay.http.settings import Credentials, HttpSettings, make_settings
from frpg.server.context import Context
from frpg.server.proxies.domain import DomainProxy
from frpg.server.routes import Kind, Route
from frpg.server.upstream import Upstream

_LOCATION = re.compile(r"/[^\x00-\x20\x7f?#]*")


class HttpProxy(DomainProxy):
    """Its users come through server/vhost/http.py; idle connections to its backend end with it."""

    KIND: ClassVar[Kind] = "http"

    def __init__(self, context: Context, upstream: Upstream, message: NewProxy, log: PrefixedLogger) -> None:
        super().__init__(context, upstream, message, log)
        # A backend that reads a PROXY header takes a connection for one visitor's.
        is_shared = not message.proxy_protocol_version
        self.backends = BackendPool(context.sweeper, is_shared=is_shared)
        self.http2_backends = BackendPool(context.sweeper, is_shared=is_shared)
        self._undo += [self.backends.close, self.http2_backends.close]

    def _listener_port(self) -> int:
        port = self._context.config.vhost_http_port
        if not port:
            raise FrpgError(reason="type [http] not supported when vhost http port is not set")
        return port

    def _routes(self, domain: str) -> list[Route]:
        message = self.message
        for location in message.locations:
            if location and not _LOCATION.fullmatch(location):
                raise FrpgError(reason=f"location [{location}] is not the beginning of a path, such as /api")
        locations = dict.fromkeys(message.locations) or [""]
        return [Route("http", domain, location, message.route_by_http_user) for location in locations]

    def _make_settings(self) -> HttpSettings:
        return http_settings(self.message, self.log)


def http_settings(message: NewProxy, log: PrefixedLogger) -> HttpSettings:
    """What the client asks for. Raises FrpgError."""
    return make_settings(
        log,
        host=message.host_header_rewrite,
        credentials=Credentials(message.http_user, message.http_pwd),
        request=message.headers,
        response=message.response_headers,
    )
