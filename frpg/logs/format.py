"""One log record to one line: `YYYY-MM-DD hh:mm:ss.mmm [I] [dir/file.py:12] [prefix] message`."""

from __future__ import annotations

import logging
import time

TRACE = 5
logging.addLevelName(TRACE, "TRACE")

# Lowest level of each letter, highest first; what is below DEBUG is trace.
_LETTERS = ((logging.ERROR, "E"), (logging.WARNING, "W"), (logging.INFO, "I"), (logging.DEBUG, "D"))

_COLOURS = {"E": "31", "W": "33", "I": "34", "D": "36"}  # ANSI codes as in frp; trace has none


def letter(level: int) -> str:
    for floor, name in _LETTERS:
        if level >= floor:
            return name
    return "T"


def escape(text: str) -> str:
    """`text` with every character that a terminal or a line reader could act upon spelled out (`\\n`, `\\x1b`).

    Names and addresses in a message come from strangers: a raw newline would let them write log lines of their own.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def place(path: str) -> str:
    """The last folder and the file name of a source path."""
    return "/".join(path.replace("\\", "/").rsplit("/", 2)[-2:])


class LineFormatter(logging.Formatter):
    """Local time, milliseconds. The result has no newline at its end; a traceback follows on indented lines."""

    def __init__(self) -> None:
        super().__init__()
        self._second = -1
        self._second_text = ""

    def format(self, record: logging.LogRecord) -> str:
        where = f"{place(record.pathname)}:{record.lineno}"
        head = f"{self._time(record)} [{letter(record.levelno)}] [{where}] {escape(record.getMessage())}"
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        # The indentation keeps text out of an exception from passing for a line of ours.
        lines = [line for text in (record.exc_text, record.stack_info) if text for line in text.split("\n")]
        return "\n".join([head, *("    " + escape(line) for line in lines)])

    def _time(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:  # strftime once per second, not per line
            self._second_text = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
            self._second = second
        return f"{self._second_text}.{int(record.created * 1000) % 1000:03d}"


def coloured(line: str, level: int) -> str:
    """The line with its newline, wrapped in its level's colour; the reset comes after the newline, as frp has it."""
    code = _COLOURS.get(letter(level))
    return f"\x1b[1;{code}m{line}\n\x1b[0m" if code else line + "\n"
