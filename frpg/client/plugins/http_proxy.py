"""http_proxy: a forward HTTP proxy, for plain requests and for tunnels made with CONNECT."""

from __future__ import annotations

from typing import cast

from frpg.client.plugins.base import Plugin, PluginContext, Rest
from frpg.client.plugins.http_proxy_exchanges import Forwarding, Opening
from frpg.client.plugins.http_proxy_origins import Origins
from frpg.client.plugins.site import PluginSite
from frpg.config.plugins import HttpProxyPlugin
from frpg.net.stream import Stream
from frpg.proto.http1.credentials import NOBODY, basic
from frpg.proto.http1.fields import BadMessage
from frpg.proto.http1.forward import Visitor
from frpg.proto.http1.host import host_and_port
from frpg.proto.http1.request import Request
from frpg.proto.messages import StartWorkConn
from frpg.proto.stage import Buffer
from frpg.relay.http.front import Front
from frpg.relay.http.local import LateRefusal
from frpg.relay.http.pages import Pages
from frpg.relay.http.settings import Credentials
from frpg.relay.http.site import Visit

REFUSAL_SECONDS = 0.2  # until a wrong password is answered

_CHALLENGE = b"Proxy-Authenticate: Basic\r\n"
_NO_TUNNEL = b"HTTP/1.1 407 Not authorized\r\nConnection: close\r\n%bContent-Length: 0\r\n\r\n" % _CHALLENGE
_NOT_A_SITE = "This is a forward proxy: the request line must have a complete URL, as in GET http://host/ HTTP/1.1\n"


class HttpProxy(Plugin):
    """Everything that it was asked for is dialled from this machine, without proxies of the environment."""

    def __init__(self, config: HttpProxyPlugin, context: PluginContext) -> None:
        super().__init__(context)
        self.origins = Origins(context.log, context.resolver)
        self._site = ForwardSite(self, Credentials(config.http_user, config.http_password))

    def handle(self, user: Stream, start: StartWorkConn) -> Rest | None:
        """See Plugin."""
        self._site.admit(self.watch(user, start))
        return None

    def close(self) -> None:
        """See Plugin."""
        self._site.retire()
        self.origins.close()


class ForwardSite(PluginSite):
    """Its requests name whom they are for."""

    takes_https = True

    def __init__(self, plugin: HttpProxy, wanted: Credentials) -> None:
        super().__init__(plugin, Pages())
        self._origins = plugin.origins
        self._wanted = wanted
        self._is_open = not (wanted.user or wanted.password)

    def visitor(self, stream: Stream) -> Visitor:
        """See HttpSite."""
        return _NOBODY

    def serve(self, front: Visit, request: Request) -> None:
        """See HttpSite."""
        if not self._is_open and not self._admits(front, request):
            return
        if request.method == b"CONNECT":
            origin = self._origins.once(host_and_port(request.authority))
            front.ask(Opening(cast(Front, front), request, origin))
        elif request.is_absolute:
            front.ask(Forwarding(front, request, self._origins.find(request), _NOBODY))
        else:
            front.reply(500, text=_NOT_A_SITE)

    def _admits(self, front: Visit, request: Request) -> bool:
        """Whether it may pass; where it may not, that is told."""
        _, _, secret = request.special.get(b"proxy-authorization", b"").partition(b" ")
        given = basic(b"Basic " + secret)  # as in frp, whatever the scheme is called
        if self._wanted.admits(*given):
            return True
        self.refuse(front.stream, "no user and password given" if given == NOBODY else "wrong user or password")
        if given == NOBODY:
            self.challenge(front, request)
        else:  # guessing shall take its time
            front.ask(LateRefusal(front, request, REFUSAL_SECONDS, lambda visit: self.challenge(visit, request)))
        return False

    def challenge(self, front: Visit, request: Request) -> None:
        """Ask for user and password."""
        if request.method == b"CONNECT":
            cast(Front, front).end_with(_NO_TUNNEL)
        else:
            front.reply(407, fields=_CHALLENGE, is_empty=True)

    def switch_to_http2(self, front: Front, data: Buffer) -> None:
        """See HttpSite."""
        raise BadMessage("unsupported protocol version", 505)


class _Nobody(Visitor):
    """Services are told what the user's request tells, and nothing of the user or of us."""

    def __init__(self) -> None:
        super().__init__(b"", is_trusted=True)

    def lines(self, request: Request) -> bytes:
        """See Visitor."""
        told = request.special.get(b"x-forwarded-for")
        return b"" if told is None else b"X-Forwarded-For: %b\r\n" % told


_NOBODY = _Nobody()
