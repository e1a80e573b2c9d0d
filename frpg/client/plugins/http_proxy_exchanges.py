"""What a forward proxy does with one request: pass it on, or open a tunnel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frpg.client.plugins.upstream import Upstream
from frpg.proto.http1.forward import NO_CHANGE, Visitor
from frpg.proto.http1.request import Request
from frpg.relay.http.backend import Backend
from frpg.relay.http.exchange import Exchange
from frpg.relay.http.front import Front
from frpg.relay.http.settings import HttpSettings
from frpg.relay.http.site import Visit

if TYPE_CHECKING:
    from frpg.relay.http.exchange import AnyBackend

ANSWER_SECONDS = 600.0  # from the end of a request to the head of its answer

_ESTABLISHED = b"HTTP/1.1 200 OK\r\n\r\n"
_NOT_REACHED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


def _settings(host: bytes = b"") -> HttpSettings:
    return HttpSettings(None, host, NO_CHANGE, NO_CHANGE)


class Forwarding(Exchange):
    """A plain request, which reaches its service as if the user had asked it directly."""

    __slots__ = ("_origin", "_visit")

    def __init__(self, visit: Visit, request: Request, origin: Upstream, visitor: Visitor) -> None:
        request.is_absolute = False  # a service wants the path in the request line, and the authority in Host
        settings = _settings(request.authority)
        super().__init__(visit, request, origin, settings, visitor, visit.stream.remote_addr, ANSWER_SECONDS)
        self._origin = origin
        self._visit = visit

    def _refuse(self, status: int, why: str) -> None:
        self.is_over = True
        self._origin.log.debug("request to [%s] failed: %s", self._origin.name, why)
        self._visit.reply(502 if status == 503 else status, text=f"{why}\n")


class Opening(Exchange):
    """A CONNECT: when the target has accepted, its connection and the user's are one tunnel."""

    __slots__ = ("_front", "_origin")

    def __init__(self, front: Front, request: Request, origin: Upstream) -> None:
        super().__init__(front, request, origin, _settings(), front.visitor, front.stream.remote_addr, 0.0)
        self._origin = origin
        self._front = front

    def _use(self, backend: AnyBackend) -> None:
        assert isinstance(backend, Backend)
        self._end()
        self._front.stream.write([_ESTABLISHED])
        self._front.tunnelled(backend)

    def _refuse(self, status: int, why: str) -> None:
        self.is_over = True
        self._origin.log.debug("CONNECT to [%s] failed: %s", self._origin.name, why)
        self._front.end_with(_NOT_REACHED)
