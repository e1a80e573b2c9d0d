"""A TCP connection as a stream: readiness events on a raw non-blocking socket."""

from __future__ import annotations

import _socket
import logging
import struct
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from gevent import get_hub

from frpg.net import splice
from frpg.net.address import plain
from frpg.net.buffers import give_back, take_buffer
from frpg.net.stream import NO_ADDRESS, Address, Inbox, Sink, Stream
from frpg.proto.stage import Buffer

logger = logging.getLogger(__name__)

_READ, _WRITE = 1, 2  # libev's EV_READ, EV_WRITE
_SMALL = 16384  # bytes of the first read tier; a full read moves to the second
_MAX_VIEWS = 64  # of one sendmsg; the kernel's limit is 1024
_FLUSH_DEADLINE = 30.0  # seconds a closed stream may stand still before it gives up what was written
_LEFT = (7, 8)  # Linux's TCP_CLOSE, TCP_CLOSE_WAIT
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 seconds


class TcpStream(Stream):
    """Owns a raw `_socket.socket`. Holds no buffer and no greenlet while idle."""

    __slots__ = (
        "_backlog", "_broken", "_finishing", "_linger", "_reader", "_sink", "_sock", "_tier", "_timeout", "_writer",
        "is_closed", "remote_addr",
    )  # fmt: skip

    def __init__(self, sock: _socket.socket, remote_addr: Address = NO_ADDRESS) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._sink: Sink | None = None
        self._timeout: float | None = None
        self._reader: Any = None  # io watchers, made when first needed
        self._writer: Any = None
        self._tier = 0  # 0: recv small; 1..: recv_into, counting full reads; from splice.TIER on: splice
        self._linger: Any = None  # the timer of a closed stream that still flushes
        self._backlog: deque[Buffer | splice.PipeRest] | None = None  # written, not yet taken by the kernel
        self._finishing = False
        self._broken = False
        self.is_closed = False
        self.remote_addr = remote_addr

    @property
    def local_addr(self) -> Address:  # type: ignore[override]
        try:
            return plain(self._sock.getsockname())
        except OSError:
            return NO_ADDRESS

    def fileno(self) -> int:
        return self._sock.fileno()

    def has_lost_peer(self) -> bool:
        """Whether the peer has ended its side, also where that waits behind data that nobody reads. Linux only."""
        try:
            state = self._sock.getsockopt(_socket.IPPROTO_TCP, _socket.TCP_INFO, 1)[0]
        except (AttributeError, OSError):
            return False
        return state in _LEFT

    # --- reading

    def resume(self) -> None:
        if self.is_closed or self._broken:
            return
        reader = self._reader
        if reader is None:
            reader = self._reader = get_hub().loop.io(self._sock.fileno(), _READ)
        if not reader.active:
            reader.start(self._on_readable)

    def pause(self) -> None:
        if self._reader is not None:
            self._reader.stop()

    def _on_readable(self) -> None:
        # One read per event: level-triggered readiness comes again, a failed recv costs more.
        try:
            if self._tier == 0:
                data = self._sock.recv(_SMALL)
                if not data:
                    self.end()
                    return
                if len(data) == _SMALL:
                    self._tier = 1
                self._sink.on_data([data], len(data))  # type: ignore[union-attr]
            elif self._tier < splice.TIER or not splice.AVAILABLE or not splice.move(self, self._sink):
                self._read_pooled()
        except BlockingIOError:
            return
        except OSError as error:
            self.fail(error)
        except Exception:
            logger.exception("a reader of %s failed", self.remote_addr)
            self.fail(ConnectionAbortedError("internal error"))

    def _read_pooled(self) -> None:
        buffer = take_buffer()
        try:
            size = self._sock.recv_into(buffer)
            if not size:
                self.end()
                return
            if size < _SMALL:
                self._tier = 0
            elif size >= 65536 and self._tier < splice.TIER:
                self._tier += 1
            with buffer[:size] as view:
                self._sink.on_data([view], size)  # type: ignore[union-attr]
        finally:
            give_back(buffer)

    def note_moved(self, size: int) -> None:
        """A splice moved `size` bytes: a few small ones in a row end the bulk tier."""
        self._tier = splice.TIER + 4 if size >= _SMALL else self._tier - 1

    def end(self) -> None:
        """The peer half-closed."""
        if self._reader is not None:
            self._reader.stop()
        self._sink.on_end()  # type: ignore[union-attr]

    # --- writing

    def write(self, views: Sequence[Buffer]) -> bool:
        if self._backlog is not None or self._broken or self.is_closed:
            return self._write_later(views)
        try:
            if len(views) == 1:
                view = views[0]
                sent = self._sock.send(view)
                if sent == len(view):
                    return True
                self._keep([memoryview(view)[sent:]])
                return False
            if len(views) > _MAX_VIEWS:
                return self.write([b"".join(views)])
            sent = self._sock.sendmsg(views)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.fail_soon(error)
            return False
        for index, view in enumerate(views):
            if sent < len(view):
                self._keep([memoryview(view)[sent:], *views[index + 1 :]])
                return False
            sent -= len(view)
        return True

    def _write_later(self, views: Sequence[Buffer]) -> bool:
        if self._backlog is not None:
            self._backlog.append(b"".join(views))
        return False

    def _keep(self, rest: list[Buffer]) -> None:
        self._backlog = deque((b"".join(rest),))
        self._watch_writable()

    def _watch_writable(self) -> None:
        if self._writer is None:
            self._writer = get_hub().loop.io(self._sock.fileno(), _WRITE)
        self._writer.start(self._on_writable)

    def _on_writable(self) -> None:
        backlog = self._backlog
        if self.is_closed:
            self._tier = 1
        try:
            while backlog:
                rest = backlog[0]
                if isinstance(rest, splice.PipeRest):
                    if not rest.send(self._sock.fileno()):
                        return
                else:
                    sent = self._sock.send(rest)
                    if sent < len(rest):
                        backlog[0] = memoryview(rest)[sent:]
                        return
                backlog.popleft()
        except BlockingIOError:
            return
        except OSError as error:
            self.fail(error)
            return
        self._drained()

    def wait_pipe(self, rest: splice.PipeRest) -> None:
        """Send what is left in a pipe as soon as the kernel takes it; the stream is congested until then."""
        self._backlog = deque((rest,))
        self._watch_writable()

    @property
    def is_congested(self) -> bool:
        return self._backlog is not None or self._broken or self.is_closed

    @property
    def unsent(self) -> int:
        """Bytes written that the kernel has not taken."""
        return sum(map(len, self._backlog or ()))

    def _drained(self) -> None:
        self._writer.stop()
        self._backlog = None
        if self._finishing:
            self._shutdown()
        if self.is_closed:
            self._release()
        elif self._sink is not None:
            self._sink.on_drain()

    def finish(self) -> None:
        self._finishing = True
        if self._backlog is None and not self.is_closed:
            self._shutdown()

    def _shutdown(self) -> None:
        with suppress(OSError):  # reset meanwhile: the reader tells
            self._sock.shutdown(_socket.SHUT_WR)

    # --- the end

    def fail(self, error: OSError) -> None:
        """Tell the sink, once, and stop; the holder still closes."""
        if self._broken or self.is_closed:
            if self.is_closed:
                self._release()
            return
        self._broken = True
        self._drop_backlog()
        self._stop_watchers()
        if self._sink is not None:
            self._sink.on_error(error)

    def fail_soon(self, error: OSError) -> None:
        """As `fail`, for those who must not call the sink now."""
        # The writer may be half-way through parsing: its sink hears of it in the next loop turn.
        get_hub().loop.run_callback(self.fail, error)

    def abort(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            with suppress(OSError):
                self._sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, _RESET_ON_CLOSE)
            self._forget_sink()
            self._release()

    def close(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self._forget_sink()
        if self._backlog is None or self._broken:
            self._release()
            return
        if self._reader is not None:
            self._reader.stop()
        self._linger = get_hub().loop.timer(_FLUSH_DEADLINE, _FLUSH_DEADLINE)
        self._tier = 0
        self._linger.start(self._check_flush)

    def _check_flush(self) -> None:
        moved, self._tier = self._tier, 0  # a closed stream reads no more: the slot counts writes
        if not moved:
            self._release()

    def _forget_sink(self) -> None:
        sink, self._sink = self._sink, None
        if type(sink) is Inbox:
            sink.closed()

    def _release(self) -> None:
        self._stop_watchers()
        self._drop_backlog()
        self._sock.close()

    def _drop_backlog(self) -> None:
        for rest in self._backlog or ():
            if isinstance(rest, splice.PipeRest):
                rest.drop()
        self._backlog = None

    def _stop_watchers(self) -> None:
        for watcher in (self._reader, self._writer, self._linger):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._reader = self._writer = self._linger = None


def set_keepalive(sock: _socket.socket, idle: float | None) -> None:
    """TCP keep-alive after `idle` seconds; None or negative: off. Interval and count are Go's defaults."""
    if idle is None or idle < 0:
        return
    sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", int(idle) or 7200), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 9)):
        if hasattr(_socket, option):  # not everywhere outside Linux
            sock.setsockopt(_socket.IPPROTO_TCP, getattr(_socket, option), value)
