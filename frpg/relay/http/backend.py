"""A work connection that speaks HTTP/1.1 with a service: one exchange at a time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from frpg.net.failure import describe
from frpg.net.stream import Address, Stream
from frpg.proto.http1.chunked import ChunkedDecoder, write_chunk, write_last_chunk
from frpg.proto.http1.fields import BadMessage, Field
from frpg.proto.http1.request import CHUNKED
from frpg.proto.http1.response import MAX_HEAD, UNTIL_CLOSE, Response, parse_response, split_head
from frpg.proto.stage import Buffer
from frpg.relay.http.connection import ServiceConnection

if TYPE_CHECKING:
    from frpg.relay.http.exchange import Exchange, HttpService

logger = logging.getLogger(__name__)

_HEAD = -3  # in place of a body's size: a head comes next


class Backend(ServiceConnection):
    """The sink of `stream`. Counts the bytes for its service.

    What the service sends without being asked, or beyond its answer, ends the connection and reaches nobody.
    """

    __slots__ = ("_buffer", "_chunks", "_interim", "_keeps_alive", "_missing", "_paused")

    def __init__(self, service: HttpService, stream: Stream, source: Address) -> None:
        super().__init__(service, stream, source)
        self._missing = _HEAD  # bytes of the body, or one of the special sizes
        self._chunks: ChunkedDecoder | None = None
        self._buffer = b""  # of a head, what is here
        self._interim = 0  # bytes of heads before that of the answer proper
        self._keeps_alive = False
        self._paused = False

    # --- for the exchange

    def start(self, exchange: Exchange, head: bytes) -> None:
        """Ask. The exchange hears `answer…` and `lost` until it is answered or cancels."""
        self._exchange = exchange
        self._missing = _HEAD
        self._interim = 0
        self.send([head], len(head))
        if not self.is_reused:
            self.stream.attach(self)

    def send(self, views: list[Buffer], size: int) -> bool:
        """More of the request; False: congested, the exchange hears `drained`."""
        self.service.traffic_in.value += size
        return self.stream.write(views)

    def send_body(self, views: list[Buffer], size: int) -> bool:
        """More of the request's body; False as in `send`."""
        if self._is_chunked:
            views = write_chunk(views, size)
        return self.send(views, size)

    def finish_body(self, trailers: list[Field]) -> None:
        """The request is complete."""
        if self._is_chunked:
            last = write_last_chunk(trailers)
            self.send([last], len(last))

    @property
    def _is_chunked(self) -> bool:
        """Whether the request's body is."""
        return self._exchange is not None and self._exchange.request.size == CHUNKED

    def resume(self) -> None:
        """The visitor takes more."""
        if self._paused:
            self._paused = False
            self.stream.resume()

    def cancel(self) -> None:
        """Nobody waits for the answer any more: the service shall know at once."""
        self._leave()
        self.stream.abort()

    def detach(self) -> Stream:
        """Give the stream away, after an upgrade. The caller counts the connection from now on."""
        self._exchange = None
        return self.stream

    # --- the sink of the stream

    def on_data(self, views: list[Buffer], size: int) -> None:
        self.service.traffic_out.value += size
        exchange = self._exchange
        if exchange is None:
            self._end_idle(self.service.backends, "spoke without being asked")
        elif self._missing > size:  # the middle of a long body
            self._missing -= size
            self._pass_on(exchange, views, size)
        else:
            data = views[0] if len(views) == 1 else b"".join(views)
            try:
                if self._missing == _HEAD:
                    self._read_heads(exchange, self._buffer + data if self._buffer else bytes(data))
                else:
                    self._read_body(exchange, data)
            except BadMessage as error:
                self._lose(f"malformed response: {error}", is_garbage=True)

    def on_drain(self) -> None:
        if self._exchange is not None:
            self._exchange.drained()

    def on_end(self) -> None:
        exchange = self._exchange
        if exchange is None:
            self._end_idle(self.service.backends, "closed by the service")
        elif self._missing == UNTIL_CLOSE:
            self._keeps_alive = False
            self._complete(exchange, [], b"")
        else:
            self._lose("unexpected EOF" if self._has_begun else "EOF")

    def on_error(self, error: OSError) -> None:
        if self._exchange is None:
            self._end_idle(self.service.backends, describe(error))
        else:
            self._lose(describe(error))

    @property
    def _has_begun(self) -> bool:
        return self._missing != _HEAD or bool(self._buffer)

    def _lose(self, why: str, *, is_garbage: bool = False) -> None:
        exchange = self._exchange
        assert exchange is not None
        is_clean = not (is_garbage or self._has_begun)
        self.cancel()
        exchange.lost(self, why, is_clean=is_clean)

    # --- reading an answer; raises BadMessage

    def _read_heads(self, exchange: Exchange, data: bytes) -> None:
        """Heads up to that of the answer proper, and what follows it."""
        while (split := split_head(data)) is not None:
            head, data = split
            response = parse_response(head)
            if response.status >= 200:
                self._buffer = b""
                self._begin(exchange, response, data)
                return
            self._interim += len(head)
            if self._interim > MAX_HEAD:  # nobody waits until the visitor has read them
                raise BadMessage("too many interim responses")
            self._take_interim(exchange, response, data)
            if self._exchange is not exchange:  # it has become a tunnel
                return
        if len(data) > MAX_HEAD:
            raise BadMessage("head too long")
        self._buffer = data

    def _take_interim(self, exchange: Exchange, response: Response, rest: bytes) -> None:
        if response.status == 101:
            exchange.switched(self, response, rest)
        else:
            exchange.asker.informational(response)

    def _begin(self, exchange: Exchange, response: Response, data: bytes) -> None:
        size = self._missing = response.size(exchange.request.method)
        self._keeps_alive = response.keeps_alive and size != UNTIL_CLOSE
        self._chunks = ChunkedDecoder() if size == CHUNKED else None
        exchange.answer(response, size)
        if not size:
            self._complete(exchange, [], data)
        elif data:
            self._read_body(exchange, data)
        else:
            exchange.asker.flush()

    def _read_body(self, exchange: Exchange, data: Buffer) -> None:
        if self._missing >= 0:
            self._read_counted(exchange, data)
        elif self._chunks is not None:
            self._read_chunks(exchange, self._chunks, data)
        else:
            self._pass_on(exchange, [data], len(data))

    def _read_counted(self, exchange: Exchange, data: Buffer) -> None:
        piece, rest = data[: self._missing], data[self._missing :]
        self._missing -= len(piece)
        if len(piece):
            self._pass_on(exchange, [piece], len(piece))
        if not self._missing:
            self._complete(exchange, [], rest)

    def _read_chunks(self, exchange: Exchange, chunks: ChunkedDecoder, data: Buffer) -> None:
        pieces, rest = chunks.receive_data(data)
        if pieces:
            self._pass_on(exchange, pieces, sum(map(len, pieces)))
        else:
            exchange.asker.flush()
        if chunks.trailers is not None:
            self._complete(exchange, chunks.trailers, rest)

    def _pass_on(self, exchange: Exchange, views: list[Buffer], size: int) -> None:
        if not exchange.asker.body(views, size):
            self._paused = True
            self.stream.pause()

    def _complete(self, exchange: Exchange, trailers: list[Field], rest: Buffer) -> None:
        """The answer is here; the connection is used again when both sides have said all, and nothing else."""
        self._exchange = None
        if self._paused:
            self.resume()
        if len(rest):
            logger.debug("[%s] sent %d bytes beyond its answer", self.service.name, len(rest))
        if self._keeps_alive and exchange.is_sent and not len(rest) and not self.stream.is_closed:
            self.is_reused = True
            self.service.backends.put(self)
        else:
            self.close()
        exchange.answered(trailers)
