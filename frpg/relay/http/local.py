"""An answer that is made here, in place of one of a service: sent as the visitor takes it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import gevent
from gevent import get_hub

from frpg.proto.http1.forward import NO_CHANGE
from frpg.proto.http1.request import Request
from frpg.proto.http1.response import Response
from frpg.proto.stage import Buffer
from frpg.relay.http.exchange import Exchange, HttpService
from frpg.relay.http.settings import HttpSettings
from frpg.relay.target import Service

if TYPE_CHECKING:
    from frpg.relay.http.site import Visit

logger = logging.getLogger(__name__)

TURN = 524288  # bytes sent before others have their turn
UNKNOWN_SIZE = -1


class Body(Protocol):
    """The content of one answer."""

    def read(self) -> Buffer | None:
        """The next piece, empty behind the last one; None when it takes a `wait`. Must not yield. Raises OSError."""

    def wait(self) -> Buffer:
        """As `read`, but in a greenlet, and as long as it takes. Raises OSError."""

    def close(self) -> None:
        """Nothing more is read. Idempotent, does not yield, never called during `wait`."""


class LocalExchange(Exchange):
    """Owns `body`.

    Args:
        fields: header lines, each with its end, and among them Content-Length.
        size: bytes of the body, or UNKNOWN_SIZE.
    """

    __slots__ = ("_body", "_is_busy", "_is_waiting", "_left", "_response", "_timer")

    def __init__(self, visit: Visit, request: Request, status: int, fields: bytes, size: int, body: Body) -> None:
        super().__init__(visit, request, _NOWHERE, _SETTINGS, visit.visitor, visit.stream.remote_addr, 0.0)
        self._response = make_response(status, fields)
        self._body = body
        self._left = 0 if request.method == b"HEAD" else size  # bytes of the body still to be sent
        self._is_busy = False
        self._is_waiting = False  # a greenlet waits for the next piece
        self._timer: Any = None  # while others have their turn

    def start(self) -> None:
        """Answer."""
        self.is_answering = True
        self.is_sent = not self.request.size
        self.asker.answer(self._response, self._left)
        if self._left:
            self._pump()
        else:
            self._finish()

    def resume(self) -> None:
        """See Exchange."""
        self._pump()

    def _pump(self) -> None:
        """Send what is here, for a turn at most, or until the asker is congested."""
        if self._is_busy or self._is_waiting or self._timer is not None or self.is_over:
            return
        self._is_busy = True
        try:
            self._send_turn()
        except OSError as error:
            self._fail(error)
        finally:
            self._is_busy = False

    def _send_turn(self) -> None:
        sent = 0
        while sent < TURN:
            piece = self._body.read()
            if piece is None:
                self._is_waiting = True
                gevent.spawn(self._wait)
                return
            if not self._send(piece):
                return
            sent += len(piece)
        # Not a callback: those are run before anybody else's sockets are looked at.
        self._timer = get_hub().loop.timer(0)
        self._timer.start(self._next_turn)

    def _send(self, piece: Buffer) -> bool:
        """Whether more may be sent at once."""
        size = len(piece)
        if not size:
            self._end_body()
            return False
        self._left -= size
        is_clear = self.asker.body([piece], size)
        if self.is_over:
            return False
        if not self._left:
            self._finish()
            return False
        return is_clear

    def _end_body(self) -> None:
        if self._left > 0:
            self._fail(OSError(f"the content ended {self._left} bytes early"))
        else:
            self._finish()

    def _next_turn(self) -> None:
        self._stop_timer()
        self._pump()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def _wait(self) -> None:
        """In a greenlet, which nobody kills: what is read may be under way in a thread."""
        try:
            piece = self._body.wait()
        except OSError as error:
            self._is_waiting = False
            self._fail(error)
        except Exception as error:
            logger.exception("an answer failed")
            self._is_waiting = False
            self._fail(OSError(str(error)))
        else:
            self._is_waiting = False
            if self.is_over:
                self._body.close()
            elif self._send(piece):
                self._pump()

    # --- the end

    def _finish(self) -> None:
        self._give_up()
        self.asker.answered([])

    def _fail(self, error: OSError) -> None:
        was_over = self.is_over
        self._give_up()
        if not was_over:
            logger.debug("an answer ended early: %s", error)
            self.asker.broken()

    def _give_up(self) -> None:
        self.is_over = True
        self._stop_timer()
        if not self._is_waiting:
            self._body.close()

    def cancel(self) -> None:
        """See Exchange."""
        self._give_up()


class LateRefusal(Exchange):
    """Nobody is asked: `refuse` is called after a while, and replies, unless the visitor has left."""

    __slots__ = ("_refuse_now", "_timer", "_visit")

    def __init__(self, visit: Visit, request: Request, seconds: float, refuse: Callable[[Visit], None]) -> None:
        super().__init__(visit, request, _NOWHERE, _SETTINGS, visit.visitor, visit.stream.remote_addr, 0.0)
        self._visit = visit
        self._refuse_now = refuse
        self._timer: Any = get_hub().loop.timer(seconds)

    def start(self) -> None:
        """Begin to wait."""
        self.is_sent = not self.request.size
        self._timer.start(self._end_wait)

    def _end_wait(self) -> None:
        self.cancel()
        self._refuse_now(self._visit)

    def cancel(self) -> None:
        """See Exchange."""
        self.is_over = True
        self._timer.stop()
        self._timer.close()


class _Nowhere:
    """A target that leads to no service."""

    def candidates(self) -> Sequence[HttpService]:
        return ()

    def failed(self, service: Service) -> None:
        pass


_NOWHERE = _Nowhere()
_SETTINGS = HttpSettings(None, b"", NO_CHANGE, NO_CHANGE)
_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}".encode() for status in HTTPStatus}


def make_response(status: int, fields: bytes) -> Response:
    """The head of an answer; `fields` are lines, each with its end."""
    line = _LINES[status]
    response = Response(status, line[13:], 1)
    response.line = line
    response.rest = b"\r\n" + fields
    return response
