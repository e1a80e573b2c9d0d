"""The HTTP virtual hosts: every request on `vhostHTTPPort`, from its head to the exchange that answers it."""

from __future__ import annotations

import logging
import time
from typing import Any, Protocol, cast

from gevent import get_hub

from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from frpg.proto.http1.credentials import credentials, routing_user
from frpg.proto.http1.forward import Visitor
from frpg.proto.http1.request import Request
from frpg.proto.stage import Buffer
from frpg.server.context import Context
from frpg.server.upstream import Service
from frpg.server.vhost.exchange import Asker, Exchange
from frpg.server.vhost.front import Front
from frpg.server.vhost.pages import Pages, unauthorized
from frpg.server.vhost.settings import HttpSettings
from frpg.server.vhost.trust import TrustedProxies
from frpg.server.visit import join_service

logger = logging.getLogger(__name__)

_CHECK_SECONDS = 0.5  # between two looks at all deadlines


class Connection(Protocol):
    """A visitor's, in any version of HTTP."""

    def check(self, now: float) -> None:
        """Called now and then, with the monotonic time."""

    def close(self) -> None:
        """End it and what it asked for. Idempotent, does not yield."""


class Visit(Asker, Protocol):
    """One request's way in, in any version of HTTP."""

    @property
    def visitor(self) -> Visitor: ...

    @property
    def stream(self) -> TcpStream: ...

    def ask(self, exchange: Exchange) -> None:
        """Wait for the answer of `exchange`."""

    def reply(self, status: int, *, text: str = "", fields: bytes = b"", is_empty: bool = False) -> None:
        """Answer in place of a service."""


class HttpVhost:
    """Owns the connections of its visitors, from `admit` to their end or until they become tunnels."""

    def __init__(self, context: Context, pages: Pages, trusted: TrustedProxies) -> None:
        self.pages = pages
        self.fronts: set[Connection] = set()
        self._context = context
        self._trusted = trusted
        self._timeout = float(context.config.vhost_http_timeout)
        self._timer: Any = None

    def admit(self, stream: TcpStream) -> None:
        """Own a visitor's connection. Does not yield."""
        front = Front(self, stream)
        self.fronts.add(front)
        if self._timer is None:
            self._timer = get_hub().loop.timer(_CHECK_SECONDS, _CHECK_SECONDS)
            self._timer.start(self._check)
        stream.attach(front)

    def switch_to_http2(self, front: Front, data: Buffer) -> None:
        """`front`'s connection, where `data` was received, has begun to speak HTTP/2 in place of its first request."""
        from frpg.server.vhost.http2 import Http2Front  # it costs memory, and many servers never see it

        self.fronts.discard(front)
        successor = Http2Front(self, front.stream, front.visitor)
        self.fronts.add(successor)
        front.stream.attach(successor)
        successor.on_data([data], len(data))

    def visitor(self, stream: Stream) -> Visitor:
        """What services are told of whom `stream` comes from."""
        ip = stream.remote_addr[0]
        return Visitor(ip.encode("ascii", "replace"), self._trusted.judge(ip))

    def _check(self) -> None:
        now = time.monotonic()
        for front in list(self.fronts):
            front.check(now)
        if not self.fronts:
            self._stop_checking()

    def _stop_checking(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def close(self) -> None:
        """End all connections. Idempotent, does not yield."""
        self._stop_checking()
        for front in list(self.fronts):
            front.close()

    # --- requests

    def serve(self, front: Visit, request: Request) -> None:
        """Find out whom `request` is for, and have it answered. Raises BadMessage."""
        host, path = request.host, request.path
        if request.target == b"*":
            front.reply(200, is_empty=True)
            return
        user = routing_user(request) if request.has_credentials else ""
        entry = self._context.registry.match("http", host, path, user)
        if entry is None:
            logger.warning("do http proxy request [host: %s] error: no route found: %s %s %s", host, host, path, user)
            front.refused(404)
            return
        settings = cast(HttpSettings, entry.settings)
        if settings.credentials is not None and not settings.credentials.admits(*credentials(request)):
            self._ask_for_credentials(front, request)
            return
        front.ask(Exchange(front, request, entry, front.visitor, front.stream.remote_addr, self._timeout))

    def _ask_for_credentials(self, front: Visit, request: Request) -> None:
        is_proxy = request.is_absolute or request.method == b"CONNECT"
        status, what = (407, "Proxy-Authenticate") if is_proxy else (401, "Www-Authenticate")
        fields, text = unauthorized(status, what)
        front.reply(status, text=text, fields=fields)

    def join(self, front: Front, work: Stream, service: Service) -> None:
        """A front's connection is a tunnel from now on; `service` already counts it."""
        self.fronts.discard(front)
        join_service(self._context, front.stream, work, service)
