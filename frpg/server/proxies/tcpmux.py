"""tcpmux: TCP connections by the name that their HTTP CONNECT asks for."""

from __future__ import annotations

from typing import ClassVar

from frpg.errors import FrpgError
from frpg.relay.http.settings import Credentials
from frpg.server.proxies.domain import DomainProxy
from frpg.server.routes import Kind, Route


class TcpmuxProxy(DomainProxy):
    """Its users come through server/vhost/tcpmux.py."""

    KIND: ClassVar[Kind] = "tcpmux"

    def _listener_port(self) -> int:
        if self.message.multiplexer != "httpconnect":
            raise FrpgError(reason=f"unknown multiplexer [{self.message.multiplexer}]")
        port = self._context.config.tcpmux_http_connect_port
        if not port:
            text = "tcpmux with multiplexer httpconnect not supported because this feature is not enabled in server"
            raise FrpgError(reason=text)
        return port

    def _routes(self, domain: str) -> list[Route]:
        return [Route("tcpmux", domain, user=self.message.route_by_http_user)]

    def _make_settings(self) -> Credentials:
        return Credentials(self.message.http_user, self.message.http_pwd)

    def _group_terms(self) -> tuple[str, ...]:
        return self.message.http_user, self.message.http_pwd
