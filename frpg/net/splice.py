"""The third read tier: bulk between two TCP sockets stays in the kernel. Where splice is missing, copies serve."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from gevent.monkey import get_original

if TYPE_CHECKING:
    from frpg.net.stream import Sink
    from frpg.net.tcp import TcpStream

TIER = 4  # full reads in a row before a stream is thought to carry bulk
_PIPE_SIZE = 1 << 20
_MAX_IDLE_PIPES = 32  # an unprivileged user has 64 MiB of pipe pages

_close_fd = get_original("os", "close")  # the patched one looks for watchers first, and may put the close off

_Pipe = tuple[int, int]
_idle: list[_Pipe] = []
_FLAGS = getattr(os, "SPLICE_F_NONBLOCK", 0) | getattr(os, "SPLICE_F_MOVE", 0)
AVAILABLE = hasattr(os, "splice")


class PipeRest:
    """What the kernel did not take yet, in a pipe that this object owns."""

    __slots__ = ("_pipe", "_size")

    def __init__(self, pipe: _Pipe, size: int) -> None:
        self._pipe = pipe
        self._size = size

    def __len__(self) -> int:
        return self._size

    def send(self, fd: int) -> bool:
        """True when all is sent; the pipe is then given back. Raises OSError, BlockingIOError."""
        self._size -= os.splice(self._pipe[0], fd, self._size, flags=_FLAGS)
        if self._size:
            return False
        _give_back(self._pipe)
        return True

    def drop(self) -> None:
        _close(self._pipe)  # a pipe goes back to its pool only when empty


def move(source: TcpStream, sink: Sink | None) -> bool:
    """Move once what `source` has to the socket behind `sink`. False: not possible here, read it instead.

    Raises BlockingIOError when nothing is there, OSError when the source failed.
    """
    target: Any = getattr(sink, "splice_target", None)
    if target is None or target.is_congested:
        return False
    pipe = _take()
    if pipe is None:
        return False
    try:
        size = os.splice(source.fileno(), pipe[1], _PIPE_SIZE, flags=_FLAGS)
    except OSError:
        _give_back(pipe)
        raise
    if not size:
        _give_back(pipe)
        source.end()
        return True
    source.note_moved(size)
    sink.on_moved(size)  # type: ignore[union-attr]
    if not _pass_on(pipe, size, target):
        source.pause()
    return True


def _pass_on(pipe: _Pipe, size: int, target: TcpStream) -> bool:
    sent = 0
    try:
        sent = os.splice(pipe[0], target.fileno(), size, flags=_FLAGS)
    except BlockingIOError:
        pass
    except OSError as error:
        _close(pipe)
        target.fail_soon(error)
        return False
    if sent == size:
        _give_back(pipe)
        return True
    target.wait_pipe(PipeRest(pipe, size - sent))
    return False


def _take() -> _Pipe | None:
    try:
        return _idle.pop()
    except IndexError:
        pass
    try:
        pipe = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # out of descriptors: copying still works
        return None
    try:
        import fcntl

        fcntl.fcntl(pipe[1], 1031, _PIPE_SIZE)  # F_SETPIPE_SZ
    except OSError:  # over the user's limit of pipe pages
        _close(pipe)
        return None
    return pipe


def _give_back(pipe: _Pipe) -> None:
    if len(_idle) < _MAX_IDLE_PIPES:
        _idle.append(pipe)
    else:
        _close(pipe)


def _close(pipe: _Pipe) -> None:
    _close_fd(pipe[0])
    _close_fd(pipe[1])


def close_idle() -> None:
    """Give back the descriptors of the pipes that nobody uses now."""
    while _idle:
        _close(_idle.pop())
