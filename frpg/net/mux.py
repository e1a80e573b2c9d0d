"""A yamux session over any stream, with its keep-alive; its streams speak both vocabularies."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import Timeout, get_hub
from gevent.event import Event

from frpg.errors import FrpgError, ProtocolError
from frpg.net.stream import Address, Inbox, Stream
from frpg.proto.stage import Buffer
from frpg.proto.yamux.session import Session
from frpg.proto.yamux.stream import YamuxStream

logger = logging.getLogger(__name__)

_PONG_TIMEOUT = 10.0  # seconds
_OPEN_TIMEOUT = 75.0  # seconds an open waits for the peer to acknowledge earlier ones
_MAX_UNACKNOWLEDGED = 256  # opened streams without the peer's ACK; peers reset more

StreamHandler = Callable[[Stream], None]


class MuxStream(YamuxStream, Stream):
    """A yamux stream with the pull words; it is pulled until a sink is attached."""

    __slots__ = ("mux",)
    _sink: Any
    mux: MuxSession

    def __init__(self, session: Session, stream_id: int, *, is_acknowledged: bool) -> None:
        super().__init__(session, stream_id, is_acknowledged=is_acknowledged)
        self._sink = Inbox(self)

    @property
    def remote_addr(self) -> Address:  # type: ignore[override]
        return self.mux.stream.remote_addr

    @property
    def local_addr(self) -> Address:  # type: ignore[override]
        return self.mux.stream.local_addr

    @property
    def is_congested(self) -> bool:
        return self.is_closed or self._pending is not None or self in self._session.waiting

    @property
    def unsent(self) -> int:
        return sum(map(len, self._pending or ()))

    def _drop_sink(self) -> None:
        sink, self._sink = self._sink, None
        if type(sink) is Inbox:
            sink.closed()


class MuxSession:
    """Owns `stream` and closes it. The sink of that stream is this object.

    Args:
        on_stream: gets each stream of the peer in a greenlet of its own, and owns it.
        on_first: sees a stream whose first bytes are here before `on_stream`, from the hub; it must not yield. True: it
            owns the stream, which needs no greenlet.
        on_close: hears why, once; called from the hub, or by the constructor when the first bytes are no yamux.
        keepalive: seconds between pings; a missing answer closes the session 10 s later.
        max_streams: of the peer, at one time; None for no limit. `trust` lifts it.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        is_client: bool,
        on_stream: StreamHandler | None = None,
        on_first: Callable[[Stream], bool] | None = None,
        on_close: Callable[[str], None] | None = None,
        keepalive: float = 30.0,
        max_streams: int | None = None,
    ) -> None:
        self.stream = stream
        self.on_close = on_close
        self.is_closed = False
        self._on_stream = on_stream
        self._on_first = on_first
        self._run_callback = get_hub().loop.run_callback
        self._core = Session(
            is_client=is_client,
            send=stream.write,
            wants_flush=self._flush_soon,
            on_stream=self._admit,
            make_stream=self._make_stream,
        )
        self._core.max_streams = max_streams
        self._acknowledged: Event | None = None  # set while somebody waits to open
        self._due_pongs = 0
        self._timer = get_hub().loop.timer(keepalive, keepalive)
        self._timer.start(self._keep_alive)
        self._pong_timer: Any = None
        stream.attach(self)

    def _make_stream(self, session: Session, stream_id: int, *, is_acknowledged: bool) -> MuxStream:
        stream = MuxStream(session, stream_id, is_acknowledged=is_acknowledged)
        stream.mux = self
        return stream

    def trust(self) -> None:
        """The peer has logged in: no limit on its streams, each gets its window at once."""
        self._core.max_streams = None
        self._core.accept_at_once = True

    @property
    def stream_count(self) -> int:
        return len(self._core.streams)

    def open(self) -> Stream:
        """A new stream, usable at once. Raises ConnectionError, TimeoutError."""
        while self._core.unacknowledged >= _MAX_UNACKNOWLEDGED and not self.is_closed:
            self._wait_for_acks()
        return self._core.open()  # type: ignore[return-value]

    def _wait_for_acks(self) -> None:
        if self._acknowledged is None:
            self._acknowledged = Event()
        with Timeout(_OPEN_TIMEOUT, TimeoutError("the peer acknowledges no new streams")):
            self._acknowledged.wait()

    def _admit(self, stream: YamuxStream) -> None:
        if self._on_stream is None:
            stream.abort()
        elif self._on_first is None:
            gevent.spawn(self._serve, stream)  # type: ignore[call-overload]
        else:  # its first bytes mostly came with it, and follow in this callback
            self._run_callback(self._show, stream)  # type: ignore[arg-type]

    def _show(self, stream: MuxStream) -> None:
        try:
            if stream._sink.chunks and self._on_first(stream):  # type: ignore[misc]
                return
        except Exception:
            logger.exception("the handler of a stream failed")
            stream.close()
            return
        gevent.spawn(self._serve, stream)

    def _serve(self, stream: Stream) -> None:
        try:
            self._on_stream(stream)  # type: ignore[misc]
        except (OSError, FrpgError) as error:
            logger.debug("a stream of %s ended: %s", stream.remote_addr, error)
            stream.close()
        except Exception:
            logger.exception("the handler of a stream failed")
            stream.close()
        except BaseException:
            stream.close()
            raise

    # --- the sink of the transport

    def on_data(self, views: list[Buffer], size: int) -> None:
        try:
            self._core.receive_data(views)
        except ProtocolError as error:
            self._core.flush()
            self._shut(str(error))
            return
        if self._acknowledged is not None and self._core.unacknowledged < _MAX_UNACKNOWLEDGED:
            self._acknowledged.set()
            self._acknowledged = None

    def on_drain(self) -> None:
        self._core.on_drain()

    def on_end(self) -> None:
        self._shut("connection closed by the peer")

    def on_error(self, error: OSError) -> None:
        self._shut(str(error))

    # --- time and the end

    def _flush_soon(self) -> None:
        self._run_callback(self._core.flush)

    def _keep_alive(self) -> None:
        self._core.sweep(time.monotonic())
        if self._pong_timer is not None and self._core.pongs >= self._due_pongs:
            self._stop_pong_timer()
        if self._pong_timer is None:
            self._due_pongs = self._core.pongs + 1
            self._core.ping()
            self._pong_timer = get_hub().loop.timer(_PONG_TIMEOUT)
            self._pong_timer.start(self._check_pong)

    def _stop_pong_timer(self) -> None:
        if self._pong_timer is not None:
            self._pong_timer.stop()
            self._pong_timer.close()
            self._pong_timer = None

    def _check_pong(self) -> None:
        self._stop_pong_timer()
        if self._core.pongs < self._due_pongs:
            self._shut("keepalive timeout: the peer does not answer")

    def close(self) -> None:
        """Close every stream and the connection under them; small frames already written are still sent."""
        self._core.flush()
        self._shut("session closed")

    def _shut(self, why: str) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self._timer.stop()
        self._timer.close()
        self._stop_pong_timer()
        self.stream.close()
        self._core.close(ConnectionResetError(why))
        if self._acknowledged is not None:
            self._acknowledged.set()
        if self.on_close is not None:
            self.on_close(why)
