"""From the options under `log` to the handler all loggers of the program share."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Protocol

from frpg.logs.console import ConsoleHandler
from frpg.logs.file import FileHandler
from frpg.logs.format import TRACE, LineFormatter
from frpg.logs.prefix import PrefixedLogger

LEVELS = {
    "trace": TRACE,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
FORMATS = ("text", "json")

_Handler = ConsoleHandler | FileHandler


class LogConfig(Protocol):
    """The options read here; `LogConfig` of `frpg.config` has them."""

    to: str  # "console", or the path of a file
    level: str
    format: str
    max_days: int  # rotated files are kept this long; negative: for ever
    disable_print_color: bool


def setup(config: LogConfig) -> None:
    """Send the log of the whole process where `config` says.

    Each further call replaces what the one before set, also while others log: a file is closed and opened again by the
    next line, so that one which was moved aside is let go.

    Raises:
        ValueError: unknown level or format; nothing has changed then.
    """
    if config.format not in FORMATS:
        raise ValueError(f"invalid log format, optional values are [{' '.join(FORMATS)}]")
    set_level(config.level)
    # No line tells them, and each record would look them up.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # On the root logger, so that the warnings of libraries land in the same place; their chatter does not.
    root = logging.getLogger()
    old = [handler for handler in root.handlers if isinstance(handler, _Handler)]
    handler = _handler(config, old)
    handler.setFormatter(_formatter(config.format))
    PrefixedLogger.tells_prefixes = config.format == "json"
    root.addHandler(handler)
    for other in old:
        if other is not handler:
            root.removeHandler(other)
            other.close()


def set_level(word: str) -> None:
    """Change what is logged from now on. Raises ValueError for another word than those of `LEVELS`."""
    if word not in LEVELS:
        raise ValueError(f"invalid log level, optional values are [{' '.join(LEVELS)}]")
    logging.getLogger("frpg").setLevel(LEVELS[word])


def level() -> str:
    """The word for what is logged now."""
    now = logging.getLogger("frpg").getEffectiveLevel()
    return next((word for word, floor in LEVELS.items() if now <= floor), "error")


def lines_lost() -> int:
    """How many lines the present log has lost: nobody was reading, or the disk was full."""
    return sum(handler.lost for handler in logging.getLogger().handlers if isinstance(handler, _Handler))


def _handler(config: LogConfig, old: Sequence[_Handler]) -> _Handler:
    if config.to not in ("", "console"):
        return FileHandler(config.to, max_days=config.max_days)
    colour = not config.disable_print_color and config.format == "text"
    for handler in old:
        # Kept, with the lines that wait in it: two that write to one descriptor could overtake each other.
        if isinstance(handler, ConsoleHandler) and handler.stream is sys.stdout:
            handler.colour = colour
            return handler
    return ConsoleHandler(sys.stdout, colour=colour)


def _formatter(name: str) -> logging.Formatter:
    if name == "text":
        return LineFormatter()
    from frpg.logs.json_lines import JsonFormatter

    return JsonFormatter()
