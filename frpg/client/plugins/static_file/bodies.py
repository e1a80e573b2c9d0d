"""The content of answers: parts of files, compressed files, pages that take a while to make.

What has to wait for a disk, or keeps a processor busy, is done in a thread of the system, so that no other traffic
stands still.
"""

from __future__ import annotations

import errno
import os
import zlib
from collections.abc import Callable, Iterable

from gevent import get_hub

from frpg.client.plugins.static_file.folder import close_now
from frpg.proto.stage import Buffer

PIECE = 131072  # bytes read at once
LEVEL = 5  # of compression: the next ones take a third more time for a hundredth of the size

NOWAIT: int | None = getattr(os, "RWF_NOWAIT", None)


class FileBody:
    """Parts of an open file, which it owns, and bytes between them."""

    __slots__ = ("_descriptor", "_may_wait", "_parts")

    def __init__(self, descriptor: int, parts: Iterable[bytes | range]) -> None:
        self._descriptor = descriptor
        self._parts = [*parts]
        self._parts.reverse()
        self._may_wait = NOWAIT is None  # nobody can tell what is in memory

    def read(self) -> Buffer | None:
        """See Body."""
        return self._next(self._read_cached)

    def wait(self) -> Buffer:
        """See Body."""
        data = self._next(self._read_slowly)
        assert data is not None
        return data

    def _next(self, read: Callable[[int, int], Buffer | None]) -> Buffer | None:
        while self._parts:
            part = self._parts[-1]
            if isinstance(part, bytes):
                return self._parts.pop()  # type: ignore[return-value]
            if part:
                data = read(min(len(part), PIECE), part.start)
                if data is None:
                    return None
                if not data:
                    raise OSError(errno.EIO, "the file has become shorter")
                self._parts[-1] = part[len(data) :]
                return data
            self._parts.pop()
        return b""

    def _read_cached(self, size: int, offset: int) -> Buffer | None:
        """None: it is not in memory."""
        if self._may_wait or NOWAIT is None:
            return os.pread(self._descriptor, size, offset)
        data = bytearray(size)
        try:
            got = os.preadv(self._descriptor, [data], offset, NOWAIT)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            self._may_wait = True  # a file system in memory, mostly
            return os.pread(self._descriptor, size, offset)
        if got < size:
            del data[got:]
        return data

    def _read_slowly(self, size: int, offset: int) -> Buffer:
        return in_thread(lambda: os.pread(self._descriptor, size, offset))

    def close(self) -> None:
        """See Body."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            close_now(descriptor)


class GzipBody:
    """The first `size` bytes of an open file, which it owns, compressed."""

    __slots__ = ("_compressor", "_descriptor", "_offset", "_size")

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._offset = 0
        self._size = size
        self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def read(self) -> Buffer | None:
        """See Body."""
        return b"" if self._offset < 0 else None

    def wait(self) -> Buffer:
        """See Body."""
        return in_thread(self._next)

    def _next(self) -> bytes:
        """The next piece that comes out; in the thread."""
        out = b""
        while not out and self._offset < self._size:
            data = os.pread(self._descriptor, min(PIECE, self._size - self._offset), self._offset)
            if not data:
                raise OSError(errno.EIO, "the file has become shorter")
            self._offset += len(data)
            out = self._compressor.compress(data)
        if self._offset >= self._size:
            self._offset = -1
            out += self._compressor.flush()
        return out

    def close(self) -> None:
        """See Body."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            close_now(descriptor)


class PageBody:
    """What `make` returns, which is called in a thread; `done` is called when it is not needed any more."""

    __slots__ = ("_done", "_make")

    def __init__(self, make: Callable[[], bytes], done: Callable[[], None] | None = None) -> None:
        self._make: Callable[[], bytes] | None = make
        self._done = done

    def read(self) -> Buffer | None:
        """See Body."""
        return b"" if self._make is None else None

    def wait(self) -> Buffer:
        """See Body."""
        make, self._make = self._make, None
        return b"" if make is None else in_thread(make)

    def close(self) -> None:
        """See Body."""
        done, self._done = self._done, None
        if done is not None:
            done()


class MemoryBody:
    """Pieces that are here."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = [*pieces]
        self._pieces.reverse()

    def read(self) -> Buffer:
        """See Body."""
        return self._pieces.pop() if self._pieces else b""

    wait = read

    def close(self) -> None:
        """See Body."""


def in_thread(function: Callable[[], bytes]) -> bytes:
    """What `function` returns, which must not touch anything of gevent. Raises its OSError."""
    result: bytes | OSError = get_hub().threadpool.apply(_outcome, (function,))
    if isinstance(result, OSError):
        raise result
    return result


def _outcome(function: Callable[[], bytes]) -> bytes | OSError:
    """What is raised in a thread of gevent's would be printed as well."""
    try:
        return function()
    except OSError as error:
        return error
