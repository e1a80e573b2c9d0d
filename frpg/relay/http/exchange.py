"""One request and its answer: whom it is for, which connection carries it, what becomes of a failure."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

import gevent

from frpg.errors import FrpgError, reason
from frpg.net.address import join
from frpg.net.stream import Address, Stream
from frpg.proto.http1.fields import Field
from frpg.proto.http1.forward import Visitor, write_request
from frpg.proto.http1.request import Request
from frpg.proto.http1.response import Response
from frpg.proto.stage import Buffer
from frpg.relay.http.backend import Backend
from frpg.relay.http.pool import IDLE_SECONDS, BackendPool
from frpg.relay.http.settings import HttpSettings
from frpg.relay.target import Service, Target

if TYPE_CHECKING:
    from frpg.relay.http.grpc import GrpcBackend

    AnyBackend: TypeAlias = Backend | GrpcBackend

logger = logging.getLogger(__name__)

# A service may close a connection at rest in the moment that we use it; what must not be sent twice does not take one
# that has rested long enough to be near that.
_MAX_REST_OF_ONCE = 1.0  # seconds


class HttpService(Service, Protocol):
    """What exchanges see of an http proxy."""

    backends: BackendPool
    http2_backends: BackendPool  # those that speak HTTP/2


class Asker(Protocol):
    """Who waits for an answer, in any version of HTTP. Nothing here may yield.

    First maybe `informational`, then `refused`, or `upgraded`, or `answer`, `body`…, and `answered` or `broken`.
    """

    def ready(self) -> None:
        """There is a connection: the request's body may be sent."""

    def drained(self) -> None:
        """`Exchange.send` may be called again after it answered False."""

    def informational(self, response: Response) -> None:
        """An answer of status 1xx, which is not the last one."""

    def answer(self, response: Response, size: int) -> None:
        """The head; `size` of the body as in `Response.size`. It may wait for the first `body` or `flush`."""

    def flush(self) -> None:
        """No more follows at once."""

    def body(self, views: list[Buffer], size: int) -> bool:
        """The next bytes of the body. False: congested, call `Exchange.resume` when that is over."""

    def answered(self, trailers: list[Field]) -> None:
        """The answer is complete."""

    def broken(self) -> None:
        """The answer will never be complete."""

    def refused(self, status: int) -> None:
        """There is no answer, for the reason that `status` tells."""

    def upgraded(self, response: Response, backend: Backend, rest: bytes) -> None:
        """The connection speaks another protocol from now on: own its stream; `rest` has come already."""

    def tunnelled(self, backend: Backend) -> None:
        """The service has been sent a CONNECT, and answers it as it likes: own the stream."""


