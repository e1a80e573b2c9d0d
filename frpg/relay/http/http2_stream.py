"""One request of an HTTP/2 visitor, from its head to the end of its answer."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING

from h2.errors import ErrorCodes

from frpg.net.stream import Stream
from frpg.proto.http1.fields import BadMessage, Field
from frpg.proto.http1.forward import NO_CHANGE, Visitor
from frpg.proto.http1.request import CHUNKED, Request
from frpg.proto.http1.response import Response, parse_response, split_head
from frpg.proto.http2.connection import STREAM_WINDOW
from frpg.proto.http2.heads import Fields, read_request, read_trailers, response_block, trailer_block
from frpg.proto.http2.outgoing import Outgoing
from frpg.proto.stage import Buffer
from frpg.relay.http.backend import Backend
from frpg.relay.http.exchange import Exchange
from frpg.relay.http.front import LINGER_SECONDS, MAX_WASTE
from frpg.relay.http.pages import date
from frpg.relay.target import Service

if TYPE_CHECKING:
    from frpg.relay.http.http2 import Http2Front

logger = logging.getLogger(__name__)

_WRITE = 65536  # bytes of a body between two looks at the connection
_FIRST_WINDOW = 65535  # bytes that a visitor may send before there is a connection to the service
# Not gRPC-Web, whose services speak HTTP/1.1.
_GRPC = re.compile(rb"(?i)\ncontent-type: application/grpc(?:[+;][^\r]*)?\r")


class Http2Stream:
    """The asker of its exchange. Ends itself with `Http2Front.forget`."""

    __slots__ = (
        "_ahead", "_exchange", "_front", "_head", "_is_head", "_left", "_missing", "_out", "_owed", "_size",
        "_trailers", "_waste_deadline", "id", "is_answered", "is_whole",
    )  # fmt: skip

    def __init__(self, front: Http2Front, stream_id: int, *, is_whole: bool) -> None:
        self.id = stream_id
        self.is_whole = is_whole  # the visitor has sent its end, maybe not used yet
        self.is_answered = False  # all of the answer is sent
        self._waste_deadline = 0.0  # for the rest of the request, after that
        self._front = front
        self._exchange: Exchange | None = None
        self._is_head = False  # the method is HEAD
        # of the request's body
        self._size = 0  # bytes or CHUNKED
        self._missing = 0  # bytes
        self._ahead = bytearray()  # received before there was a connection
        self._owed = 0  # bytes received, for which the visitor gets no new window yet
        self._trailers: list[Field] | None = None
        # of the answer
        self._head: Fields | None = None  # waits for the beginning of the body
        self._left = -1  # bytes of the body that are still to come; negative: unknown
        self._out = Outgoing(front.connection, stream_id)

    @property
    def stream(self) -> Stream:
        return self._front.stream

    @property
    def service(self) -> Service | None:
        """Who answers."""
        return self._exchange.service if self._exchange is not None else None

    @property
    def visitor(self) -> Visitor:
        return self._front.visitor

    # --- what the visitor sends

    def begin(self, block: Fields, *, is_ended: bool) -> None:
        """The head is here."""
        self._is_head = (b":method", b"HEAD") in block
        try:
            request = read_request(block, is_ended=is_ended)
            self._size, self._missing = request.size, max(request.size, 0)
            self._front.site.serve(self, request)
        except BadMessage as error:
            self._front.site.refuse(self.stream, f"bad request: {error}")
            self.reply(error.status, text=f"{error}\n")

    def receive(self, data: bytes, length: int) -> None:
        """More of the body; flow control counts it as `length` bytes. Raises BadMessage."""
        self._missing -= len(data)
        if self._size != CHUNKED and self._missing < 0:
            raise BadMessage("the body is longer than Content-Length says")
        exchange = self._exchange
        if exchange is None or exchange.is_over:
            self._front.acknowledge(self.id, length)
        elif not exchange.is_connected:
            self._ahead += data
            self._owed += length
        else:
            self._owed += length
            if not data or exchange.send([data], len(data)):
                self._pay()

    def end(self, trailers: Fields) -> None:
        """The request is complete. Idempotent. Raises BadMessage."""
        if self._trailers is not None:
            return
        if self._size != CHUNKED and self._missing:
            raise BadMessage("the body is shorter than Content-Length says")
        self._trailers = read_trailers(trailers) if trailers else []
        self._finish_request()

    def _finish_request(self) -> None:
        exchange = self._exchange
        is_open = exchange is not None and exchange.is_connected and not exchange.is_over
        if self._size and self._trailers is not None and is_open:
            assert exchange is not None
            exchange.finish(self._trailers)

    def _pay(self) -> None:
        owed, self._owed = self._owed, 0
        if owed:
            self._front.acknowledge(self.id, owed)

    # --- the end

    def check(self, now: float) -> None:
        exchange = self._exchange
        if exchange is not None and exchange.deadline is not None and exchange.deadline <= now:
            exchange.expire()
        elif self.is_answered and self._waste_deadline <= now:
            self._front.reset(self, ErrorCodes.NO_ERROR)

    def cancel(self) -> None:
        """The visitor does not want it any more, or is not worth it."""
        exchange, self._exchange = self._exchange, None
        self._pay()
        if exchange is not None and not exchange.is_over:
            exchange.cancel()

    # --- the asker of an exchange

    def ask(self, exchange: Exchange) -> None:
        """Wait for the answer of `exchange`."""
        self._exchange = exchange
        if _is_grpc(exchange.request):
            exchange.use_http2()
        exchange.start()

    def ready(self) -> None:
        exchange = self._exchange
        assert exchange is not None
        if not self.is_whole:
            self._front.connection.increment_flow_control_window(STREAM_WINDOW - _FIRST_WINDOW, self.id)
        ahead, self._ahead = bytes(self._ahead), bytearray()
        if not ahead or exchange.send([ahead], len(ahead)):
            self._pay()
        self._finish_request()
        self._front.flush()

    def drained(self) -> None:
        self._pay()
        self._front.flush()

    def informational(self, response: Response) -> None:
        self._front.send_headers(self.id, response_block(response, NO_CHANGE, b""))
        self._front.flush()

    def answer(self, response: Response, size: int) -> None:
        assert self._exchange is not None
        self._head = response_block(response, self._exchange.settings.response, date())
        self._left = size

    def flush(self) -> None:
        self._send_head()
        self._front.flush()

    def body(self, views: list[Buffer], size: int) -> bool:
        self._send_head()
        self._out.add(views)
        if self._left > 0:
            self._left -= size
            if not self._left:  # the end can go with the last bytes
                self._out.finish([])
        return self.pump()

    def answered(self, trailers: list[Field]) -> None:
        self._exchange = None
        head, self._head = self._head, None
        if head is not None and not trailers:
            self._front.send_headers(self.id, head, is_last=True)
            self._end()
            return
        if head is not None:
            self._front.send_headers(self.id, head)
        self._out.finish(trailer_block(trailers))
        if self._out.is_ended:
            self._end()
        else:
            self.pump()

    def broken(self) -> None:
        self._exchange = None
        self._front.reset(self, ErrorCodes.INTERNAL_ERROR)

    def refused(self, status: int) -> None:
        self.reply(status)

    def upgraded(self, response: Response, backend: Backend, rest: bytes) -> None:
        raise AssertionError("HTTP/2 has no upgrades")

    def tunnelled(self, backend: Backend) -> None:
        raise AssertionError("HTTP/2 has no tunnels here")

    # --- what is sent

    def reply(self, status: int, *, text: str = "", fields: bytes = b"", is_empty: bool = False) -> None:
        """Answer in place of a service."""
        self._exchange = None
        pages = self._front.site.pages
        content = pages.response(status, text=text, fields=fields, is_head=self._is_head, is_empty=is_empty)
        split = split_head(content)
        assert split is not None
        head, body = split
        self._front.send_headers(self.id, response_block(parse_response(head), NO_CHANGE, b""), is_last=not body)
        if body:
            self._out.add([body])
            self._out.finish([])
            self.pump()
        else:
            self._end()

    def _send_head(self) -> None:
        if self._head is not None:
            head, self._head = self._head, None
            self._front.send_headers(self.id, head)

    def pump(self) -> bool:
        """Send what may be sent; whether there may be more. The front calls again as long as it is not so."""
        front, out = self._front, self._out
        has_sent = False
        while not front.is_congested and out.pump(_WRITE):
            has_sent = True
            front.note_use()
            front.flush()
            if out.is_ended:
                if self._exchange is None:  # else `answered` follows
                    self._end()
                return True
        is_clear = out.is_empty and not front.is_congested
        front.note_waiting(self, is_waiting=not is_clear, has_sent=has_sent)
        return is_clear

    def go_on(self) -> None:
        """Windows have opened."""
        if self.pump() and self._exchange is not None:
            self._exchange.resume()

    def _end(self) -> None:
        """The answer is sent, up to its end."""
        self.is_answered = True
        self._pay()
        if self.is_whole:
            self._front.forget(self)
        else:
            self._missing = MAX_WASTE
            self._waste_deadline = time.monotonic() + LINGER_SECONDS
        self._front.flush()

    def waste(self, length: int) -> None:
        """More of a body that nobody wants. Some clients lose the answer with a reset, so that has to wait a little."""
        self._missing -= length
        self._front.acknowledge(self.id, length)
        if self._missing < 0:
            self._front.reset(self, ErrorCodes.NO_ERROR)


def _is_grpc(request: Request) -> bool:
    """gRPC needs HTTP/2 as far as the service, which speaks nothing else."""
    return _GRPC.search(request.rest) is not None
