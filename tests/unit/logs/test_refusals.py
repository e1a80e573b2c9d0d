"""The line of a refusal: its words, its fields, its counters; and that nobody can write another's."""

import json
import logging
import re

import pytest

from frpg.logs.format import LineFormatter
from frpg.logs.json_lines import JsonFormatter
from frpg.logs.refusals import Refusals

FORGED = "x\n2026-11-26 10:00:00.000 [I] [logs/refusals.py:24] refused login from 198.51.100.9 port 1: gotcha"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "frpg.logs.refusals")
    return caplog


@pytest.mark.parametrize("ip", ["203.0.113.7", "2001:db8::7", "fe80::1%eth0"])
def test_the_line(log: pytest.LogCaptureFixture, ip: str) -> None:
    Refusals().add("login", (ip, 40112), "token in login doesn't match token from configuration")
    [record] = log.records
    line = LineFormatter().format(record)
    tail = (
        rf"\[I\] \[logs/refusals\.py:\d+\] refused login from {re.escape(ip)} port 40112: token in login doesn't match"
    )
    assert re.fullmatch(rf"[\d-]+ [\d:.]+ {tail} token from configuration", line)


def test_the_fields_of_a_json_line(log: pytest.LogCaptureFixture) -> None:
    Refusals().add("http", ("2001:db8::7", 4711), 'wrong "user" or password')
    line = json.loads(JsonFormatter().format(log.records[0]))
    assert {key: line[key] for key in ("message", "refused", "ip", "port", "reason")} == {
        "message": 'refused http from 2001:db8::7 port 4711: wrong "user" or password',
        "refused": "http",
        "ip": "2001:db8::7",
        "port": 4711,
        "reason": 'wrong "user" or password',
    }


def test_counters(log: pytest.LogCaptureFixture) -> None:
    refusals, others = Refusals(), Refusals()
    for what in ("http", "login", "http"):
        refusals.add(what, ("203.0.113.7", 1), "no")
    assert refusals.counts == {"http": 2, "login": 1}
    assert others.counts == {}


def test_counted_also_where_the_log_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "frpg.logs.refusals")
    refusals = Refusals()
    refusals.add("login", ("203.0.113.7", 1), "no")
    assert (refusals.counts, caplog.records) == ({"login": 1}, [])


@pytest.mark.parametrize("formatter", [LineFormatter(), JsonFormatter()])
def test_no_reason_begins_a_line(log: pytest.LogCaptureFixture, formatter: logging.Formatter) -> None:
    Refusals().add("http", ("203.0.113.7", 1), FORGED)
    line = formatter.format(log.records[0])
    assert len(line.splitlines()) == 1
    assert "\\n2026-11-26" in line
