"""From the options under `log` to the handler all loggers of the program share."""

from __future__ import annotations

import logging
import sys
from typing import Protocol

from frpg.logs.console import ConsoleHandler
from frpg.logs.file import FileHandler
from frpg.logs.format import TRACE, LineFormatter

LEVELS = {
    "trace": TRACE,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}


class LogConfig(Protocol):
    """The options read here; `LogConfig` of `frpg.config` has them."""

    to: str  # "console", or the path of a file
    level: str
    max_days: int  # rotated files are kept this long; negative: for ever
    disable_print_color: bool


def setup(config: LogConfig) -> None:
    """Send the log of the whole process where `config` says; a second call replaces what the first one set.

    Raises:
        ValueError: unknown level.
    """
    if config.level not in LEVELS:
        raise ValueError(f"invalid log level, optional values are [{' '.join(LEVELS)}]")
    handler: logging.Handler
    if config.to in ("", "console"):
        handler = ConsoleHandler(sys.stdout, colour=not config.disable_print_color)
    else:
        handler = FileHandler(config.to, max_days=config.max_days)
    handler.setFormatter(LineFormatter())
    # On the root logger, so that the warnings of libraries land in the same place; their chatter does not.
    # No line tells them, and each record would look them up.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, ConsoleHandler | FileHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    logging.getLogger("frpg").setLevel(LEVELS[config.level])
