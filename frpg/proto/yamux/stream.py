"""One yamux stream: its two windows, and the push words on top of its session."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from frpg.proto.stage import Buffer
from frpg.proto.yamux.frames import ACK, FIN, INITIAL_WINDOW, MAX_WINDOW, RST, WINDOW_DELTA, window_update

if TYPE_CHECKING:
    from frpg.proto.yamux.session import Session


class StreamSink(Protocol):
    """Who gets what the peer sends on one stream; nothing here may yield."""

    def on_data(self, views: list[Buffer], size: int) -> None:
        """Take all of `views`; they are valid during the call only."""

    def on_drain(self) -> None:
        """`write` may be called again after it answered False."""

    def on_end(self) -> None:
        """The peer half-closed."""

    def on_error(self, error: OSError) -> None:
        """Reset, or the session died."""


class YamuxStream:
    """Made by its session. Payload goes to `_sink` as it comes; only what the peer's window refuses is kept."""

    __slots__ = (
        "_finishing", "_paused", "_pending", "_session", "_sink", "_timeout", "got_fin", "is_acknowledged", "is_closed",
        "recv_window", "send_window", "sent_fin", "stream_id",
    )  # fmt: skip

    def __init__(self, session: Session, stream_id: int, *, is_acknowledged: bool) -> None:
        self._session = session
        self._sink: StreamSink | None = None
        self._timeout: float | None = None  # of the pull words that net/ adds
        self.stream_id = stream_id
        self.send_window = INITIAL_WINDOW  # bytes the peer still takes
        self.recv_window = INITIAL_WINDOW  # bytes the peer may still send
        self.is_acknowledged = is_acknowledged  # ours: the peer's ACK came; theirs: our ACK went out
        self.sent_fin = False
        self.got_fin = False
        self.is_closed = False  # by our side: the sink hears no more
        self._paused = False
        self._finishing = False
        self._pending: deque[bytes] | None = None  # waits for the peer's window

    # --- towards the peer

    def write(self, views: Sequence[Buffer]) -> bool:
        if self.is_closed or self.sent_fin or self._finishing:
            return False
        size = len(views[0]) if len(views) == 1 else sum(map(len, views))
        if self._pending is not None or size > self.send_window:
            self._wait_for_window(b"".join(views))
            return False
        self.send_window -= size
        session = self._session
        session.send_data(self.stream_id, views, size)
        if session.is_congested:
            session.waiting[self] = None
            return False
        return True

    def _wait_for_window(self, data: bytes) -> None:
        if self._pending is None:
            self._pending = deque()
        self._pending.append(data)
        self._send_pending()

    def _send_pending(self) -> None:
        pending = self._pending
        while pending and self.send_window:
            data = pending.popleft()
            if len(data) > self.send_window:
                pending.appendleft(data[self.send_window :])
                data = data[: self.send_window]
            self.send_window -= len(data)
            self._session.send_data(self.stream_id, [data], len(data))

    def grant(self, credit: int) -> None:
        """The peer takes `credit` bytes more."""
        self.send_window += credit
        if self._pending is None or not credit:
            return
        self._send_pending()
        if self._pending:
            return
        self._pending = None
        if self._finishing:
            self._send_fin()
        elif self._session.is_congested:
            self._session.waiting[self] = None
        elif self._sink is not None:
            self._sink.on_drain()

    def on_session_drain(self) -> None:
        if self._pending is None and self._sink is not None:
            self._sink.on_drain()

    def finish(self) -> None:
        if self.sent_fin or self._finishing:
            return
        self._finishing = True
        if self._pending is None:
            self._send_fin()

    def _send_fin(self) -> None:
        self.sent_fin = True
        self._session.send_control(window_update(self.stream_id, 0, FIN | self._take_ack()))
        if self.got_fin:
            self._session.forget(self)

    def _take_ack(self) -> int:
        """The ACK flag when this stream was never acknowledged and its id is the peer's."""
        if self.is_acknowledged or self._session.is_ours(self.stream_id):
            return 0
        self.is_acknowledged = True
        self._session.unaccepted -= 1
        return ACK

    def abort(self) -> None:
        if not (self.sent_fin and self.got_fin) and self._session.knows(self):
            self._session.send_control(window_update(self.stream_id, 0, RST))
        self.is_closed = True
        self._pending = None
        self._drop_sink()
        self._session.forget(self)

    def close(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self._drop_sink()
        self.finish()
        if not self.got_fin:
            self._session.expect_fin(self)

    def _drop_sink(self) -> None:
        self._sink = None

    # --- from the peer

    def accept(self) -> None:
        """Acknowledge the peer's stream, which grants it the full window. Idempotent."""
        if self._take_ack():
            self.recv_window += WINDOW_DELTA
            self._session.send_control(window_update(self.stream_id, WINDOW_DELTA, ACK))

    def pause(self) -> None:
        """Grant no more; what was granted, 6 MiB at most, may still come."""
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self.give_credit()

    def give_credit(self) -> None:
        # As upstream: an update only for half a window or more, so bulk costs one frame per 3 MiB.
        delta = MAX_WINDOW - self.recv_window
        if delta >= MAX_WINDOW // 2 and self.is_acknowledged and not self._paused and not self.got_fin:
            self.recv_window = MAX_WINDOW
            self._session.send_control(window_update(self.stream_id, delta))

    def on_data(self, views: list[Buffer], size: int) -> None:
        """Payload from the session; the window was charged already."""
        if self._sink is not None:
            self._sink.on_data(views, size)
            self.give_credit()
        elif self.is_closed:
            self.abort()  # nobody reads it any more: the peer shall know

    def on_fin(self) -> None:
        self.got_fin = True
        if self.sent_fin:
            self._session.forget(self)
        if self._sink is not None:
            self._sink.on_end()

    def on_reset(self, error: OSError) -> None:
        """Reset by the peer, or the session died; the session has forgotten this stream."""
        self._pending = None
        self.sent_fin = self.got_fin = True
        if self._sink is not None:
            self._sink.on_error(error)
