import gevent
import pytest
from gevent.event import Event

from frpg.server import notices
from frpg.server.notices import Notices
from frpg.server.upstream import Owner
from tests.support.waiting import eventually

OWNER = Owner("usr", {}, "run")


def test_they_are_told_in_order_while_nobody_waits() -> None:
    told: list[str] = []
    release = Event()

    def tell(_owner: Owner, name: str) -> None:
        release.wait(10)
        told.append(name)

    all_of_them = Notices()
    all_of_them.tell = tell
    for name in "abc":
        all_of_them.add(OWNER, name)
    assert told == []
    release.set()
    eventually(lambda: told == ["a", "b", "c"])
    all_of_them.add(OWNER, "d")
    eventually(lambda: told == ["a", "b", "c", "d"])


def test_too_many_are_lost_and_the_log_has_them(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notices, "MAX_WAITING", 2)
    told: list[str] = []
    few = Notices()
    few.tell = lambda _owner, name: told.append(name)
    for name in "abc":
        few.add(OWNER, name)
    eventually(lambda: told == ["a", "b"])
    (line,) = [record.getMessage() for record in caplog.records]
    assert "proxy [c]" in line
    few.add(OWNER, "d")
    eventually(lambda: told == ["a", "b", "d"])


def test_at_the_end_nobody_is_told_any_more(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    def tell(_owner: Owner, name: str) -> None:
        told.append(name)
        gevent.sleep(60)

    ending = Notices()
    ending.tell = tell
    for name in "abc":
        ending.add(OWNER, name)
    eventually(lambda: told == ["a"])
    ending.close()
    ending.close()
    ending.add(OWNER, "d")
    assert "2 proxies have ended" in caplog.text
