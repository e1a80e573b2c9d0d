"""A stream and its two vocabularies: pull (a blocking socket's words) and push (for moving bytes)."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from gevent import Timeout, get_hub, getcurrent

from frpg.proto.stage import Buffer

Address = tuple[str, int]  # numeric host or name without brackets, port
NO_ADDRESS: Address = ("", 0)

INBOX_LIMIT = 65536  # bytes kept for a puller before its stream is paused


class Sink(Protocol):
    """What a pushing stream calls, from the hub: nothing here may yield."""

    def on_data(self, views: list[Buffer], size: int) -> None:
        """Take all of `views`, `size` bytes together. They are valid during the call only."""

    def on_drain(self) -> None:
        """The stream that answered `write` with False can take more."""

    def on_end(self) -> None:
        """The peer half-closed: no data follows."""

    def on_error(self, error: OSError) -> None:
        """The stream was reset or failed: nothing follows."""


class Stream:
    """One reliable stream of bytes, whatever carries it. Whoever holds it closes it.

    A carrier provides the push words; the pull words are made from them here, through an `Inbox`. Pull first
    (a handshake, a message), then `attach` a sink: what was read ahead goes to the sink.
    """

    __slots__ = ()

    remote_addr: Address
    local_addr: Address
    is_closed: bool
    _sink: Sink | None  # an Inbox while pulled
    _timeout: float | None  # seconds of one blocking call

    # --- push: given by the carrier

    def write(self, views: Sequence[Buffer]) -> bool:
        """Take all of `views`. False: congested, write no more before `on_drain`."""
        raise NotImplementedError

    def pause(self) -> None:
        """Deliver no more soon; a multiplexed stream may still deliver what its window had granted."""
        raise NotImplementedError

    def resume(self) -> None:
        """Deliver again."""
        raise NotImplementedError

    def finish(self) -> None:
        """Half-close after what was written: the peer reads the end, and may still send."""
        raise NotImplementedError

    def abort(self) -> None:
        """Reset: the peer sees an error, nothing is flushed. The sink is not called again."""
        raise NotImplementedError

    def close(self) -> None:
        """Idempotent, never blocks; what was written is still flushed. The sink is not called again."""
        raise NotImplementedError

    @property
    def is_congested(self) -> bool:
        """Whether something that was written waits for the peer, or can never go out."""
        raise NotImplementedError

    @property
    def unsent(self) -> int:
        """Bytes written that wait here, as far as the carrier knows."""
        return 0

    def has_lost_peer(self) -> bool:
        """Whether the peer has ended its side, as far as that shows while nobody reads."""
        return False

    def accept(self) -> None:
        """Grant a multiplexed stream its full window; nothing to do elsewhere."""

    def attach(self, sink: Sink) -> None:
        """Push to `sink` from now on, first what was received before."""
        inbox = self._sink
        self._sink = sink  # type: ignore[misc]
        if type(inbox) is Inbox:
            inbox.hand_over(sink)
        if self._sink is sink:
            self.resume()

    # --- pull: made here

    def _inbox(self) -> Inbox:
        sink = self._sink
        if type(sink) is Inbox:
            return sink
        if sink is not None:
            raise RuntimeError("the stream is attached to a sink")
        if self.is_closed:
            raise ConnectionError("the stream is closed")
        inbox = self._sink = Inbox(self)  # type: ignore[misc]
        return inbox

    def recv(self, size: int = 65536) -> bytes:
        """At least one byte, at most `size`; b"" at the end. Raises OSError, TimeoutError."""
        inbox = self._inbox()
        if not inbox.chunks:
            self.resume()
            while inbox.is_dry():
                inbox.wait_readable(self._timeout)
        data = inbox.take(size)
        if inbox.paused and inbox.size < INBOX_LIMIT // 2:
            inbox.paused = False
            self.resume()
        return data

    def recv_exact(self, size: int) -> bytes:
        """Exactly `size` bytes. Raises ConnectionError when the end comes first."""
        parts = []
        missing = size
        while missing:
            data = self.recv(missing)
            if not data:
                raise ConnectionError(f"connection closed by the peer {missing} bytes early")
            parts.append(data)
            missing -= len(data)
        return b"".join(parts)

    def sendall(self, data: Buffer) -> None:
        """Return when `data` is handed to the carrier. Raises OSError, TimeoutError."""
        if self.is_closed:
            raise BrokenPipeError("the stream is closed")
        inbox = self._inbox()
        if inbox.error is not None:
            raise inbox.error
        inbox.drained = self.write([data])
        while not inbox.drained:
            inbox.wait_writable(self._timeout)

    def check(self) -> None:
        """For a puller that has waited elsewhere. Raises OSError when the stream has ended, failed or was closed."""
        inbox = self._inbox()
        if inbox.error is not None:
            raise inbox.error
        if inbox.ended and not inbox.chunks:
            raise ConnectionError("connection closed by the peer")

    def unread(self, data: bytes) -> None:
        """Put bytes back: they are read again before all others."""
        if data:
            self._inbox().put_back(data)

    def shutdown(self, how: int = socket.SHUT_WR) -> None:
        """Half-close for SHUT_WR, as a socket does; SHUT_RDWR closes."""
        if how == socket.SHUT_WR:
            self.finish()
        else:
            self.close()

    def settimeout(self, seconds: float | None) -> None:
        """Bound each blocking call; None waits for ever."""
        self._timeout = seconds  # type: ignore[misc]

    def deadline(self, seconds: float) -> Timeout:
        """A context manager that raises TimeoutError in this greenlet when the block lasts longer."""
        return Timeout(seconds, TimeoutError(f"no answer within {seconds:g} s"))


class Inbox:
    """The sink behind the pull words: keeps what was pushed, wakes the greenlets that wait for it."""

    __slots__ = ("chunks", "drained", "ended", "error", "paused", "reader", "size", "stream", "waking", "writer")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.chunks: deque[bytes] = deque()
        self.size = 0  # bytes in chunks
        self.paused = False
        self.drained = True
        self.ended = False
        self.error: OSError | None = None
        self.reader: object | None = None  # the greenlet blocked in recv
        self.writer: object | None = None  # the greenlet blocked in sendall
        self.waking = False

    # --- the sink

    def on_data(self, views: list[Buffer], size: int) -> None:
        self.chunks.append(bytes(views[0]) if len(views) == 1 else b"".join(views))
        self.size += size
        if self.size >= INBOX_LIMIT and not self.paused:
            self.paused = True
            self.stream.pause()
        self.wake()

    def on_drain(self) -> None:
        self.drained = True
        self.wake()

    def on_end(self) -> None:
        self.ended = True
        self.wake()

    def on_error(self, error: OSError) -> None:
        self.error = error
        self.wake()

    def hand_over(self, sink: Sink) -> None:
        """Give `sink` what is kept here, in order."""
        if self.chunks:
            data = b"".join(self.chunks)
            self.chunks.clear()
            sink.on_data([data], len(data))
        if self.error is not None:
            sink.on_error(self.error)
        elif self.ended:
            sink.on_end()

    # --- the puller

    def is_dry(self) -> bool:
        """True while there is nothing to read and the end is not here. Raises the stream's error."""
        if self.chunks or self.ended:
            return False
        if self.error is not None:
            raise self.error
        return True

    def take(self, size: int) -> bytes:
        if not self.chunks:
            return b""
        data = self.chunks.popleft()
        if len(data) > size:
            self.chunks.appendleft(data[size:])
            data = data[:size]
        self.size -= len(data)
        return data

    def put_back(self, data: bytes) -> None:
        self.chunks.appendleft(data)
        self.size += len(data)

    def wait_readable(self, timeout: float | None) -> None:
        if self.reader is not None:
            raise RuntimeError("another greenlet reads this stream")
        self.reader = getcurrent()
        try:
            with Timeout(timeout, TimeoutError("timed out")):
                get_hub().switch()
        finally:
            self.reader = None

    def wait_writable(self, timeout: float | None) -> None:
        if self.error is not None:
            raise self.error
        if self.writer is not None:
            raise RuntimeError("another greenlet writes this stream")
        self.writer = getcurrent()
        try:
            with Timeout(timeout, TimeoutError("timed out")):
                get_hub().switch()
        finally:
            self.writer = None

    def closed(self) -> None:
        """The stream was closed under its waiters: they get an error instead of a wait without end."""
        if self.error is None and (self.reader is not None or self.writer is not None):
            self.error = ConnectionError("the stream was closed")
            self.wake()

    def wake(self) -> None:
        # Not switched to at once: the caller may be half-way through parsing.
        if not self.waking and (self.reader is not None or self.writer is not None):
            self.waking = True
            get_hub().loop.run_callback(self._switch)

    def _switch(self) -> None:
        self.waking = False
        reader = self.reader
        if reader is not None and (self.chunks or self.ended or self.error is not None):
            reader.switch()  # type: ignore[attr-defined]
        writer = self.writer
        if writer is not None and (self.drained or self.error is not None):
            writer.switch()  # type: ignore[attr-defined]
