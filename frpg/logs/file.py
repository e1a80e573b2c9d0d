"""Log lines in a file: opened on the first line, rotated at local midnight, old ones deleted."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

from frpg.logs.console import LineHandler

_STAMP = "%Y%m%d-%H%M%S"
_DAY = 86400.0  # seconds


class FileHandler(LineHandler):
    """Owns one file. A fault (disk full, folder gone) loses lines and never reaches the caller.

    `max_days`: days that rotated files are kept, negative for ever. `clock` gives Unix seconds.
    """

    def __init__(self, path: str, *, max_days: int, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.path = Path(path).absolute()  # the working folder may change later
        self._max_days = max_days
        self._clock = clock
        self._descriptor = -1
        self._midnight = 0.0  # when to rotate, Unix seconds
        self._has_complained = False
        self.lost = 0  # lines that could not be written

    def emit(self, record: logging.LogRecord) -> None:
        try:
            data = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
        except Exception:  # wrong arguments in a log call: a bug, and no reason to stop the caller
            self.handleError(record)
            return
        try:
            self._ready()
            os.write(self._descriptor, data)
        except OSError as error:
            self.lost += 1
            self._complain(error)

    def close(self) -> None:
        self._close_file()
        super().close()

    def _ready(self) -> None:
        if self._descriptor >= 0 and self._clock() >= self._midnight:
            self._rotate()
        if self._descriptor < 0:
            self._open(0o600)

    def _open(self, mode: int) -> None:
        with contextlib.suppress(FileExistsError):  # also when it is no folder: opening then says so
            self.path.parent.mkdir(mode=0o755, parents=True)
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mode)
        self._midnight = next_midnight(self._clock())

    def _close_file(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _rotate(self) -> None:
        """Move the file aside, open a new one with the same mode, delete what is too old."""
        ours, midnight = os.fstat(self._descriptor), self._midnight
        if not stat.S_ISREG(ours.st_mode):  # /dev/null or a pipe: nothing to move, and no business of ours
            self._midnight = next_midnight(self._clock())
            return
        self._close_file()
        with contextlib.suppress(OSError):  # the file may be gone
            there = self.path.stat()
            # Another process that logs to the same file may have rotated it already.
            if (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
                self.path.rename(self._backup(midnight))
        self._open(ours.st_mode & 0o777)
        if self._max_days >= 0:
            with contextlib.suppress(OSError):
                self._delete_older(self._clock() - self._max_days * _DAY)

    def _backup(self, when: float) -> Path:
        """A free name for what was written up to `when`."""
        while True:
            stamp = time.strftime(_STAMP, time.localtime(when))
            backup = self.path.with_name(f"{self.path.stem}.{stamp}{self.path.suffix}")
            if not backup.exists():
                return backup
            when += 1

    def _delete_older(self, limit: float) -> None:
        pattern = re.compile(re.escape(self.path.stem) + r"\.(\d{8}-\d{6})" + re.escape(self.path.suffix))
        for entry in self.path.parent.iterdir():
            match = pattern.fullmatch(entry.name)
            with contextlib.suppress(OSError, ValueError, OverflowError):  # ValueError: digits that are no date
                if match and time.mktime(time.strptime(match[1], _STAMP)) < limit:
                    entry.unlink()

    def _complain(self, error: OSError) -> None:
        if not self._has_complained and sys.stderr is not None:
            with contextlib.suppress(OSError, ValueError):
                print(f"cannot write the log file {self.path}: {error.strerror}", file=sys.stderr, flush=True)
        self._has_complained = True


def next_midnight(now: float) -> float:
    """The first local midnight after `now`; Unix seconds. Days have 23 to 25 hours."""
    day = time.localtime(now)
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday + 1, 0, 0, 0, 0, 0, -1))
