"""Requests of a bridge's users on their way to the one local service: what becomes of their heads and failures."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import inf
from typing import cast

from frpg.client.plugins.base import Plugin
from frpg.client.plugins.site import BlankPages, PluginSite
from frpg.client.plugins.upstream import Upstream
from frpg.net.stream import Stream
from frpg.net.tls import TlsStream
from frpg.proto.http1.fields import BadMessage
from frpg.proto.http1.forward import Visitor
from frpg.proto.http1.request import Request
from frpg.proto.stage import Buffer
from frpg.relay.http.exchange import Exchange
from frpg.relay.http.front import Front
from frpg.relay.http.settings import HttpSettings
from frpg.relay.http.site import Visit

_NAMES = ((b"x-forwarded-for", b"X-Forwarded-For"), (b"x-forwarded-host", b"X-Forwarded-Host"),
          (b"x-forwarded-proto", b"X-Forwarded-Proto"))  # fmt: skip
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class PlainVisitor(Visitor):
    """Who came in clear text: what frps has told of them goes on as it is."""

    __slots__ = ()

    def lines(self, request: Request) -> bytes:
        """See Visitor."""
        told = request.special
        return b"".join([b"%b: %b\r\n" % (name, told[key]) for key, name in _NAMES if key in told])


class TlsVisitor(Visitor):
    """Whose TLS ends here: nobody before us could tell of them, but a proxy that wraps its own requests in TLS."""

    __slots__ = ()

    def lines(self, request: Request) -> bytes:
        """See Visitor."""
        before = request.special.get(b"x-forwarded-for")
        chain = self.ip if before is None else before + b", " + self.ip
        told = b"X-Forwarded-For: %b\r\nX-Forwarded-Host: %b\r\nX-Forwarded-Proto: https\r\n"
        return told % (chain, request.authority)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstreams:
    """The local service as it is spoken to."""

    web: Upstream
    grpc: Upstream  # in HTTP/2

    def close(self) -> None:
        """See Upstream."""
        self.web.close()
        self.grpc.close()


class BridgeSite(PluginSite):
    """Every request is for the same service, whatever host its target names."""

    def __init__(self, plugin: Plugin, settings: HttpSettings, upstreams: Upstreams, *, is_tls: bool) -> None:
        super().__init__(plugin, BlankPages())
        self._settings = settings
        self._upstreams = upstreams
        self._is_tls = is_tls  # towards users

    def visitor(self, stream: Stream) -> Visitor:
        """See HttpSite."""
        kind = TlsVisitor if self._is_tls else PlainVisitor
        return kind(stream.remote_addr[0].encode("ascii", "replace"))

    def switch_to_http2(self, front: Front, data: Buffer) -> None:
        """See HttpSite. Raises BadMessage: under TLS it has to be agreed upon."""
        if self._is_tls and cast(TlsStream, front.stream).protocol != "h2":
            raise BadMessage("HTTP/2 without agreement", 505)
        super().switch_to_http2(front, data)

    def serve(self, front: Visit, request: Request) -> None:
        """See HttpSite."""
        host = request.host
        if self._is_tls and not _is_for(cast(TlsStream, front.stream).server_name, host):
            front.reply(421, is_empty=True)
        elif request.target == b"*":
            front.reply(200, is_empty=True)
        elif request.method == b"CONNECT":  # a local forward proxy would open what nobody has published
            self.refuse(front.stream, "CONNECT is not passed on")
            front.reply(405, is_empty=True)
        else:
            front.ask(self._exchange(front, request))

    def _exchange(self, front: Visit, request: Request) -> BridgeExchange:
        settings = self._settings
        if request.is_absolute and not settings.host:
            settings = replace(settings, host=request.authority)
        _use_origin_form(request)
        return BridgeExchange(front, request, settings, self._upstreams, self._plugin)


def _is_for(server_name: str, host: str) -> bool:
    """Whether a request for `host` may come over a connection that was made for `server_name`."""
    return not server_name or server_name == host


def _use_origin_form(request: Request) -> None:
    """A target with a host would have a local forward proxy go there. Raises BadMessage."""
    target = _without_bad_parameters(request.target)
    if request.is_absolute or target != request.target:
        request.is_absolute = False
        request.target = target
        request.line = b"%b %b HTTP/1.1" % (request.method, target)


def _without_bad_parameters(target: bytes) -> bytes:
    """`target` without what servers read in different ways: parameters with a `;` or a broken escape.

    Raises BadMessage: its path has one.
    """
    path, mark, query = target.partition(b"?")
    if b"%" in path and _BAD_ESCAPE.search(path):
        raise BadMessage("malformed percent-encoding")
    if b";" not in query and b"%" not in query:
        return target
    good = [each for each in query.split(b"&") if b";" not in each and not _BAD_ESCAPE.search(each)]
    return path + mark + b"&".join(good)


class BridgeExchange(Exchange):
    """Waits as long as the user does; every failure is a 502."""

    __slots__ = ("_log", "_upstreams")

    def __init__(
        self, asker: Visit, request: Request, settings: HttpSettings, upstreams: Upstreams, plugin: Plugin
    ) -> None:
        source = asker.stream.remote_addr
        super().__init__(asker, request, upstreams.web, settings, asker.visitor, source, inf)
        self._upstreams = upstreams
        self._log = plugin.log

    def use_http2(self) -> None:
        """See Exchange."""
        super().use_http2()
        self._target = self._upstreams.grpc

    def _refuse(self, status: int, why: str) -> None:
        self._log.warning("http: proxy error: %s", why)
        self.is_over = True
        self.asker.refused(502)
