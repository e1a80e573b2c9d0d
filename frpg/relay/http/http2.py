"""A visitor's HTTP/2 connection, cleartext and by prior knowledge: its requests run side by side."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from gevent import get_hub
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
)
from h2.exceptions import ProtocolError

from frpg.net.address import join
from frpg.net.stream import Stream
from frpg.proto.http1.fields import BadMessage
from frpg.proto.http1.forward import Visitor
from frpg.proto.http2.connection import server_connection
from frpg.proto.http2.heads import Fields
from frpg.proto.stage import Buffer
from frpg.relay.http.front import HEAD_SECONDS, IDLE_SECONDS, LINGER_SECONDS
from frpg.relay.http.http2_stream import Http2Stream
from frpg.relay.target import Service

if TYPE_CHECKING:
    from frpg.relay.http.site import HttpSite

logger = logging.getLogger(__name__)

MAX_BEHIND = 1048576  # bytes of heads and acknowledgements for a visitor that does not read
# What a visitor may do in CALM_SECONDS before it counts as an attack:
CALM_SECONDS = 10.0
MAX_GIVEN_UP = 200  # requests ("rapid reset")
MAX_IDLE = 131072  # bytes of frames that ask for nothing and move nothing


class Http2Front:
    """The sink of `stream`, which it owns. Reads always: flow control holds each request up by itself."""

    __slots__ = (
        "_behind",
        "_block_deadline",
        "_given_up",
        "_idle",
        "_is_behind",
        "_is_busy",
        "_is_last",
        "_is_leaving",
        "_since",
        "_streams",
        "_waiting",
        "connection",
        "deadline",
        "id",
        "since",
        "site",
        "stream",
        "visitor",
    )  # fmt: skip

    def __init__(self, site: HttpSite, stream: Stream, visitor: Visitor) -> None:
        self.site = site
        self.stream = stream
        self.visitor = visitor
        self.connection = server_connection()
        self.id = next(site.ids)
        self.since = time.monotonic()
        self.deadline: float | None = self.since + HEAD_SECONDS  # while there is no request
        self._block_deadline: float | None = None  # for the rest of a frame, or of a head in several
        self._streams: dict[int, Http2Stream] = {}
        self._waiting: dict[Http2Stream, None] = {}  # for windows; the next one first
        self._is_behind = False  # the visitor: it has not read all that was written
        self._is_busy = False  # events are handled: what is to be sent is sent at the end
        self._is_leaving = False  # the last word is said
        self._is_last = site.is_retired  # or the visitor has said that no requests follow
        self._behind = 0  # bytes written while the visitor did not read
        self._since = 0.0  # monotonic; of these two
        self._given_up = 0  # requests
        self._idle = 0  # bytes
        self.flush()

    @property
    def service(self) -> Service | None:
        """See Connection."""
        return next((found for stream in self._streams.values() if (found := stream.service) is not None), None)

    # --- the sink of the stream

    def on_data(self, views: list[Buffer], size: int) -> None:
        if self._is_leaving:
            return
        self._is_busy = True
        try:
            self._idle += size  # until there turns out to be something useful in it
            self._receive(views[0] if len(views) == 1 else b"".join(views))
            self._judge()
        except ProtocolError as error:  # GOAWAY is among what is to be sent
            logger.debug("bad HTTP/2 of [%s]: %s", join(self.stream.remote_addr), error)
            self._linger()
        finally:
            self._is_busy = False
        self.flush()

    def on_drain(self) -> None:
        self._is_behind = False
        self._behind = 0
        self._go_on()

    def on_end(self) -> None:
        self.close()

    def on_error(self, error: OSError) -> None:
        self.close()

    # --- time and the end

    def check(self, now: float) -> None:
        """Called now and then."""
        for stream in list(self._streams.values()):
            stream.check(now)
        if self._is_leaving:
            if self.deadline is not None and self.deadline <= now:
                self.close()
        elif any(deadline is not None and deadline <= now for deadline in (self.deadline, self._block_deadline)):
            self._leave(ErrorCodes.NO_ERROR)

    def retire(self) -> None:
        """See Connection."""
        self._is_last = True
        if not self._streams and not self._is_leaving:
            self._leave(ErrorCodes.NO_ERROR)

    def close(self) -> None:
        """End the connection and what it asked for. Idempotent, does not yield."""
        self.site.fronts.discard(self)
        if not self._is_leaving:
            self._leave(ErrorCodes.NO_ERROR)
        self.stream.close()

    def _leave(self, code: ErrorCodes) -> None:
        """Say why, and close soon."""
        self._linger()
        self.connection.close_connection(code)
        self.flush()

    def _linger(self) -> None:
        """Read past what still comes: a reset would take our last words away."""
        self._is_leaving = True
        self._cancel_all()
        self.deadline = time.monotonic() + LINGER_SECONDS

    def _cancel_all(self) -> None:
        streams = list(self._streams.values())
        self._streams.clear()
        self._waiting.clear()
        for stream in streams:
            stream.cancel()

    # --- what the visitor sends

    def _receive(self, data: Buffer) -> None:
        """Raises ProtocolError."""
        events = self.connection.receive_data(data)
        self._note_progress(has_events=bool(events))
        # The connection knows all of it already: what has no stream any more must not be answered.
        lost = {event.stream_id for event in events if isinstance(event, StreamReset)}
        ended = {event.stream_id for event in events if isinstance(event, StreamEnded)}
        for stream_id in ended & self._streams.keys():
            self._streams[stream_id].is_whole = True
        for stream_id in lost:
            self._lose(stream_id)
        for event in events:
            if self._is_leaving:
                return
            if isinstance(event, RequestReceived):
                if event.stream_id not in lost:
                    self._begin(event, is_whole=event.stream_id in ended)
            elif isinstance(event, DataReceived | TrailersReceived | StreamEnded):
                self._continue(event)
            else:
                self._handle(event)

    def _judge(self) -> None:
        """Send those away who keep us busy for nothing."""
        now = time.monotonic()
        if now - self._since > CALM_SECONDS:
            self._since, self._given_up, self._idle = now, 0, 0
        if not self._is_leaving and (self._given_up > MAX_GIVEN_UP or self._idle > MAX_IDLE):
            why = "requests given up" if self._given_up > MAX_GIVEN_UP else "idle frames"
            logger.warning("HTTP/2 connection of [%s] ended: too many %s", join(self.stream.remote_addr), why)
            self._leave(ErrorCodes.ENHANCE_YOUR_CALM)

    def note_use(self) -> None:
        """Something was asked for, or moved."""
        self._idle = 0

    def _note_progress(self, *, has_events: bool) -> None:
        if has_events:
            self._block_deadline = None
        elif self._block_deadline is None:
            self._block_deadline = time.monotonic() + HEAD_SECONDS

    def _begin(self, event: RequestReceived, *, is_whole: bool) -> None:
        stream = Http2Stream(self, event.stream_id, is_whole=is_whole)
        self._streams[event.stream_id] = stream
        self.deadline = None
        self.note_use()
        stream.begin(event.headers, is_ended=event.stream_ended is not None)

    def _continue(self, event: DataReceived | TrailersReceived | StreamEnded) -> None:
        stream = self._streams.get(event.stream_id)
        try:
            if isinstance(event, DataReceived):
                self._pass_on(stream, event)
            elif stream is not None and stream.is_answered:
                self.forget(stream)
            elif stream is not None:
                stream.end(event.headers if isinstance(event, TrailersReceived) else [])
        except BadMessage as error:
            self.site.refuse(self.stream, f"bad request: {error}")
            assert stream is not None
            self.reset(stream, ErrorCodes.PROTOCOL_ERROR)

    def _pass_on(self, stream: Http2Stream | None, event: DataReceived) -> None:
        """Raises BadMessage."""
        length = event.flow_controlled_length
        if event.data:
            self.note_use()
        if stream is None:
            self.acknowledge(event.stream_id, length)
        elif stream.is_answered:
            stream.waste(length)
        else:
            stream.receive(event.data, length)

    def _handle(self, event: Event) -> None:
        if isinstance(event, WindowUpdated) and event.stream_id:
            stream = self._streams.get(event.stream_id)
            if stream in self._waiting:
                stream.go_on()
        elif isinstance(event, WindowUpdated | RemoteSettingsChanged):
            self._go_on()
        elif isinstance(event, ConnectionTerminated):
            self._is_last = True
            if not self._streams:
                self._leave(ErrorCodes.NO_ERROR)

    def _lose(self, stream_id: int) -> None:
        """The visitor has given a request up."""
        stream = self._streams.get(stream_id)
        if stream is None or not stream.is_answered:
            self._given_up += 1
        if stream is not None:
            self.forget(stream)
            stream.cancel()

    # --- for the streams

    @property
    def is_congested(self) -> bool:
        return self._is_behind or self.stream.is_closed

    def send_headers(self, stream_id: int, block: Fields, *, is_last: bool = False) -> None:
        self.connection.send_headers(stream_id, block, end_stream=is_last)

    def acknowledge(self, stream_id: int, length: int) -> None:
        """Give the visitor new window for what was used."""
        if length and not self._is_leaving:
            self.connection.acknowledge_received_data(length, stream_id)

    def note_waiting(self, stream: Http2Stream, *, is_waiting: bool, has_sent: bool) -> None:
        """`has_sent`: it was its turn, and the others come first now."""
        if not is_waiting or has_sent:
            self._waiting.pop(stream, None)
        if is_waiting:
            self._waiting[stream] = None

    def reset(self, stream: Http2Stream, code: ErrorCodes) -> None:
        """End `stream` at once."""
        self.connection.reset_stream(stream.id, code)
        self.forget(stream)
        stream.cancel()
        self.flush()

    def forget(self, stream: Http2Stream) -> None:
        """`stream` has ended."""
        self._streams.pop(stream.id, None)
        self._waiting.pop(stream, None)
        if self._streams or self._is_leaving:
            return
        self.deadline = time.monotonic() + IDLE_SECONDS
        if self._is_last:
            self._leave(ErrorCodes.NO_ERROR)

    def flush(self) -> None:
        """Send what is to be sent, now or when the events are handled."""
        if self._is_busy:
            return
        data = self.connection.data_to_send()
        if data:
            self._write(data)
        if self._is_leaving:
            self.stream.finish()

    def _write(self, data: bytes) -> None:
        if self._is_behind:
            self._behind += len(data)
        self._is_behind = not self.stream.write([data])
        if self._behind > MAX_BEHIND:
            logger.debug("HTTP/2 connection of [%s] ended: it does not read", join(self.stream.remote_addr))
            self._behind = 0
            get_hub().loop.run_callback(self._give_up)  # the caller may be half-way through parsing

    def _give_up(self) -> None:
        self.stream.abort()
        self.close()

    def _go_on(self) -> None:
        """Let those that wait send, until the connection is congested."""
        for stream in list(self._waiting):
            if self.is_congested:
                break
            if stream in self._waiting:
                stream.go_on()