class Exchange:
    """Runs from `start` until it has told its asker the end, or is cancelled."""

    __slots__ = (
        "_backend", "_is_fresh", "_is_http2", "_opener", "_services", "_target", "_timeout", "_visitor", "asker",
        "deadline", "is_answering", "is_over", "is_sent", "request", "settings", "source",
    )  # fmt: skip

    def __init__(
        self,
        asker: Asker,
        request: Request,
        target: Target,
        settings: HttpSettings,
        visitor: Visitor,
        source: Address,
        timeout: float,
    ) -> None:
        self.asker = asker
        self.request = request
        self.settings = settings
        self.source = source  # of the visitor
        self._target = target
        self.deadline: float | None = None  # monotonic; for the head of the answer
        self.is_sent = False  # all of the request
        self.is_answering = False  # the asker has the head
        self.is_over = False
        self._visitor = visitor
        self._timeout = timeout  # seconds
        self._services: list[HttpService] = []  # still to be tried
        self._is_fresh = False  # an old connection was tried in vain
        self._is_http2 = False  # towards the service
        self._backend: AnyBackend | None = None
        self._opener: Any = None  # the greenlet that waits for a connection

    @property
    def service(self) -> Service | None:
        """Who answers, as soon as that is known."""
        return self._backend.service if self._backend is not None else None

    @property
    def is_tunnel(self) -> bool:
        """Whether the request is for a connection, and all that follows is passed on as it is."""
        return self.request.method == b"CONNECT"

    def use_http2(self) -> None:
        """The service must be spoken to in HTTP/2. Before `start`."""
        self._is_http2 = True

    def start(self) -> None:
        """Find a connection and ask."""
        self._services = list(self._target.candidates())  # type: ignore[arg-type]
        self._try()

    def _try(self) -> None:
        """Use an idle connection of the first service in question, or wait for a new one."""
        if not self._is_fresh and not self.is_tunnel:
            max_rest = IDLE_SECONDS if self._may_repeat else _MAX_REST_OF_ONCE
            service = self._services[0]
            backend = (service.http2_backends if self._is_http2 else service.backends).take(self.source, max_rest)
            if backend is not None:
                self._use(backend)
                return
        self._opener = gevent.spawn(self._open)

    @property
    def _may_repeat(self) -> bool:
        """Whether the request can be sent again: nothing of its body is gone, and twice is as good as once."""
        return self.request.size == 0 and self.request.is_idempotent

    def _open(self) -> None:
        """In a greenlet, which `cancel` kills."""
        try:
            why = "no service is left"
            while self._services:
                service = self._services[0]
                try:
                    stream = service.open(self.source)
                except (FrpgError, OSError) as error:
                    why = reason(error)
                    self._pass_over(service, why)
                    continue
                if self.is_over:  # cancelled in the moment when the stream came, too late for the kill
                    stream.close()
                    return
                self._opener = None
                self._use(self._make_backend(service, stream))
                return
            self._opener = None
            self._refuse(503, why)
        except Exception:
            logger.exception("an exchange failed")
            self._opener = None
            self.cancel()
            self.asker.broken()

    def _make_backend(self, service: HttpService, stream: Stream) -> AnyBackend:
        if not self._is_http2:
            return Backend(service, stream, self.source)
        from frpg.relay.http.grpc import GrpcBackend  # HTTP/2 costs memory, and many servers never see it

        return GrpcBackend(service, stream, self.source)

    def _pass_over(self, service: HttpService, why: str) -> None:
        service.recent.add(f"user {join(self.source)}: {why}")
        self._target.failed(service)
        self._services.remove(service)
        if self._services:  # else the refusal tells
            logger.warning("do http proxy request [host: %s] error: [%s] %s", self.request.host, service.name, why)

    def _use(self, backend: AnyBackend) -> None:
        self._backend = backend
        settings = self.settings
        backend.start(self, write_request(self.request, self._visitor, settings.host, settings.request))
        if self._backend is not backend:  # the service spoke first, or has failed: this is over
            return
        if self.is_tunnel:
            self._end()
            self.asker.tunnelled(cast(Backend, backend))
        elif self.request.size == 0:
            self._sent()
        else:
            self.asker.ready()

    # --- the request's body

    @property
    def is_connected(self) -> bool:
        """Whether `send` and `finish` may be called."""
        return self._backend is not None

    def send(self, views: list[Buffer], size: int) -> bool:
        """More of the body. False: congested, the asker hears `drained`."""
        assert self._backend is not None
        return self._backend.send_body(views, size)

    def finish(self, trailers: list[Field]) -> None:
        """The body is complete."""
        assert self._backend is not None
        self._backend.finish_body(trailers)
        self._sent()

    def _sent(self) -> None:
        self.is_sent = True
        if not (self.is_over or self.is_answering):
            self.deadline = time.monotonic() + self._timeout

    # --- the end

    def resume(self) -> None:
        """The asker takes more of the answer."""
        if self._backend is not None:
            self._backend.resume()

    def cancel(self) -> None:
        """The asker has gone, or has waited for too long. Idempotent; the asker hears nothing more."""
        self.is_over = True
        self.deadline = None
        if self._opener is not None:
            self._opener.kill(block=False)
            self._opener = None
        if self._backend is not None:
            self._backend.cancel()
            self._backend = None

    def expire(self) -> None:
        """The deadline has passed."""
        self.cancel()
        self._refuse(504, "timeout awaiting response headers")

    def _refuse(self, status: int, why: str) -> None:
        logger.warning("do http proxy request [host: %s] error: %s", self.request.host, why)
        self.is_over = True
        self.asker.refused(status)

    # --- from the backend

    def drained(self) -> None:
        self.asker.drained()

    def answer(self, response: Response, size: int) -> None:
        self.is_answering = True
        self.deadline = None
        self.asker.answer(response, size)

    def answered(self, trailers: list[Field]) -> None:
        self._end()
        self.asker.answered(trailers)

    def switched(self, backend: Backend, response: Response, rest: bytes) -> None:
        """The service has answered 101."""
        wanted, given = self.request.upgrade.lower(), response.special.get(b"upgrade", b"").lower()
        self._end()
        if not wanted or wanted != given:
            backend.cancel()
            self._refuse(502, f"switched to protocol {given!r}, {wanted!r} was asked for")
        else:
            self.asker.upgraded(response, backend, rest)

    def lost(self, backend: AnyBackend, why: str, *, is_clean: bool) -> None:
        """The connection failed before the end of the answer; `is_clean`: before its beginning."""
        self._end()
        if self.is_answering:
            self.asker.broken()
        elif is_clean and backend.is_reused and self._may_repeat:
            self.is_over, self._is_fresh = False, True
            self._try()
        else:
            self._fail_over(backend, why, is_clean=is_clean)

    def _fail_over(self, backend: AnyBackend, why: str, *, is_clean: bool) -> None:
        if not backend.is_reused:
            self._pass_over(backend.service, why)
        if is_clean and self._may_repeat and self._services:
            self.is_over = False
            self._try()
        else:
            self._refuse(502, why)

    def _end(self) -> None:
        self.is_over = True
        self.deadline = None
        self._backend = None
