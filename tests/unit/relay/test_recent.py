"""The last things that went wrong."""

import pytest

from frpg.relay import recent as module
from frpg.relay.recent import KEPT, MAX_TEXT, Recent


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(1000, 2000))
    monkeypatch.setattr(module.time, "time", lambda: float(next(seconds)))


def test_youngest_first() -> None:
    recent = Recent()
    assert recent.youngest_first() == []
    for text in ("one", "two"):
        recent.add(text)
    assert recent.youngest_first() == [(1001.0, "two"), (1000.0, "one")]


def test_the_oldest_makes_room() -> None:
    recent = Recent()
    for number in range(KEPT + 5):
        recent.add(str(number))
    found = recent.youngest_first()
    assert len(found) == KEPT == 20
    assert (found[0][1], found[-1][1]) == ("24", "5")


def test_long_texts_of_strangers_are_cut() -> None:
    recent = Recent()
    recent.add("x" * MAX_TEXT)
    recent.add("x" * (MAX_TEXT + 1))
    long, exact = (text for _, text in recent.youngest_first())
    assert exact == "x" * MAX_TEXT
    assert (len(long), long[-1]) == (MAX_TEXT, "…")
