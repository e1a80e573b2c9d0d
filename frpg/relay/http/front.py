"""A visitor's HTTP/1 connection: reads its requests one after the other, writes their answers."""

from __future__ import annotations

import logging
import time
from enum import Enum
from math import inf
from typing import TYPE_CHECKING

from frpg.net.stream import Stream
from frpg.proto.http1.body import BodyDecoder
from frpg.proto.http1.chunked import write_chunk, write_last_chunk
from frpg.proto.http1.fields import BadMessage, Field
from frpg.proto.http1.forward import NO_CHANGE, HeaderChange, write_response
from frpg.proto.http1.request import MAX_HEAD, Request, parse_request
from frpg.proto.http1.response import Response
from frpg.proto.stage import Buffer
from frpg.relay.http.backend import Backend
from frpg.relay.http.exchange import Exchange
from frpg.relay.http.pages import date
from frpg.relay.target import Service

if TYPE_CHECKING:
    from frpg.relay.http.site import HttpSite

logger = logging.getLogger(__name__)

HEAD_SECONDS = 60.0  # for a head, once it has begun; also for the first one to begin
IDLE_SECONDS = 180.0  # between two requests
STALL_SECONDS = 600.0  # without a byte of a body that the visitor sends, or does not read
LINGER_SECONDS = 2.0  # that a visitor has to read our last words, before a reset would take them away
MAX_AHEAD = 65536  # bytes kept of what a visitor sends before its turn
_SMALL = 16384  # bytes of a body that are copied behind its head
MAX_WASTE = 1048576  # bytes of a body that nobody wants, read for the sake of the next request
_HTTP2 = b"PRI * HTTP/2.0"  # how a connection begins whose visitor knows that we speak it
_HTTP2_SIZE = len(_HTTP2)


class State(Enum):
    """What the next bytes of the visitor are."""

    HEAD = 1
    BODY = 2
    AHEAD = 3  # of a later request, or of a body that cannot be sent yet: kept
    WASTE = 4  # a body that nobody wants: read past
    LINGER = 5  # after the last answer: nothing


