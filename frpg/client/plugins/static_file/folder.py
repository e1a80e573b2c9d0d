"""A folder that nothing leads out of: neither dots nor links, not even links made while we look."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from gevent.monkey import get_original

# gevent puts its own `os.close` in place of this one, which waits for those that poll the descriptor: nobody does here,
# and in the hub nothing may wait.
close_now = get_original("os", "close")

MAX_LINKS = 40  # on the way to one file

_THROUGH = os.O_DIRECTORY | getattr(os, "O_PATH", os.O_RDONLY)  # to go on from; O_PATH asks for no right to read
_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# A file may become a FIFO between a look at it and its opening: not to wait for a writer.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


@dataclass(frozen=True, slots=True)
class Found:
    """An open file or folder. Whoever has it closes it."""

    descriptor: int
    info: os.stat_result

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.info.st_mode)

    def close(self) -> None:
        close_now(self.descriptor)


class Folder:
    """Opened anew for each file, so that another one may be put in its place."""

    def __init__(self, path: str) -> None:
        self._path = os.fsencode(path)

    def find(self, names: Sequence[bytes]) -> Found:
        """What is at this path below the folder. Raises OSError: FileNotFoundError too for what leads out of it.

        Step by step, each in the folder that the last one has opened: links are read here, not by the system.
        """
        for _ in range(MAX_LINKS):
            found = self._walk(names)
            if isinstance(found, Found):
                return found
            names = found
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))

    def _walk(self, names: Sequence[bytes]) -> Found | list[bytes]:
        """What is there; or, at the first link, the names to try in place of these."""
        if not names:
            return _open(self._path, _LIST & ~os.O_NOFOLLOW, None)
        place = os.open(self._path, _THROUGH)
        try:
            for at, name in enumerate(names):
                if name == b"..":
                    return _up(names, at)
                info = os.stat(name, dir_fd=place, follow_symlinks=False)
                if stat.S_ISLNK(info.st_mode):
                    return self._behind(os.readlink(name, dir_fd=place), names, at)
                if at == len(names) - 1:
                    return _open_last(name, info, place)
                place = _step(name, place)
        finally:
            close_now(place)
        raise AssertionError("unreachable")

    def _behind(self, target: bytes, names: Sequence[bytes], at: int) -> list[bytes]:
        """`names` with the link's target in place of the one at `at`."""
        before = list(names[:at])
        if target.startswith(b"/"):
            before, target = [], self._below(target)
        return [*before, *split(target), *names[at + 1 :]]

    def _below(self, target: bytes) -> bytes:
        """An absolute path as one from the folder. Raises FileNotFoundError: it leads elsewhere."""
        for base in (os.path.realpath(self._path), os.path.abspath(self._path)):  # noqa: PTH100
            if target == base or target.startswith(base.rstrip(b"/") + b"/"):
                return target[len(base) :]
        raise outside()


def split(path: bytes) -> list[bytes]:
    """The names in a path; `..` is one of them."""
    return [name for name in path.split(b"/") if name not in (b"", b".")]


def outside() -> FileNotFoundError:
    """Nobody is told what is outside."""
    return FileNotFoundError(errno.ENOENT, "outside of the folder")


def _up(names: Sequence[bytes], at: int) -> list[bytes]:
    """What is before `at` are folders, no links: to leave the last one undoes it."""
    if not at:
        raise outside()
    return [*names[: at - 1], *names[at + 1 :]]


def _step(name: bytes, place: int) -> int:
    """Open the folder `name` and close `place`, which it is in."""
    below = os.open(name, _THROUGH | os.O_NOFOLLOW, dir_fd=place)
    close_now(place)
    return below


def _open_last(name: bytes, info: os.stat_result, place: int) -> Found:
    if stat.S_ISDIR(info.st_mode):
        return _open(name, _LIST, place)
    if not stat.S_ISREG(info.st_mode):  # opening a device may set something off
        raise FileNotFoundError(errno.ENOENT, "neither a file nor a folder")
    return _open(name, _READ, place)


def _open(name: bytes, flags: int, place: int | None) -> Found:
    descriptor = os.open(name, flags, dir_fd=place)
    try:
        info = os.fstat(descriptor)
        if not (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)):
            raise FileNotFoundError(errno.ENOENT, "neither a file nor a folder")
    except BaseException:
        close_now(descriptor)
        raise
    return Found(descriptor, info)
