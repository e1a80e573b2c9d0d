"""Bracketed context before messages."""

import logging

import pytest

from frpg.logs import prefixed


@pytest.fixture
def logger(caplog: pytest.LogCaptureFixture) -> logging.Logger:
    caplog.set_level(logging.DEBUG, "frpg.tests.prefix")
    return logging.getLogger("frpg.tests.prefix")


def test_prefixes_come_first_in_order(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    session = prefixed(logger, "1f2e")
    prefixed(session, "ssh").info("start %s success", "proxy")
    session.warning("lost")
    assert caplog.messages == ["[1f2e] [ssh] start proxy success", "[1f2e] lost"]


def test_empty_prefixes_are_left_out(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    prefixed(logger, "", "ssh").info("x")
    assert caplog.messages == ["[ssh] x"]


@pytest.mark.parametrize("name", ["100%", "%s", "%(x)s", "%%d", "{}"])
def test_a_prefix_is_never_a_format(name: str, logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    log = prefixed(logger, name)
    log.info("a %s", 1)
    log.info("50% done")
    assert caplog.messages == [f"[{name}] a 1", f"[{name}] 50% done"]


def test_the_reported_place_is_the_caller(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    log = prefixed(logger, "x")
    log.info("a")
    log.exception("b", exc_info=None)
    log.log(logging.ERROR, "c")
    assert {record.filename for record in caplog.records} == {"test_prefix.py"}
    assert [record.funcName for record in caplog.records] == ["test_the_reported_place_is_the_caller"] * 3


def test_other_adapters_are_welcome(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    prefixed(logging.LoggerAdapter(logger, {}), "x").info("a")
    assert caplog.messages == ["[x] a"]


def test_levels_that_are_off_are_not_formatted(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    class Bomb:
        def __str__(self) -> str:
            raise AssertionError("formatted")

    logger.setLevel(logging.INFO)
    prefixed(logger, "x").debug("%s", Bomb())
    assert caplog.messages == []


def test_records_have_the_prefixes_when_asked_to(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = prefixed(logger, "r", "100%")
    log.info("a")
    monkeypatch.setattr("frpg.logs.PrefixedLogger.tells_prefixes", True)
    log.info("b %d", 1, extra={"fields": {"port": 7}})
    log.info("c")
    assert [getattr(record, "prefixes", None) for record in caplog.records] == [None, ("r", "100%"), ("r", "100%")]
    assert caplog.records[1].__dict__["fields"] == {"port": 7}
    assert caplog.messages == ["[r] [100%] a", "[r] [100%] b 1", "[r] [100%] c"]
