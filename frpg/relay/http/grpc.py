"""A work connection that speaks HTTP/2 with a service, as gRPC needs it: one exchange at a time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    InformationalResponseReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
)
from h2.exceptions import ProtocolError

from frpg.net.stream import Address, Stream
from frpg.proto.http1.fields import BadMessage, Field
from frpg.proto.http1.request import CHUNKED
from frpg.proto.http2.connection import client_connection
from frpg.proto.http2.heads import read_response, read_trailers, request_block, trailer_block
from frpg.proto.http2.outgoing import Outgoing
from frpg.proto.stage import Buffer
from frpg.relay.http.connection import ServiceConnection

if TYPE_CHECKING:
    from frpg.relay.http.exchange import Exchange, HttpService

logger = logging.getLogger(__name__)

_WRITE = 65536  # bytes of a body between two looks at the stream


class GrpcBackend(ServiceConnection):
    """The sink of `stream`. Has the calls of `Backend`, and counts for its service in the same way."""

    __slots__ = (
        "_connection", "_has_begun", "_id", "_is_congested", "_is_leaving", "_out", "_owed", "_paused", "_trailers",
    )  # fmt: skip

    def __init__(self, service: HttpService, stream: Stream, source: Address) -> None:
        super().__init__(service, stream, source)
        self._connection = client_connection()
        self._id = 0  # of the exchange's stream
        self._out = Outgoing(self._connection, 0)
        self._has_begun = False  # the answer
        self._trailers: list[Field] = []
        self._owed = 0  # bytes of the answer that the visitor has not taken, so that there is no new window for them
        self._paused = False  # by the visitor
        self._is_congested = False  # `stream`
        self._is_leaving = False  # the service takes no more requests here

    # --- for the exchange

    def start(self, exchange: Exchange, head: bytes) -> None:
        """Ask; see `Backend.start`."""
        self._exchange = exchange
        self._id = self._connection.get_next_available_stream_id()
        self._out = Outgoing(self._connection, self._id)
        self._has_begun = False
        self._trailers = []
        is_ended = exchange.request.size == 0
        self._connection.send_headers(self._id, request_block(head), end_stream=is_ended)
        self._out.is_ended = is_ended
        self._flush()
        if not self.is_reused:
            self.stream.attach(self)

    def send_body(self, views: list[Buffer], size: int) -> bool:
        """More of the request; False: congested, the exchange hears `drained`."""
        self._out.add(views)
        self._pump()
        return self._out.is_empty and not self._is_congested

    def finish_body(self, trailers: list[Field]) -> None:
        """The request is complete."""
        self._out.finish(trailer_block(trailers))
        self._pump()

    def resume(self) -> None:
        """The visitor takes more."""
        self._paused = False
        self._pay()
        self._flush()

    def cancel(self) -> None:
        """Nobody waits for the answer any more: the service shall know at once."""
        if self._is_congested:
            self._leave()
            self.stream.abort()
        else:
            self._connection.reset_stream(self._id, ErrorCodes.CANCEL)
            self._flush()
            self._leave()
            self.stream.close()

    # --- what is sent

    def _pump(self) -> None:
        while not self._is_congested and self._out.pump(_WRITE):
            self._flush()

    def _pay(self) -> None:
        owed, self._owed = self._owed, 0
        if owed:
            self._connection.acknowledge_received_data(owed, self._id)

    def _flush(self) -> None:
        data = self._connection.data_to_send()
        if data:
            self.service.traffic_in.value += len(data)
            self._is_congested = not self.stream.write([data])

    # --- the sink of the stream

    def on_data(self, views: list[Buffer], size: int) -> None:
        self.service.traffic_out.value += size
        try:
            events = self._connection.receive_data(views[0] if len(views) == 1 else b"".join(views))
            for event in events:
                self._handle(event)
                if self.stream.is_closed:
                    return
        except (ProtocolError, BadMessage) as error:
            self._fail(f"malformed response: {error}")
            return
        self._flush()

    def on_drain(self) -> None:
        self._is_congested = False
        self._go_on()

    def on_end(self) -> None:
        self._fail("EOF")

    def on_error(self, error: OSError) -> None:
        self._fail(str(error))

    def _go_on(self) -> None:
        """There is room for more of the request."""
        self._pump()
        if self._exchange is not None and self._out.is_empty and not self._is_congested:
            self._exchange.drained()

    def _fail(self, why: str) -> None:
        exchange = self._exchange
        if exchange is None:
            self._end_idle(self.service.http2_backends, why)
        else:
            self._lose(exchange, why, is_clean=not self._has_begun)

    def _lose(self, exchange: Exchange, why: str, *, is_clean: bool) -> None:
        self._leave()
        self.stream.abort()
        exchange.lost(self, why, is_clean=is_clean)

    # --- reading an answer

    def _handle(self, event: Event) -> None:
        """Raises BadMessage."""
        exchange = self._exchange
        if isinstance(event, ConnectionTerminated):
            self._note_leaving(exchange, event)
        elif exchange is not None:
            self._take(exchange, event)

    def _note_leaving(self, exchange: Exchange | None, event: ConnectionTerminated) -> None:
        self._is_leaving = True
        if exchange is None:
            self._fail("the service closes it")
        elif (event.last_stream_id or 0) < self._id:
            self._lose(exchange, "the service does not take the request", is_clean=True)

    def _take(self, exchange: Exchange, event: Event) -> None:
        if isinstance(event, WindowUpdated | RemoteSettingsChanged):
            self._go_on()
        elif isinstance(event, InformationalResponseReceived):
            exchange.asker.informational(read_response(event.headers))
        elif isinstance(event, ResponseReceived):
            self._has_begun = True
            exchange.answer(read_response(event.headers), 0 if event.stream_ended else CHUNKED)
        elif isinstance(event, DataReceived):
            self._pass_on(exchange, event)
        elif isinstance(event, TrailersReceived):
            self._trailers = read_trailers(event.headers)
        elif isinstance(event, StreamEnded):
            self._complete(exchange)
        elif isinstance(event, StreamReset):
            is_clean = event.error_code == ErrorCodes.REFUSED_STREAM and not self._has_begun
            self._lose(exchange, f"reset by the service, code {event.error_code}", is_clean=is_clean)

    def _pass_on(self, exchange: Exchange, event: DataReceived) -> None:
        self._owed += event.flow_controlled_length
        if event.data and not exchange.asker.body([event.data], len(event.data)):
            self._paused = True
        elif not self._paused:
            self._pay()

    def _complete(self, exchange: Exchange) -> None:
        """The answer is here; the connection is used again when both sides have said all."""
        self._exchange = None
        self._paused = False
        self._pay()
        if self._out.is_ended and not self._is_leaving:
            self.is_reused = True
            self._flush()
            self.service.http2_backends.put(self)
        else:
            self.close()
        exchange.answered(self._trailers)
