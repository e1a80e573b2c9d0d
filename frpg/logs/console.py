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
        self.outlet = outlet or open_outlet(stream)
        self._colour = colour

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # wrong arguments in a log call: a bug, and no reason to stop the caller
            self.handleError(record)
            return
        if self.outlet.lost and not self.outlet.is_congested:
            lost, self.outlet.lost = self.outlet.lost, 0
            self._write(f"({lost} lines before this one are lost: nobody was reading)", logging.WARNING)
        self._write(line, record.levelno)

    def _write(self, line: str, level: int) -> None:
        self.outlet.write(coloured(line, level) if self._colour else line + "\n")

    def close(self) -> None:
        self.outlet.flush(0.0)
        super().close()
