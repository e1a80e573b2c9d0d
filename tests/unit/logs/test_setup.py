"""From the options under `log` to lines in their place."""

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gevent
import psutil
import pytest

from frpg.logs import TRACE, PrefixedLogger, prefixed, set_level, setup
from frpg.logs import level as current_level
from frpg.logs.console import ConsoleHandler, LineHandler
from frpg.logs.outlet import StreamOutlet


@dataclass
class Options:
    to: str = "console"
    level: str = "info"
    format: str = "text"
    max_days: int = 3
    disable_print_color: bool = True


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    ours, root = logging.getLogger("frpg"), logging.getLogger()
    level, handlers = ours.level, list(root.handlers)
    yield
    PrefixedLogger.tells_prefixes = False
    ours.setLevel(level)
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()


LOGGER = logging.getLogger("frpg.server.control")


def test_the_console_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Options())
    LOGGER.info("hello")
    out, err = capsys.readouterr()
    assert out.endswith("] hello\n")
    assert "\x1b" not in out
    assert err == ""


def test_colours_unless_disabled(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Options(disable_print_color=False))
    LOGGER.warning("careful")
    out = capsys.readouterr().out
    assert out.startswith("\x1b[1;33m2")
    assert out.endswith("careful\n\x1b[0m")


def test_a_file_is_never_coloured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setup(Options(to=str(tmp_path / "a.log"), disable_print_color=False))
    LOGGER.error("broken")
    text = (tmp_path / "a.log").read_text()
    assert text.endswith(" broken\n") and "\x1b" not in text
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("level", "letters"), [("trace", "TDIWE"), ("debug", "DIWE"), ("info", "IWE"), ("warn", "WE"), ("error", "E")]
)
def test_levels(level: str, letters: str, capsys: pytest.CaptureFixture[str]) -> None:
    setup(Options(level=level))
    assert current_level() == level
    for number in (TRACE, logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        LOGGER.log(number, "x")
    assert "".join(line.split("[")[1][0] for line in capsys.readouterr().out.splitlines()) == letters


def test_an_unknown_level() -> None:
    with pytest.raises(ValueError) as caught:
        setup(Options(level="INFO"))
    assert str(caught.value) == "invalid log level, optional values are [trace debug info warn error]"


def test_a_second_call_replaces_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setup(Options(to=str(tmp_path / "a.log")))
    LOGGER.info("one")
    setup(Options())
    LOGGER.info("two")
    assert (tmp_path / "a.log").read_text().endswith("one\n")
    assert capsys.readouterr().out.count("\n") == 1
    assert len([h for h in logging.getLogger().handlers if isinstance(h, LineHandler)]) == 1


def test_libraries_may_warn_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Options(level="trace"))
    library = logging.getLogger("some.package")
    library.info("chatter")
    library.warning("trouble")
    out = capsys.readouterr().out
    assert "trouble" in out and "chatter" not in out


def test_a_wrong_log_call_does_not_stop_the_caller(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler = ConsoleHandler(io.StringIO(), colour=False)
    handler.handle(logging.LogRecord("x", logging.INFO, "x.py", 1, "%d", ("no number",), None))
    assert capsys.readouterr().err == ""


def test_lost_lines_are_told_when_the_reader_is_back() -> None:
    stream = io.StringIO()
    outlet = StreamOutlet(stream)
    handler = ConsoleHandler(None, colour=False, outlet=outlet)
    outlet.lost = 7
    for text in ("a", "b"):
        handler.handle(logging.LogRecord("x", logging.INFO, "x.py", 1, text, (), None))
    assert stream.getvalue() == "(7 lines before this one are lost: nobody was reading)\na\nb\n"


def test_a_console_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    setup(Options())
    LOGGER.info("nobody hears")


def test_the_level_changes_at_run_time(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Options(level="warn"))
    LOGGER.info("one")
    set_level("debug")
    LOGGER.debug("two")
    with pytest.raises(ValueError) as caught:
        set_level("loud")
    assert str(caught.value) == "invalid log level, optional values are [trace debug info warn error]"
    assert current_level() == "debug"
    out = capsys.readouterr().out
    assert "two" in out and "one" not in out


def test_json_lines_on_the_console_have_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    setup(Options(format="json", disable_print_color=False))
    prefixed(LOGGER, "r", "ssh").info("start", extra={"fields": {"port": 7}})
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["prefixes"], found["message"], found["port"]) == (["r", "ssh"], "start", 7)
    assert found["place"].startswith("logs/test_setup.py:")
    setup(Options(disable_print_color=False))
    prefixed(LOGGER, "r").info("start", extra={"fields": {"port": 7}})
    out = capsys.readouterr().out
    assert out.startswith("\x1b[1;34m2") and out.endswith("] [r] start\n\x1b[0m")


def test_json_lines_in_a_file(tmp_path: Path) -> None:
    setup(Options(to=str(tmp_path / "a.log"), format="json"))
    LOGGER.error("a\nb")
    assert json.loads((tmp_path / "a.log").read_text())["message"] == "a\nb"


def test_an_unknown_format_changes_nothing() -> None:
    setup(Options(level="warn"))
    with pytest.raises(ValueError) as caught:
        setup(Options(format="xml", level="debug"))
    assert str(caught.value) == "invalid log format, optional values are [text json]"
    assert current_level() == "warn"


def test_lost_lines_are_told_in_the_format_of_the_others() -> None:
    setup(Options(format="json"))
    (handler,) = (h for h in logging.getLogger().handlers if isinstance(h, ConsoleHandler))
    stream = io.StringIO()
    handler.outlet = StreamOutlet(stream)
    handler.outlet.lost = 7
    LOGGER.info("a")
    told, line = map(json.loads, stream.getvalue().splitlines())
    assert told["message"] == "(7 lines before this one are lost: nobody was reading)"
    assert (told["level"], line["message"]) == ("warn", "a")


def test_a_file_that_was_moved_aside_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    setup(Options(to=str(path)))
    LOGGER.info("one")
    path.rename(tmp_path / "a.log.1")
    setup(Options(to=str(path)))
    LOGGER.info("two")
    assert (tmp_path / "a.log.1").read_text().endswith("one\n")
    assert path.read_text().endswith("two\n")


def test_no_descriptor_is_left_however_often_it_is_called(tmp_path: Path) -> None:
    before = psutil.Process().num_fds()
    for _ in range(20):
        for options in (Options(to=str(tmp_path / "a.log")), Options(), Options(to=str(tmp_path / "b.log"))):
            setup(options)
            LOGGER.info("x")
    assert psutil.Process().num_fds() <= before + 1


def test_lines_that_wait_for_the_reader_outlive_a_second_call(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as incoming, os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        setup(Options())
        while not any(isinstance(h, ConsoleHandler) and h.outlet.is_congested for h in logging.getLogger().handlers):
            LOGGER.info("x" * 1000)
        setup(Options(format="json"))
        LOGGER.info("last")
        text = b""
        while b'"last"' not in text:
            gevent.socket.wait_read(reader)
            text += os.read(incoming.fileno(), 65536)
        assert text.count(b"\n") == text.count(b"x" * 1000) + 1
        setup(Options(to=os.devnull))
