"""One record, one line, whatever strangers put into it."""

import logging
import re
import sys
import time

import pytest

from frpg.logs import TRACE, LineFormatter
from frpg.logs.format import coloured, escape, letter, place


def record(
    message: str, *args: object, level: int = logging.INFO, created: float = 1714550400.123
) -> logging.LogRecord:
    made = logging.LogRecord("frpg.x", level, "/a/b/client/control.py", 165, message, args, None)
    made.created = created
    return made


def test_a_line_has_time_level_place_and_message() -> None:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(1714550400))
    line = LineFormatter().format(record("start %s success", "proxy"))
    assert line == f"{when}.123 [I] [client/control.py:165] start proxy success"


@pytest.mark.parametrize(("fraction", "text"), [(0.0, ".000"), (0.0004, ".000"), (0.25, ".250"), (0.9999, ".999")])
def test_milliseconds_are_cut_not_rounded(fraction: float, text: str) -> None:
    formatter = LineFormatter()
    for second in (1714550400, 1714550401, 1714550400):
        line = formatter.format(record("x", created=second + fraction))
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
        assert line.startswith(when + text + " ")


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (TRACE, "T"),
        (logging.DEBUG, "D"),
        (logging.INFO, "I"),
        (logging.WARNING, "W"),
        (logging.ERROR, "E"),
        (logging.CRITICAL, "E"),
    ],
)
def test_letters(level: int, name: str) -> None:
    assert letter(level) == name


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain ünï 中文 ☃", "plain ünï 中文 ☃"),
        ("a\nb\r\n", "a\\nb\\r\\n"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b2J", "\\x9b2J"),
        ("\x00\x07\x08\x7f", "\\x00\\x07\\x08\\x7f"),
        ("a\u2028b\x85", "a\\u2028b\\x85"),
        ("\u202eevil", "\\u202eevil"),
        ("\udcff", "\\udcff"),
    ],
)
def test_characters_that_do_something_are_spelled_out(text: str, escaped: str) -> None:
    assert escape(text) == escaped


def test_a_peer_cannot_write_a_line_of_its_own() -> None:
    name = "x\n2024-05-01 10:00:00.123 [I] [server/control.py:1] client logged in"
    assert "\n" not in LineFormatter().format(record("new proxy [%s]", name))


def test_no_part_of_an_exception_passes_for_a_line() -> None:
    made = record("failed", level=logging.ERROR)
    try:
        raise ValueError("boom\n2024-05-01 10:00:00.123 [I] [a/b.py:1] all is well\x1b[0m")
    except ValueError:
        made.exc_info = sys.exc_info()
    first, *others = LineFormatter().format(made).split("\n")
    assert first.endswith("failed")
    assert len(others) > 2
    assert all(line.startswith("    ") and line.isprintable() for line in others)
    assert any("ValueError: boom" in line for line in others)


@pytest.mark.parametrize(
    ("path", "short"), [("/a/b/c.py", "b/c.py"), ("C:\\a\\b\\c.py", "b/c.py"), ("b/c.py", "b/c.py"), ("c.py", "c.py")]
)
def test_the_place_is_the_last_folder_and_the_file(path: str, short: str) -> None:
    assert place(path) == short


@pytest.mark.parametrize(
    ("level", "code"), [(logging.DEBUG, 36), (logging.INFO, 34), (logging.WARNING, 33), (logging.ERROR, 31)]
)
def test_the_colour_wraps_the_newline(level: int, code: int) -> None:
    assert coloured("x", level) == f"\x1b[1;{code}mx\n\x1b[0m"


def test_trace_has_no_colour() -> None:
    assert coloured("x", TRACE) == "x\n"


def test_the_shape_is_the_one_operators_match() -> None:
    shape = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \[[TDIWE]\] \[[^\[\]/]+/[^\[\]/]+:\d+\] .*"
    assert re.fullmatch(shape, LineFormatter().format(record("message", created=time.time())))
