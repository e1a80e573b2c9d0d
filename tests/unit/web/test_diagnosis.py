"""The routes below /debug/pprof/."""

import gc
from collections import Counter
from typing import Any
from urllib.parse import quote

import gevent
import pytest
from gevent.event import Event
from greenlet import greenlet

from frpg.web import diagnosis
from frpg.web.diagnosis import MAX_DEPTH, Diagnosis, masked
from tests.unit.web.asking import Web


@pytest.fixture
def pprof(web: Web) -> Web:
    Diagnosis(web.site)
    return web


@pytest.fixture
def door() -> Any:
    """Greenlets wait at it; the test ends them all."""
    event = Event()
    yield event
    event.set()


def wait_deep(door: Event, depth: int) -> None:
    if depth:
        wait_deep(door, depth - 1)
    else:
        door.wait()


def waiting(door: Event, count: int, depth: int = 3) -> list[gevent.Greenlet]:
    greenlets = [gevent.spawn(wait_deep, door, depth) for _ in range(count)]
    gevent.sleep(0)
    return greenlets


@pytest.mark.parametrize(
    "path", ["", "cmdline", "goroutine", "goroutine?debug=2", "heap", "profile", "symbol", "trace", "none"]
)
def test_all_of_it_needs_the_password(pprof: Web, path: str) -> None:
    answer = pprof.ask("GET", f"/debug/pprof/{path}")
    assert (answer.status, answer.body) == (401, b"Unauthorized\n")


def test_the_index_leads_to_all(pprof: Web) -> None:
    answer = pprof.get("/debug/pprof/")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for name in ("goroutine", "heap", "profile", "cmdline"):
        assert f'href="{name}'.encode() in answer.body


@pytest.mark.parametrize("query", ["", "?debug=0", "?debug=1"])
def test_equal_stacks_are_told_together(pprof: Web, door: Event, query: str) -> None:
    greenlets = waiting(door, 25)
    answer = pprof.get(f"/debug/pprof/goroutine{query}")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    text = answer.body.decode()
    assert "25 x greenlet [Greenlet, waiting]:\n" in text
    assert f"{__name__}.wait_deep\n\t{__file__}:" in text
    assert "[this request]:\nfrpg.web.diagnosis." in text
    assert len(greenlets) == 25


def test_stacks_one_by_one(pprof: Web, door: Event) -> None:
    greenlets = waiting(door, 3)
    text = pprof.get("/debug/pprof/goroutine?debug=2").body.decode()
    mine = [block for block in text.split("\n\n") if "wait_deep" in block]
    assert len(mine) == len(greenlets)
    assert all(block.startswith("greenlet [Greenlet, waiting]:\n") for block in mine)
    assert "WaitForHandoff" not in text


def test_one_that_has_not_begun(pprof: Web) -> None:
    kept = greenlet(lambda: None)
    assert "[greenlet, not started]" in pprof.get("/debug/pprof/goroutine").body.decode()
    assert not kept.dead


def test_deep_stacks_are_cut(pprof: Web, door: Event) -> None:
    greenlets = waiting(door, 1, depth=MAX_DEPTH * 3)
    text = pprof.get("/debug/pprof/goroutine?debug=2").body.decode()
    (block,) = (block for block in text.split("\n\n") if "wait_deep" in block)
    assert block.count("\n\t") == MAX_DEPTH
    assert greenlets


def test_many_greenlets_are_cut(pprof: Web, door: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "MAX_STACKS", 10)
    greenlets = waiting(door, 50)
    text = pprof.get("/debug/pprof/goroutine?debug=2").body.decode()
    assert text.count("greenlet [") <= 10
    assert "more greenlets" in text
    assert greenlets


@pytest.mark.parametrize("debug", [1, 2])
def test_the_text_has_a_bound(pprof: Web, door: Event, debug: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "MAX_TEXT", 20_000)
    greenlets = [waiting(door, 1, depth) for depth in range(40)]
    text = pprof.get(f"/debug/pprof/goroutine?debug={debug}").body.decode()
    assert 15_000 < len(text) <= 20_020
    assert text.endswith("… and more\n")
    assert greenlets


class Marker:
    """Something to count."""


def test_objects_are_counted_by_type(pprof: Web) -> None:
    kept = [Marker() for _ in range(5000)]
    lines = pprof.get("/debug/pprof/heap").body.decode().splitlines()
    assert int(lines[0].split()[0]) <= len(gc.get_objects()) + 10_000
    assert f"{len(kept):10} {__name__}.Marker" in lines
    assert len(lines) <= diagnosis.MAX_TYPES + 3


def test_what_the_tools_of_go_ask(pprof: Web) -> None:
    assert pprof.get("/debug/pprof/symbol").body == b"num_symbols: 0\n"
    assert pprof.get("/debug/pprof/trace").status == 501
    for name in ("none", "mutex", "%3Cscript%3E"):
        answer = pprof.get(f"/debug/pprof/{name}")
        assert (answer.status, answer.body) == (404, b"Unknown profile\n")


def test_no_secret_of_the_command_line_is_told(pprof: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.orig_argv", ["python", "frps", "--token", "hunter2", "-c", "frps.toml"])
    assert pprof.get("/debug/pprof/cmdline").body == b"python\0frps\0--token\0***\0-c\0frps.toml"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("frps", "frps"),
        ("frps -c frps.toml", "frps -c frps.toml"),
        ("frps -cfrps.toml", "frps -cfrps.toml"),
        ("frps --config=frps.toml --log_level debug", "frps --config=frps.toml --log_level debug"),
        ("frpc tcp -t hunter2 -n ssh", "frpc tcp -t *** -n ***"),
        ("frpc -thunter2", "frpc -t***"),
        ("frpc -t=hunter2", "frpc -t***"),
        ("frpc --token=hunter2", "frpc --token=***"),
        ("frpc --sk hunter2 --ue", "frpc --sk *** --ue"),
        ("frpc --ue --http_pwd hunter2", "frpc --ue --http_pwd ***"),
        ("frpc --token= stcp", "frpc --token=*** stcp"),
    ],
)
def test_values_are_masked(given: str, shown: str) -> None:
    assert " ".join(masked(given.split())) == shown


# --- profile


@pytest.mark.parametrize("seconds", ["0", "31", "-1", "1.5", "x", "1e1", "\u0661", "9" * 5000, " 1"])
def test_a_profile_takes_1_to_30_seconds(pprof: Web, seconds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frpg.web.profiler.Profiler.run", lambda *_: pytest.fail("it began"))
    answer = pprof.get(f"/debug/pprof/profile?seconds={quote(seconds)}")
    assert (answer.status, answer.body) == (400, b"seconds must be a number from 1 to 30\n")


@pytest.mark.parametrize(("query", "seconds"), [("", 10), ("?seconds=1", 1), ("?seconds=30", 30), ("?seconds=007", 7)])
def test_how_long_a_profile_takes(pprof: Web, query: str, seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def run(_: object, seconds: float) -> Counter[str]:
        asked.append(seconds)
        return Counter({"a;b": 2, "a;c": 5})

    monkeypatch.setattr("frpg.web.profiler.Profiler.run", run)
    answer = pprof.get(f"/debug/pprof/profile{query}")
    assert (answer.status, answer.body) == (200, b"a;c 5\na;b 2\n")
    assert asked == [seconds]


def test_a_second_profile_is_refused(pprof: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frpg.web.profiler.Profiler.run", lambda *_: None)
    answer = pprof.get("/debug/pprof/profile")
    assert (answer.status, answer.body) == (409, b"another profile is being taken\n")
