"""https: TLS connections by the server name of their hello, passed on untouched."""

from __future__ import annotations

from typing import ClassVar

from frpg.errors import FrpgError
from frpg.server.proxies.domain import DomainProxy
from frpg.server.routes import Kind


class HttpsProxy(DomainProxy):
    """Its users come through server/vhost/https.py."""

    KIND: ClassVar[Kind] = "https"

    def _listener_port(self) -> int:
        port = self._context.config.vhost_https_port
        if not port:
            raise FrpgError(reason="type [https] not supported when vhost https port is not set")
        return port
