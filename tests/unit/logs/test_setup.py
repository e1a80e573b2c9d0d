"""From the options under `log` to lines in their place."""

import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from frpg.logs import TRACE, setup
from frpg.logs.console import ConsoleHandler, LineHandler
from frpg.logs.outlet import StreamOutlet


@dataclass
class Options:
    to: str = "console"
    level: str = "info"
    max_days: int = 3
    disable_print_color: bool = True


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    ours, root = logging.getLogger("frpg"), logging.getLogger()
    level, handlers = ours.level, list(root.handlers)
    yield
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
