"""Loggers whose messages begin with bracketed context: `[run id] [proxy name] message`."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

_Adapter = logging.LoggerAdapter[logging.Logger]


class PrefixedLogger(_Adapter):
    """A logger with prefixes; used like a logger."""

    tells_prefixes = False  # whether records have them as `record.prefixes` too: those of JSON lines, at some cost

    def __init__(self, logger: logging.Logger, prefixes: tuple[str, ...]) -> None:
        super().__init__(logger, {})
        self.prefixes = prefixes
        self._text = prefix_text(prefixes)
        self._pattern = self._text.replace("%", "%%")

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        if not self.isEnabledFor(level):
            return
        # A prefix may hold a % (proxy names do); it must not take part in the formatting of the arguments.
        prefix = self._pattern if args else self._text
        if self.tells_prefixes:
            kwargs["extra"] = {**(kwargs.get("extra") or {}), "prefixes": self.prefixes}
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1  # this frame is not the place to report
        self.logger.log(level, f"{prefix}{msg}", *args, **kwargs)


def prefix_text(prefixes: Iterable[str]) -> str:
    """What stands in front of a message."""
    return "".join(f"[{prefix}] " for prefix in prefixes)


def prefixed(logger: logging.Logger | _Adapter, *prefixes: str) -> PrefixedLogger:
    """`logger` with more prefixes, after those it has; empty ones are left out."""
    wanted = tuple(prefix for prefix in prefixes if prefix)
    if isinstance(logger, PrefixedLogger):
        return PrefixedLogger(logger.logger, logger.prefixes + wanted)
    return PrefixedLogger(logger.logger if isinstance(logger, logging.LoggerAdapter) else logger, wanted)
