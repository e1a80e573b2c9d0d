"""The log file: made on the first line, rotated at local midnight, and never a reason to fail."""

import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from frpg.logs.file import FileHandler, next_midnight


class Clock:
    def __init__(self, *date: int) -> None:
        self.now = time.mktime((*date, 0, 0, -1))

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(2024, 5, 1, 10, 0, 0)


Opener = Callable[..., FileHandler]


@pytest.fixture
def open_handler(tmp_path: Path, clock: Clock) -> Iterator[Opener]:
    handlers = []

    def make(name: str = "logs/frps.log", *, max_days: int = 3) -> FileHandler:
        handler = FileHandler(str(tmp_path / name), max_days=max_days, clock=clock)
        handler.setFormatter(logging.Formatter("%(message)s"))
        handlers.append(handler)
        return handler

    yield make
    for handler in handlers:
        handler.close()


def put(handler: FileHandler, text: str) -> None:
    handler.handle(logging.LogRecord("x", logging.INFO, "x.py", 1, text, (), None))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_nothing_is_made_before_the_first_line(open_handler: Opener, tmp_path: Path) -> None:
    handler = open_handler()
    assert names(tmp_path) == []
    put(handler, "a")
    assert (tmp_path / "logs/frps.log").read_text() == "a\n"


def test_every_line_is_there_at_once(open_handler: Opener, tmp_path: Path) -> None:
    handler = open_handler("a.log")
    for count in range(1, 4):
        put(handler, "line")
        assert (tmp_path / "a.log").read_text() == "line\n" * count


def test_a_new_file_is_private_and_an_old_one_is_continued(open_handler: Opener, tmp_path: Path) -> None:
    put(open_handler("new.log"), "a")
    assert stat.S_IMODE((tmp_path / "new.log").stat().st_mode) == 0o600
    (tmp_path / "old.log").write_text("before\n")
    put(open_handler("old.log"), "a")
    assert (tmp_path / "old.log").read_text() == "before\na\n"


def test_midnight_moves_the_file_aside(open_handler: Opener, tmp_path: Path, clock: Clock) -> None:
    handler = open_handler("frps.log")
    put(handler, "first")
    (tmp_path / "frps.log").chmod(0o640)
    clock.now += 13 * 3600 + 59 * 60 + 59  # 23:59:59
    put(handler, "second")
    clock.now += 5
    put(handler, "third")
    assert names(tmp_path) == ["frps.20240502-000000.log", "frps.log"]
    assert (tmp_path / "frps.20240502-000000.log").read_text() == "first\nsecond\n"
    assert (tmp_path / "frps.log").read_text() == "third\n"
    assert stat.S_IMODE((tmp_path / "frps.log").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("name", "backup"),
    [
        ("frps", "frps.20240502-000000"),
        ("a.b.log", "a.b.20240502-000000.log"),
        (".hidden", ".hidden.20240502-000000"),
    ],
)
def test_names_of_rotated_files(name: str, backup: str, open_handler: Opener, tmp_path: Path, clock: Clock) -> None:
    handler = open_handler(name)
    put(handler, "a")
    clock.now += 86400
    put(handler, "b")
    assert names(tmp_path) == sorted([name, backup])


def test_a_rotated_file_is_never_overwritten(open_handler: Opener, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "f.20240502-000000.log").write_text("kept\n")
    handler = open_handler("f.log")
    put(handler, "a")
    clock.now += 86400
    put(handler, "b")
    assert (tmp_path / "f.20240502-000000.log").read_text() == "kept\n"
    assert (tmp_path / "f.20240502-000001.log").read_text() == "a\n"


def test_old_files_of_this_name_go(open_handler: Opener, tmp_path: Path, clock: Clock) -> None:
    old = ["f.20240428-000000.log", "f.20240420-101112.log"]
    kept = [
        "f.20240430-000000.log",
        "f.20240420-101112.txt",
        "g.20240420-101112.log",
        "f.x20240420-101112.log",
        "f.20249999-101112.log",
        "f.20240420-101112.log.gz",
    ]
    for name in old + kept:
        (tmp_path / name).touch()
    handler = open_handler("f.log", max_days=3)
    put(handler, "a")
    assert set(old) <= set(names(tmp_path))  # not at the start
    clock.now += 86400
    put(handler, "b")
    assert names(tmp_path) == sorted([*kept, "f.log", "f.20240502-000000.log"])


def test_a_negative_number_of_days_keeps_all(open_handler: Opener, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "f.19990101-000000.log").touch()
    handler = open_handler("f.log", max_days=-1)
    for _ in range(4):
        put(handler, "a")
        clock.now += 86400
    assert len(names(tmp_path)) == 5


def test_two_that_share_a_file_rotate_it_once(open_handler: Opener, tmp_path: Path, clock: Clock) -> None:
    one, other = open_handler("f.log"), open_handler("f.log")
    put(one, "a")
    put(other, "b")
    clock.now += 86400
    put(one, "c")
    put(other, "d")
    assert (tmp_path / "f.20240502-000000.log").read_text() == "a\nb\n"
    assert (tmp_path / "f.log").read_text() == "c\nd\n"


def test_a_device_is_not_moved(open_handler: Opener, tmp_path: Path, clock: Clock) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        handler = open_handler("pipe")
        put(handler, "a")
        clock.now += 86400
        put(handler, "b")
        assert os.read(reader, 100) == b"a\nb\n"
        assert names(tmp_path) == ["pipe"]
    finally:
        os.close(reader)


def test_a_folder_that_cannot_be_made_is_told_once(
    open_handler: Opener, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    handler = open_handler("file/f.log")
    put(handler, "a")
    put(handler, "b")
    assert capsys.readouterr().err == f"cannot write the log file {tmp_path}/file/f.log: Not a directory\n"


def test_a_full_disk_loses_lines_only(open_handler: Opener, capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    handler = open_handler("/dev/full")
    put(handler, "a")
    put(handler, "b")
    assert "No space left on device" in capsys.readouterr().err


def test_lines_go_on_when_the_folder_is_removed(open_handler: Opener, tmp_path: Path, clock: Clock) -> None:
    handler = open_handler("logs/f.log")
    put(handler, "a")
    (tmp_path / "logs/f.log").unlink()
    (tmp_path / "logs").rmdir()
    put(handler, "lost with its file")
    clock.now += 86400
    put(handler, "b")
    assert (tmp_path / "logs/f.log").read_text() == "b\n"


def test_the_path_does_not_follow_the_working_folder(
    open_handler: Opener, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    handler = FileHandler("f.log", max_days=3, clock=clock)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    try:
        put(handler, "a")
        assert (tmp_path / "f.log").exists()
    finally:
        handler.close()


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"])
def test_midnight_is_local_also_when_the_clocks_change(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        now = time.mktime((2024, 3, 1, 12, 0, 0, 0, 0, -1))
        for _ in range(300):  # both changes of 2024
            midnight = next_midnight(now)
            day = time.localtime(midnight)
            assert (day.tm_hour, day.tm_min, day.tm_sec) == (0, 0, 0)
            assert now < midnight <= now + 90000
            now = midnight
    finally:
        monkeypatch.undo()
        time.tzset()
