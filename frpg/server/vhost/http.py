"""The HTTP virtual hosts: requests on `vhostHTTPPort`, by host, path and user."""

from __future__ import annotations

from typing import cast

from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from frpg.proto.http1.credentials import credentials, routing_user
from frpg.proto.http1.forward import Visitor
from frpg.proto.http1.request import Request
from frpg.relay.http.exchange import Exchange
from frpg.relay.http.front import Front
from frpg.relay.http.pages import Pages, unauthorized
from frpg.relay.http.settings import HttpSettings
from frpg.relay.http.site import HttpSite, Visit
from frpg.relay.target import Service
from frpg.server.context import Context
from frpg.server.vhost.trust import TrustedProxies
from frpg.server.visit import join_service


class HttpVhost(HttpSite):
    """Its requests go where the registry says."""

    def __init__(self, context: Context, pages: Pages, trusted: TrustedProxies) -> None:
        super().__init__(pages, context.users.ids)
        self._context = context
        self._trusted = trusted

    def visitor(self, stream: Stream) -> Visitor:
        """See HttpSite."""
        ip = stream.remote_addr[0]
        return Visitor(ip.encode("ascii", "replace"), self._trusted.judge(ip))

    def serve(self, front: Visit, request: Request) -> None:
        """See HttpSite."""
        host, path = request.host, request.path
        if request.target == b"*":
            front.reply(200, is_empty=True)
            return
        user = routing_user(request) if request.has_credentials else ""
        entry = self._context.registry.match("http", host, path, user)
        if entry is None or entry.target is None:
            self.refuse(front.stream, f"no route found for host [{host}] path [{path}] user [{user}]")
            front.refused(404)
            return
        settings = cast(HttpSettings, entry.settings)
        if settings.credentials is not None and not settings.credentials.admits(*credentials(request)):
            self._ask_for_credentials(front, request)
            return
        timeout = float(self._context.config.vhost_http_timeout)
        source = front.stream.remote_addr
        front.ask(Exchange(front, request, entry.target, settings, front.visitor, source, timeout))

    def refuse(self, stream: Stream, why: str) -> None:
        """See HttpSite."""
        self._context.refusals.add("http", stream.remote_addr, why)

    def _ask_for_credentials(self, front: Visit, request: Request) -> None:
        is_proxy = request.is_absolute or request.method == b"CONNECT"
        self.refuse(front.stream, "wrong user or password" if request.has_credentials else "no password given")
        status, what = (407, "Proxy-Authenticate") if is_proxy else (401, "Www-Authenticate")
        fields, text = unauthorized(status, what)
        front.reply(status, text=text, fields=fields)

    def join(self, front: Front, work: Stream, service: Service) -> None:
        """See HttpSite."""
        self.fronts.discard(front)
        join_service(self._context, cast(TcpStream, front.stream), work, service)
