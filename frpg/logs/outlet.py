"""Text to standard output that may be closed, or whose reader may have stalled: neither stops the program.

A blocking write to a full pipe would hold the hub, and with it every connection. So nothing is written unless the
descriptor has room; what has to wait goes to a bounded queue, which empties when the reader reads again.
"""

from __future__ import annotations

import os
import select
import time
from collections import deque
from typing import Any, Protocol, TextIO

from gevent import get_hub
from gevent.monkey import get_original

# POSIX: a write of so much to a pipe that polls as writable is taken whole. 512 is the least a system may have.
_PIECE = getattr(select, "PIPE_BUF", 512)
_QUEUE_LIMIT = 1 << 20  # bytes


class Outlet(Protocol):
    """Where lines of text go; `write` never blocks and never raises for a fault of the reader."""

    lost: int  # writes dropped because the queue was full; the reader of this number sets it back

    @property
    def is_congested(self) -> bool: ...

    def write(self, text: str) -> None: ...

    def flush(self, timeout: float) -> None:
        """Try for `timeout` seconds to get rid of what is queued; blocks the thread."""

    def close(self) -> None:
        """Give up what is queued. The stream or descriptor stays open: it belongs to others."""


class StreamOutlet:
    """A text stream without a descriptor (a test's, an embedder's), or none at all."""

    is_congested = False

    def __init__(self, stream: TextIO | None) -> None:
        self.lost = 0
        self._stream = stream

    def write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: closed
            return

    def flush(self, timeout: float) -> None:
        """Nothing is ever queued."""

    def close(self) -> None:
        """Nothing is held."""


class DescriptorOutlet:
    """A descriptor, shared with whoever else writes to it: its flags stay as they are."""

    def __init__(self, descriptor: int, encoding: str = "utf-8") -> None:
        self.lost = 0
        self._descriptor = descriptor
        self._encoding = encoding
        self._queue: deque[bytes] = deque()
        self._queued = 0  # bytes
        self._loop: Any = get_hub().loop  # of the thread that owns this outlet; others may write too
        self._watcher: Any = None
        self._poll = _poll(descriptor)

    @property
    def is_congested(self) -> bool:
        return bool(self._queue)

    def write(self, text: str) -> None:
        data = text.encode(self._encoding, "backslashreplace")
        if not self._queue:
            data = self._put(data)
        if not data:
            return
        if self._queued + len(data) > _QUEUE_LIMIT:
            self.lost += 1
            return
        self._queue.append(data)
        self._queued += len(data)
        self._loop.run_callback_threadsafe(self._watch)

    def flush(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while self._queue and self._has_room(max(0.0, deadline - time.monotonic())):
            self._drain()

    def close(self) -> None:
        self._queue.clear()
        self._queued = 0
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None

    def _put(self, data: bytes) -> bytes:
        """Write what the descriptor takes at once; return the rest."""
        while data:
            if not self._has_room():
                return data
            try:
                data = data[os.write(self._descriptor, data[:_PIECE]) :]
            except BlockingIOError:  # somebody else made the descriptor non-blocking
                return data
            except OSError:  # the reader is gone, or the disk behind a redirection is full
                return b""
        return b""

    def _has_room(self, timeout: float = 0.0) -> bool:
        """True when a write of `_PIECE` bytes will not block, or fails at once."""
        return self._poll is None or bool(self._poll.poll(timeout * 1000))

    def _drain(self) -> None:
        while self._queue:
            rest = self._put(self._queue[0])
            self._queued -= len(self._queue[0]) - len(rest)
            if rest:
                self._queue[0] = rest
                return
            self._queue.popleft()
        if self._watcher is not None:
            self._watcher.stop()

    def _watch(self) -> None:
        if not self._queue:
            return
        if self._watcher is None:
            self._watcher = self._loop.io(self._descriptor, 2, ref=False)  # 2: writable
        if not self._watcher.active:
            self._watcher.start(self._drain)


def open_outlet(stream: TextIO | None) -> Outlet:
    """The outlet of a stream; use only one per descriptor, or lines can overtake each other."""
    try:
        descriptor = stream.fileno() if stream is not None else -1
    except (OSError, ValueError):  # io.UnsupportedOperation is both; ValueError: closed
        descriptor = -1
    if stream is None or descriptor < 0:
        return StreamOutlet(stream)
    return DescriptorOutlet(descriptor, stream.encoding or "utf-8")


def _poll(descriptor: int) -> Any:
    """A poll object that waits for room; None where there is no poll."""
    if not hasattr(select, "poll"):  # Windows: consoles and pipes cannot be polled
        return None
    poll = get_original("select", "poll")()  # the patched one would switch greenlets
    poll.register(descriptor, select.POLLOUT)
    return poll
