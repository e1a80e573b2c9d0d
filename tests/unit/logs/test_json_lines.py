"""One record, one object on one line."""

import json
import logging
import re
import sys
import time
from datetime import datetime
from typing import Any

import pytest

from frpg.logs import TRACE
from frpg.logs.json_lines import JsonFormatter, word


def record(message: str, *args: object, level: int = logging.INFO, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("frpg.x", level, "/a/b/client/control.py", 165, message, args, None)
    made.created = 1714550400.123
    made.__dict__.update(more)
    return made


def line(made: logging.LogRecord) -> dict[str, Any]:
    text = JsonFormatter().format(made)
    assert text.isascii() and text.isprintable() and text.startswith('{"time":"')
    found: dict[str, Any] = json.loads(text)
    return found


def test_an_object_has_time_level_place_prefixes_and_message() -> None:
    found = line(record("[r] [ssh] start %s success", "proxy", prefixes=("r", "ssh")))
    assert list(found) == ["time", "level", "place", "prefixes", "message"]
    assert found["level"] == "info"
    assert found["place"] == "client/control.py:165"
    assert (found["prefixes"], found["message"]) == (["r", "ssh"], "start proxy success")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns"])
def test_the_time_is_local_and_says_where(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        text = line(record("x"))["time"]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert re.fullmatch(r"2024-\d\d-\d\dT\d\d:\d\d:\d\d\.123[+-]\d\d:\d\d", text)
    assert datetime.fromisoformat(text).timestamp() == pytest.approx(1714550400.123)


def test_the_second_is_that_of_the_record() -> None:
    formatter = JsonFormatter()
    times = []
    for created in (1714550400.5, 1714550401.25, 1714550400.75):
        made = record("x")
        made.created = created
        times.append(datetime.fromisoformat(json.loads(formatter.format(made))["time"]).timestamp())
    assert times == [1714550400.5, 1714550401.25, 1714550400.75]


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (TRACE, "trace"),
        (logging.DEBUG, "debug"),
        (logging.INFO, "info"),
        (logging.WARNING, "warn"),
        (logging.ERROR, "error"),
        (logging.CRITICAL, "error"),
        (1, "trace"),
    ],
)
def test_words_of_levels(level: int, name: str) -> None:
    assert word(level) == name


def test_whatever_strangers_write_stays_on_one_line_and_comes_back() -> None:
    text = 'a\nb\r\x1b[2J\x00\u2028\x85\x7f"\\ ünï 中文 \U0001f600 \udcff </script>'
    found = line(record("%s", text, prefixes=(text,), fields={"reason": text}))
    assert (found["message"], found["prefixes"], found["reason"]) == (text, [text], text)


def test_a_message_that_only_looks_as_if_it_had_prefixes_is_left_alone() -> None:
    assert line(record("[r] x"))["message"] == "[r] x"
    assert line(record("[r] [r] x", prefixes=("r",)))["message"] == "[r] x"


def test_an_exception_is_one_text() -> None:
    try:
        raise ValueError("a\nb")
    except ValueError:
        made = record("broken", level=logging.ERROR)
        made.exc_info = sys.exc_info()
    made.stack_info = "Stack (most recent call last):"
    exception = line(made)["exception"]
    assert exception.startswith("Traceback (most recent call last):\n  File")
    assert "ValueError: a\nb" in exception
    assert exception.endswith("\nStack (most recent call last):")


def test_fields_come_along_and_replace_nothing() -> None:
    found = line(record("refused", fields={"ip": "::1", "port": 7, "level": "error", "message": "forged"}))
    assert (found["ip"], found["port"]) == ("::1", 7)
    assert (found["level"], found["message"]) == ("info", "refused")
