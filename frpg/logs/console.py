"""Log lines on standard output, flushed line by line, coloured by level unless told otherwise."""

from __future__ import annotations

import logging
from typing import TextIO

from gevent.monkey import get_original

from frpg.logs.format import coloured
from frpg.logs.outlet import Outlet, open_outlet


class LineHandler(logging.Handler):
    """A handler whose lock is the system's own: `emit` never yields, and library threads may log too."""

    def createLock(self) -> None:
        self.lock = get_original("threading", "RLock")()


class ConsoleHandler(LineHandler):
    """Owns the outlet of one stream. Lines a stalled reader made us drop are counted, and told once it reads again."""

    def __init__(self, stream: TextIO | None, *, colour: bool, outlet: Outlet | None = None) -> None:
        super().__init__()
        self.stream = stream
        self.colour = colour
        self.outlet = outlet or open_outlet(stream)
        self._told = 0  # lost lines that the log has told of

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # wrong arguments in a log call: a bug, and no reason to stop the caller
            self.handleError(record)
            return
        if self.outlet.lost and not self.outlet.is_congested:
            lost, self.outlet.lost = self.outlet.lost, 0
            self._told += lost
            self._write(self.format(_loss(lost)), logging.WARNING)
        self._write(line, record.levelno)

    @property
    def lost(self) -> int:
        """Lines that nobody will read, all in all."""
        return self._told + self.outlet.lost

    def _write(self, line: str, level: int) -> None:
        self.outlet.write(coloured(line, level) if self.colour else line + "\n")

    def close(self) -> None:
        self.outlet.flush(0.0)
        self.outlet.close()
        super().close()


def _loss(lines: int) -> logging.LogRecord:
    text = "(%d lines before this one are lost: nobody was reading)"
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, (lines,), None)
