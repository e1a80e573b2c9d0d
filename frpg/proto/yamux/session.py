"""A yamux session without I/O: received bytes in, calls on its streams and bytes to send out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from frpg.errors import ProtocolError
from frpg.proto.stage import Buffer
from frpg.proto.yamux import frames
from frpg.proto.yamux.frames import ACK, DATA, FIN, GO_AWAY, HEADER, HEADER_SIZE, PING, RST, SYN, WINDOW_UPDATE
from frpg.proto.yamux.stream import YamuxStream

logger = logging.getLogger(__name__)

_SMALL = 8192  # payload up to this is copied and coalesced with the other frames of one loop turn
# Small frames wait for no more than this many parts, two or more a frame: by then the peer should have begun with the
# first. A whole turn's frames in one piece let only one end work at a time: a fifth fewer requests a second.
_MAX_PARTS = 32
_CLOSE_TIMEOUT = 300.0  # seconds a closed stream waits for the peer's FIN
_MAX_UNACCEPTED = 256  # streams of the peer that nobody accepted yet

_unpack = HEADER.unpack_from
_pack = HEADER.pack

StreamFactory = Callable[..., YamuxStream]


class Session:
    """Both roles. The driver feeds `receive_data` and `on_drain`, and provides the four calls of the constructor.

    Args:
        is_client: clients open odd stream ids, servers even ones.
        send: hands views to the transport; False when it is congested.
        wants_flush: asks the driver to call `flush` at the end of the loop turn.
        on_stream: gets each stream that the peer opens.
        make_stream: YamuxStream or a subclass.
    """

    def __init__(
        self,
        *,
        is_client: bool,
        send: Callable[[Sequence[Buffer]], bool],
        wants_flush: Callable[[], None],
        on_stream: Callable[[YamuxStream], None],
        make_stream: StreamFactory = YamuxStream,
    ) -> None:
        self._next_id = 1 if is_client else 2
        self._parity = self._next_id % 2
        self._send = send
        self._wants_flush = wants_flush
        self._on_stream = on_stream
        self._make_stream = make_stream
        self.streams: dict[int, YamuxStream] = {}
        self.waiting: dict[YamuxStream, None] = {}  # written to while congested: told when it is over
        self.is_congested = False
        self.is_closed = False
        self.max_streams: int | None = None  # of the peer; more are reset
        self.accept_at_once = False  # acknowledge on SYN
        self.unaccepted = 0  # streams of the peer without our ACK
        self.unacknowledged = 0  # our streams without the peer's ACK
        self.peer_goes_away = False
        self.pongs = 0  # answers to our pings so far
        self._pings = 0
        self._closing: dict[YamuxStream, float | None] = {}  # closed here, FIN outstanding; deadline set by `sweep`
        self._out: list[bytes] = []  # small frames of this loop turn
        self._head = b""  # a header cut by the end of the received bytes
        self._remaining = 0  # payload bytes of the current data frame still to come
        self._current: YamuxStream | None = None  # whose payload it is; None: skipped

    # --- our side

    def open(self) -> YamuxStream:
        """A new stream, usable at once. Raises ConnectionError when the session cannot open any."""
        if self.is_closed or self.peer_goes_away:
            raise ConnectionError("the session is closed" if self.is_closed else "the peer accepts no more streams")
        stream_id = self._next_id
        if stream_id > frames.MAX_STREAM_ID:
            raise ConnectionError("out of stream ids")
        self._next_id += 2
        stream = self.streams[stream_id] = self._make_stream(self, stream_id, is_acknowledged=False)
        stream.recv_window += frames.WINDOW_DELTA
        self.unacknowledged += 1
        self.send_control(frames.window_update(stream_id, frames.WINDOW_DELTA, SYN))
        return stream

    def ping(self) -> None:
        self.send_control(frames.ping(self._pings & 0xFFFFFFFF, SYN))
        self._pings += 1

    def is_ours(self, stream_id: int) -> bool:
        return stream_id % 2 == self._parity

    def knows(self, stream: YamuxStream) -> bool:
        return self.streams.get(stream.stream_id) is stream

    def forget(self, stream: YamuxStream) -> None:
        """Both directions ended, or the stream was reset."""
        if self.streams.pop(stream.stream_id, None) is None:
            return
        self._closing.pop(stream, None)
        if not stream.is_acknowledged:
            stream.is_acknowledged = True
            if self.is_ours(stream.stream_id):
                self.unacknowledged -= 1
            else:
                self.unaccepted -= 1

    def expect_fin(self, stream: YamuxStream) -> None:
        if self.knows(stream):
            self._closing[stream] = None

    def sweep(self, now: float) -> None:
        """Reset the closed streams whose peer did not end them in time. `now`: monotonic seconds."""
        for stream, deadline in list(self._closing.items()):
            if deadline is None:
                self._closing[stream] = now + _CLOSE_TIMEOUT
            elif now >= deadline:
                stream.abort()

    # --- output

    def send_control(self, frame: bytes) -> None:
        out = self._out
        if not out:
            self._wants_flush()
        out.append(frame)

    def send_data(self, stream_id: int, views: Sequence[Buffer], size: int) -> None:
        header = _pack(0, DATA, 0, stream_id, size)
        if size > _SMALL:
            self.flush()
            if not self._send([header, *views]):
                self.is_congested = True
            return
        out = self._out
        if not out:
            self._wants_flush()
        out.append(header)
        for view in views:
            out.append(view if type(view) is bytes else bytes(view))
        if len(out) >= _MAX_PARTS:
            self.flush()

    def flush(self) -> None:
        """Hand the small frames to the transport, in one piece."""
        out = self._out
        if out and not self.is_closed:
            data = out[0] if len(out) == 1 else b"".join(out)
            out.clear()
            if not self._send([data]):
                self.is_congested = True

    def on_drain(self) -> None:
        """The transport can take more."""
        self.is_congested = False
        waiting, self.waiting = self.waiting, {}
        for stream in waiting:
            if self.is_congested:  # by one of those before
                self.waiting[stream] = None
            else:
                stream.on_session_drain()

    # --- input

    def receive_data(self, views: Sequence[Buffer]) -> None:
        """Take received bytes, cut anywhere, and deliver what they hold.

        Raises:
            ProtocolError: the peer broke the protocol. The session is dead; a GoAway waits in the output.
        """
        try:
            for view in views:
                if not self.is_closed:
                    self._feed(view)
        except ProtocolError:
            self.send_control(frames.go_away(frames.GO_AWAY_PROTOCOL_ERROR))
            raise

    def _feed(self, view: Buffer) -> None:
        if self._head:
            view = self._complete_head(view)
        position, end = 0, len(view)
        remaining, current = self._remaining, self._current
        batch: list[Buffer] = []  # payload of successive frames of one stream
        while True:
            if remaining:
                take = min(remaining, end - position)
                if take and current is not None:
                    batch.append(view[position : position + take])
                position += take
                remaining -= take
            if remaining or end - position < HEADER_SIZE:
                break
            version, kind, flags, stream_id, length = _unpack(view, position)
            position += HEADER_SIZE
            if version == 0 and kind == DATA and flags == 0 and current is not None and stream_id == current.stream_id:
                remaining = self._charge(current, length)
                continue
            if batch:
                self._deliver(current, batch)
                batch = []
            if version != 0 or kind > GO_AWAY:
                raise ProtocolError(f"yamux: version {version} type {kind}")
            current = self._on_frame(kind, flags, stream_id, length)
            remaining = length if kind == DATA else 0
            if self.is_closed:
                return
        # Before delivering: a sink may look at the session.
        self._remaining, self._current = remaining, current
        if position < end:
            self._head = bytes(view[position:])
        if batch:
            self._deliver(current, batch)

    def _complete_head(self, view: Buffer) -> Buffer:
        """Handle the header that began in earlier bytes; return what follows it in `view`."""
        head = self._head + bytes(view[: HEADER_SIZE - len(self._head)])
        rest = view[HEADER_SIZE - len(self._head) :]
        self._head = b""
        if len(head) < HEADER_SIZE:
            self._head = head
        else:
            self._feed(head)
        return rest

    def _charge(self, stream: YamuxStream, length: int) -> int:
        if length > stream.recv_window:
            raise ProtocolError(f"yamux: {length} bytes on stream {stream.stream_id}, window {stream.recv_window}")
        stream.recv_window -= length
        return length

    def _deliver(self, stream: YamuxStream | None, batch: list[Buffer]) -> None:
        if stream is None:
            return
        try:
            stream.on_data(batch, sum(map(len, batch)))
        except Exception:  # a fault of one stream's reader must not leave the session half-parsed
            logger.exception("the reader of stream %d failed", stream.stream_id)
            stream.abort()

    def _on_frame(self, kind: int, flags: int, stream_id: int, length: int) -> YamuxStream | None:
        """Handle a header. Returns the stream that a data frame's payload is for."""
        if kind == PING:
            self._on_ping(flags, length)
            return None
        if kind == GO_AWAY:
            self._on_go_away(length)
            return None
        if flags & SYN:
            self._on_syn(stream_id)
        stream = self.streams.get(stream_id)
        if stream is None:
            return None
        if flags:
            self._on_flags(stream, flags)
        if kind == WINDOW_UPDATE:
            self._guard(stream, lambda: stream.grant(length))
            return None
        self._charge(stream, length)
        return stream

    def _on_syn(self, stream_id: int) -> None:
        if self.is_ours(stream_id) or stream_id == 0 or stream_id in self.streams:
            raise ProtocolError(f"yamux: the peer opened stream {stream_id}, which is not its to open")
        too_many = self.max_streams is not None and len(self.streams) >= self.max_streams
        if too_many or self.unaccepted >= _MAX_UNACCEPTED:
            self.send_control(frames.window_update(stream_id, 0, RST))
            return
        stream = self.streams[stream_id] = self._make_stream(self, stream_id, is_acknowledged=False)
        self.unaccepted += 1
        if self.accept_at_once:
            stream.accept()
        self._on_stream(stream)

    def _on_flags(self, stream: YamuxStream, flags: int) -> None:
        if flags & ACK and self.is_ours(stream.stream_id) and not stream.is_acknowledged:
            stream.is_acknowledged = True
            self.unacknowledged -= 1
        if flags & RST:
            self.forget(stream)
            self._guard(stream, lambda: stream.on_reset(ConnectionResetError("stream reset by the peer")))
        elif flags & FIN:
            if stream.got_fin:
                raise ProtocolError(f"yamux: stream {stream.stream_id} ended twice")
            self._guard(stream, stream.on_fin)

    def _guard(self, stream: YamuxStream, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            logger.exception("the reader of stream %d failed", stream.stream_id)
            stream.abort()

    def _on_ping(self, flags: int, value: int) -> None:
        if flags & SYN:
            self.send_control(frames.ping(value, ACK))
        else:
            self.pongs += 1

    def _on_go_away(self, code: int) -> None:
        if code != frames.GO_AWAY_NORMAL:
            raise ProtocolError(f"yamux: the peer gave up with code {code}")
        self.peer_goes_away = True

    # --- the end

    def close(self, error: OSError) -> None:
        """The transport is gone: every stream hears `error`."""
        if self.is_closed:
            return
        self.is_closed = True
        streams = list(self.streams.values())
        self.streams.clear()
        self._closing.clear()
        self.waiting.clear()
        self._out.clear()
        for stream in streams:
            self._guard(stream, lambda stream=stream: stream.on_reset(error))  # type: ignore[misc]