class Front:
    """The sink of `stream`, which it owns; the asker of its exchanges."""

    __slots__ = (
        "_body",
        "_buffer",
        "_exchange",
        "_is_behind",
        "_is_busy",
        "_is_chunked",
        "_is_held",
        "_is_last",
        "_is_new",
        "_out",
        "_paused",
        "_request",
        "_site",
        "_standing",
        "_state",
        "_waste",
        "_writes",
        "deadline",
        "id",
        "since",
        "stream",
        "visitor",
    )  # fmt: skip

    def __init__(self, site: HttpSite, stream: Stream) -> None:
        self.stream = stream
        self.id = next(site.ids)
        self.since = time.monotonic()
        self.deadline: float | None = self.since + HEAD_SECONDS
        self.visitor = site.visitor(stream)
        self._site = site
        self._state = State.HEAD
        self._buffer = b""  # received, not used yet
        self._is_new = True  # nothing was asked yet
        self._is_busy = False  # somebody up the stack uses what was received
        self._paused = False
        self._request: Request | None = None
        self._exchange: Exchange | None = None
        self._body: BodyDecoder | None = None  # of the request, where it has one
        self._is_behind = False  # the visitor: it has not read all that was written
        self._writes = 0
        self._is_held = False  # the service takes no more of it at the moment
        self._waste = 0  # bytes read of a body that nobody wants
        self._standing: tuple[object, float] | None = None  # what should move, and since when it does not
        self._out: list[Buffer] = []  # a head that waits for its body
        self._is_chunked = False  # the answer under way
        self._is_last = False  # the connection ends after this answer

    # --- the sink of the stream

    def on_data(self, views: list[Buffer], size: int) -> None:
        data = views[0] if len(views) == 1 else b"".join(views)
        self._advance(self._buffer + data if self._buffer else data)

    def on_drain(self) -> None:
        self._is_behind = False
        if self._exchange is not None:
            self._exchange.resume()
        if self._buffer and not self._is_busy:
            self._advance(self._buffer)
        self._read_on()

    def on_end(self) -> None:
        # Like other servers: nobody can tell a visitor that has said all from one that has left.
        self.close()

    def on_error(self, error: OSError) -> None:
        self.close()

    @property
    def service(self) -> Service | None:
        """See Connection."""
        return self._exchange.service if self._exchange is not None else None

    # --- time and the end

    def check(self, now: float) -> None:
        """Called now and then."""
        exchange = self._exchange
        if exchange is not None and exchange.deadline is not None and exchange.deadline <= now:
            exchange.expire()
        elif self._has_left() or self._stands_still(now):
            self.close()
        elif self.deadline is not None and self.deadline <= now:
            if self._state is State.HEAD and self._buffer:
                self._refuse(408, "")
            else:
                self.close()

    def _has_left(self) -> bool:
        """Whether the visitor has gone; also while nothing is read, which would tell otherwise."""
        return (self._exchange is not None or self._paused) and self.stream.has_lost_peer()

    def _stands_still(self, now: float) -> bool:
        """Whether the visitor keeps a service waiting, by what it does not send or does not read."""
        owes = self._state is State.BODY and not self._is_held
        if not owes and not self._is_behind:
            self._standing = None
            return False
        received = self._body.received if owes and self._body is not None else 0
        mark = received, self._writes, self.stream.unsent
        if self._standing is None or self._standing[0] != mark:
            self._standing = mark, now
        return now - self._standing[1] >= STALL_SECONDS

    def retire(self) -> None:
        """See Connection."""
        self._is_last = True
        if self._exchange is None and self._state is not State.LINGER:
            self.close()

    def close(self) -> None:
        """End the connection and what it asked for. Idempotent, does not yield."""
        self._forget_exchange()
        self._site.fronts.discard(self)
        self.stream.close()

    def _forget_exchange(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None and not exchange.is_over:
            exchange.cancel()

    # --- what the visitor sends

    def _advance(self, data: Buffer) -> None:
        """Use `data` as far as the state allows, keep the rest."""
        self._is_busy = True
        try:
            while len(data):
                rest = self._take_head(bytes(data)) if self._state is State.HEAD else self._use(data)
                if rest is None:
                    break
                data = rest
        except BadMessage as error:
            data = b""
            self._refuse_message(error)
        finally:
            self._is_busy = False
        if self.stream.is_closed:
            return
        self._buffer = bytes(data)
        if len(self._buffer) >= MAX_AHEAD and not self._paused:
            self._paused = True
            self.stream.pause()

    def _use(self, data: Buffer) -> Buffer | None:
        """The rest of `data`; None when it has to wait. Raises BadMessage."""
        state = self._state
        if state is State.BODY:
            return self._take_body(data)
        if state is State.WASTE:
            return self._take_waste(data)
        return b"" if state is State.LINGER else None

    def _take_head(self, data: bytes) -> bytes | None:
        if self._is_behind or self.stream.is_closed:  # answers the visitor does not read must not pile up
            return None
        end = data.find(b"\r\n\r\n")
        if data.startswith(b"\r\n"):  # an empty line before a request, which old clients send after a body
            if not end:  # a single one: to skip them one by one costs the square of their number
                raise BadMessage("malformed request line")
            return data[2:]
        if end < 0 or end > MAX_HEAD:
            self._check_partial_head(data)
            return None
        if end == _HTTP2_SIZE and self._is_new and data.startswith(_HTTP2):
            self._site.switch_to_http2(self, data)
            return b""
        end += 4
        self._is_new = False
        request = self._request = parse_request(data[:end], takes_https=self._site.takes_https)
        self.deadline = None
        self._expect_body(request)
        self._site.serve(self, request)
        return data[end:]

    def _check_partial_head(self, data: bytes) -> None:
        if len(data) > MAX_HEAD:
            raise BadMessage("request header fields too large", 431)
        if data.count(b"\n") != data.count(b"\r\n"):
            raise BadMessage("bare line feed")
        # Less where it began before: more bytes give it no more time.
        self.deadline = min(self.deadline or inf, time.monotonic() + HEAD_SECONDS)

    def _expect_body(self, request: Request) -> None:
        self._body = BodyDecoder(request.size) if request.size else None
        self._state = State.AHEAD
        self._is_last = not request.keeps_alive or self._site.is_retired

    def _take_body(self, data: Buffer) -> Buffer:
        exchange, body = self._exchange, self._body
        assert exchange is not None and body is not None
        pieces, rest = body.receive_data(data)
        if pieces and not exchange.is_over and not exchange.send(pieces, sum(map(len, pieces))):
            self._is_held = True
            self.stream.pause()
        if body.trailers is not None:
            self._state = State.AHEAD
            exchange.finish(body.trailers)
        return rest

    def _take_waste(self, data: Buffer) -> Buffer:
        assert self._body is not None
        _, rest = self._body.receive_data(data)
        self._waste += len(data) - len(rest)  # what frames it counts too
        if self._body.trailers is not None:
            self._next()
        elif self._waste > MAX_WASTE:
            self._linger()
        return rest

    def _read_on(self) -> None:
        """Go on reading where it was stopped and nothing speaks against it any more."""
        if self._paused and len(self._buffer) < MAX_AHEAD:
            self._paused = False
            self.stream.resume()

    def _write(self, views: list[Buffer]) -> bool:
        """As Stream.write. What others have written to a shared connection is not this visitor's fault."""
        is_clear = self.stream.write(views)
        self._is_behind = not is_clear
        self._writes += 1
        return is_clear

    # --- answers of our own

    def _refuse_message(self, error: BadMessage) -> None:
        self._site.refuse(self.stream, f"bad request: {error}")
        if self._exchange is not None and self._exchange.is_answering:
            self.close()
        elif self._state is State.WASTE:  # of a request that has its answer
            self._linger()
        else:
            self._refuse(error.status, str(error))

    def _refuse(self, status: int, text: str) -> None:
        """Answer and end the connection."""
        self._forget_exchange()
        phrase = f"{text}\n" if text else ""
        self._write([self._site.pages.response(status, text=phrase, hop=b"Connection: close\r\n")])
        self._linger()

    def reply(self, status: int, *, text: str = "", fields: bytes = b"", is_empty: bool = False) -> None:
        """Answer the request in place of a service."""
        request = self._request
        assert request is not None
        # What comes behind either need not be a request: a body unasked for, or bytes for a tunnel.
        is_vague = request.expects_continue or (request.method == b"CONNECT" and status != 407)
        self._is_last = self._is_last or is_vague
        content = self._site.pages.response(
            status,
            minor=request.minor,
            text=text,
            fields=fields,
            hop=self._hop_lines(request),
            is_head=request.method == b"HEAD",
            is_empty=is_empty,
        )
        self._write([content])
        self._done()

    def end_with(self, answer: bytes) -> None:
        """Answer the request with these bytes, and end the connection."""
        self._forget_exchange()
        self._write([answer])
        self._linger()

    def _hop_lines(self, request: Request) -> bytes:
        if self._is_last:
            return b"Connection: close\r\n"
        return b"" if request.minor else b"Connection: keep-alive\r\n"

    # --- the asker of an exchange

    def ask(self, exchange: Exchange) -> None:
        """Wait for the answer of `exchange`."""
        self._exchange = exchange
        exchange.start()

    def ready(self) -> None:
        self._state = State.BODY
        if not self._is_busy:
            self._advance(self._buffer)
            self._read_on()

    def drained(self) -> None:
        self._is_held = False
        if not self._paused:
            self.stream.resume()

    def informational(self, response: Response) -> None:
        if self._request is not None and self._request.minor:
            self._write([write_response(response, 1, b"", NO_CHANGE, b"")])

    def answer(self, response: Response, size: int) -> None:
        request, exchange = self._request, self._exchange
        assert request is not None and exchange is not None
        is_framed = size >= 0
        self._is_chunked = not is_framed and request.minor == 1
        self._is_last = self._is_last or not (is_framed or self._is_chunked)
        hop = self._hop_lines(request)
        if self._is_chunked:
            hop += b"Transfer-Encoding: chunked\r\n"
        self._out.append(_head(response, request.minor, hop, exchange.settings.response))

    def flush(self) -> None:
        if self._out:
            out, self._out = self._out, []
            self._write(out)

    def body(self, views: list[Buffer], size: int) -> bool:
        if self._is_chunked:
            views = write_chunk(views, size)
        if self._out:
            out, self._out = self._out, []
            # One small piece is sent in half the time of two.
            views = [b"".join((*out, *views))] if size < _SMALL else [*out, *views]
        return self._write(views)

    def answered(self, trailers: list[Field]) -> None:
        if self._is_chunked:
            self._out.append(write_last_chunk(trailers))
        if self._out:
            self.flush()
        self._done()

    def broken(self) -> None:
        self._exchange = None
        self.flush()
        self._site.fronts.discard(self)
        if self._request is not None and self._request.minor == 0:
            self.stream.abort()  # only a reset tells it from a complete answer
        else:
            self.stream.close()

    def refused(self, status: int) -> None:
        request = self._request
        if status == 404 and request is not None and request.method == b"CONNECT":
            self.end_with(self._site.pages.raw_not_found())
        else:
            self.reply(status)

    def upgraded(self, response: Response, backend: Backend, rest: bytes) -> None:
        exchange = self._exchange
        assert exchange is not None
        protocol = b"Connection: Upgrade\r\nUpgrade: %b\r\n" % exchange.request.upgrade
        self._write([_head(response, 1, protocol, exchange.settings.response), rest])
        self.tunnelled(backend)

    def tunnelled(self, backend: Backend) -> None:
        self._exchange = None
        if self._buffer:
            backend.send([self._buffer], len(self._buffer))
        self._site.join(self, backend.detach(), backend.service)

    # --- from one request to the next

    def _done(self) -> None:
        """The request has its answer."""
        exchange, self._exchange = self._exchange, None
        is_read = self._body is None or self._body.trailers is not None
        if self._is_last:
            if is_read and not self._buffer and (exchange is None or exchange.is_sent):
                self.close()
            else:
                self._linger()
        elif is_read:
            self._next()
        else:
            self._state = State.WASTE
            self.deadline = time.monotonic() + HEAD_SECONDS
            self._go_on()

    def _next(self) -> None:
        self._state = State.HEAD
        self._request = None
        self._waste = 0
        self._is_chunked = False
        self.deadline = time.monotonic() + IDLE_SECONDS
        self._go_on()

    def _go_on(self) -> None:
        """Use what came ahead, unless somebody up the stack does."""
        self.drained()  # a body may have been stopped by the service that has answered
        if self._buffer and not self._is_busy:
            self._advance(self._buffer)
            self._read_on()

    def _linger(self) -> None:
        """Say that nothing follows, and read past what still comes, for a short time."""
        self._state = State.LINGER
        self._buffer = b""
        self.deadline = time.monotonic() + LINGER_SECONDS
        self.stream.finish()
        self._paused = False
        self.drained()


def _head(response: Response, minor: int, hop: bytes, change: HeaderChange) -> bytes:
    given = b"" if b"date" in response.special else b"Date: %b\r\n" % date()
    return write_response(response, minor, hop, change, given)
