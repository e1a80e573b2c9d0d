"""One log record to one JSON object on one line, for programs that collect logs."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping

from frpg.logs.format import place
from frpg.logs.prefix import prefix_text
from frpg.logs.setup import LEVELS


class JsonFormatter(logging.Formatter):
    """Keys: time (RFC 3339, local, milliseconds), level, place, prefixes, message, and exception when there is one.

    More come from `record.fields`, a flat dict, but take the place of none of these. All but printable ASCII is
    escaped, so that nothing in a message can end the line or reach a terminal.
    """

    def __init__(self) -> None:
        super().__init__()
        self._second = -1
        self._second_text = ("", "")  # what stands before and behind the milliseconds

    def format(self, record: logging.LogRecord) -> str:
        prefixes: tuple[str, ...] = getattr(record, "prefixes", ())
        line: dict[str, object] = {
            "time": self._time(record),
            "level": word(record.levelno),
            "place": f"{place(record.pathname)}:{record.lineno}",
            "prefixes": prefixes,
            "message": record.getMessage().removeprefix(prefix_text(prefixes)),
        }
        if exception := self._exception(record):
            line["exception"] = exception
        fields: Mapping[str, object] = getattr(record, "fields", {})
        line |= {key: value for key, value in fields.items() if key not in line}
        return json.dumps(line, separators=(",", ":"), default=str)

    def _exception(self, record: logging.LogRecord) -> str:
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        return "\n".join(text for text in (record.exc_text, record.stack_info) if text)

    def _time(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:  # strftime once per second, not per line
            zone = time.strftime("%z", time.localtime(second))
            head = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(second))
            self._second_text = head, f"{zone[:3]}:{zone[3:]}"
            self._second = second
        head, zone = self._second_text
        return f"{head}.{int(record.created * 1000) % 1000:03d}{zone}"


def word(level: int) -> str:
    """The word of the configuration for a level."""
    return next((name for name, floor in reversed(LEVELS.items()) if level >= floor), "trace")
