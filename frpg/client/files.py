"""Files that are replaced as a whole: a reader, or a crash, meets the old content or the new one, never a part."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path

from gevent import get_hub

_FIXED = (errno.EBUSY, errno.EACCES, errno.EPERM)  # the file is mounted on its own, or its folder not ours to write in


def replace_file(path: Path, data: bytes, *, mode: int, may_overwrite: bool = False) -> None:
    """Write `data`, on the disk when this returns, and readable by whom `mode` allows. Raises OSError.

    Folders that are missing are made. The owner stays the same where the system lets us. A link stays one, and what it
    leads to is replaced. Waits for the disk in a thread of the system, so that no traffic stands still meanwhile.

    Args:
        may_overwrite: write into the old file where no other can take its place, as in a container.
    """
    error = get_hub().threadpool.apply(_outcome, (path.resolve(), data, mode, may_overwrite))
    if error is not None:
        raise error


def _outcome(path: Path, data: bytes, mode: int, may_overwrite: bool) -> OSError | None:
    """In the thread. What is raised there would be printed as well."""
    try:
        if may_overwrite:
            _replace_or_overwrite(path, data, mode)
        else:
            _replace(path, data, mode)
    except OSError as error:
        return error
    return None


def _replace_or_overwrite(path: Path, data: bytes, mode: int) -> None:
    try:
        _replace(path, data, mode)
    except OSError as error:
        if error.errno not in _FIXED or not path.is_file():
            raise
        _overwrite(path, data)


def _overwrite(path: Path, data: bytes) -> None:
    """Not atomic, but a write that fails gives the old content back."""
    with path.open("r+b", buffering=0) as file:
        before = file.read()
        try:
            _write_over(file, data)
        except OSError:
            with suppress(OSError):
                _write_over(file, before)
            raise


def _write_over(file: FileIO, data: bytes) -> None:
    file.seek(0)
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    file.truncate()
    os.fsync(file.fileno())


def _replace(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        _write(temporary, data, mode)
        with suppress(OSError):  # there is none yet, or it is not for us to give files away
            known = path.stat()
            os.chown(temporary, known.st_uid, known.st_gid)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _write(path: Path, data: bytes, mode: int) -> None:
    with suppress(FileNotFoundError):
        path.unlink()  # left by a crash; or a link that somebody laid there
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
        os.fchmod(descriptor, mode)


def _sync_folder(folder: Path) -> None:
    """Have the disk know the new name. Not every file system can, nor every system open a folder."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
