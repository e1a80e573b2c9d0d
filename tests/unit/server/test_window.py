"""The dashboard's place: it opens, is taken over, closes; and a change that is given up leaves what was there."""

from typing import Any, cast

import pytest

from frpg.config.server import ServerConfig
from frpg.errors import ConfigError
from frpg.server.window import Window
from tests.unit.server.conftest import server_config


class FakeDashboard:
    """Notes what it is told."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self._name, self._notes = name, notes

    def _note(self, text: str) -> None:
        self._notes.append(f"{self._name} {text}")

    def start(self) -> None:
        self._note("starts")

    def abandon(self) -> None:
        self._note("is abandoned")

    def retire(self, successor: "FakeDashboard | None") -> None:
        self._note(f"retires for {successor._name if successor is not None else 'nobody'}")

    def close(self) -> None:
        self._note("closes")


class Maker:
    """Makes dashboards with numbers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.fails = False
        self._count = 0

    def __call__(self, config: ServerConfig, old: Any) -> Any:
        if self.fails:
            raise ConfigError("no")
        self._count += 1
        self.notes.append(f"{self._count} made after {old._name if old is not None else 'none'}")
        return FakeDashboard(str(self._count), self.notes)


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def window(maker: Maker) -> Window:
    return Window(maker)


def follow(window: Window, port: int) -> None:
    window.prepare(server_config(web_server__port=port)).commit()


def test_empty_without_a_port(window: Window, maker: Maker) -> None:
    follow(window, 0)
    window.close()
    assert window.dashboard is None
    assert maker.notes == []


def test_the_old_one_retires_before_the_new_one_starts(window: Window, maker: Maker) -> None:
    follow(window, 7500)
    follow(window, 7500)
    follow(window, 0)
    assert maker.notes == [
        "1 made after none", "1 starts",
        "2 made after 1", "1 retires for 2", "2 starts",
        "2 retires for nobody",
    ]  # fmt: skip
    assert window.dashboard is None


def test_given_up(window: Window, maker: Maker) -> None:
    follow(window, 7500)
    first = window.dashboard
    window.prepare(server_config(web_server__port=7500)).abandon()
    window.prepare(server_config(web_server__port=0)).abandon()
    maker.fails = True
    with pytest.raises(ConfigError):
        window.prepare(server_config(web_server__port=7501))
    assert window.dashboard is first
    assert maker.notes == ["1 made after none", "1 starts", "2 made after 1", "2 is abandoned"]


def test_close(window: Window, maker: Maker) -> None:
    follow(window, 7500)
    window.close()
    assert maker.notes[-1] == "1 closes"
    assert cast(Any, window.dashboard)._name == "1"
