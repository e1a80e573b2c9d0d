"""A web interface for each test."""

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from frpg.web import access
from frpg.web.server import WebServer
from tests.unit.web.asking import MakeWeb, Web
from tests.unit.web.serving import Application


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long failures would have taken, in seconds; they take no time."""
    noted: list[float] = []
    really = gevent.sleep

    def sleep(seconds: float = 0) -> None:
        if seconds == access.DELAY:
            noted.append(seconds)
        else:
            really(seconds)

    monkeypatch.setattr(gevent, "sleep", sleep)
    return noted


@pytest.fixture
def make_web(tmp_path: Path, delays: list[float]) -> Iterator[MakeWeb]:
    made: list[Web] = []
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("<h1>pages</h1>")

    def make(**options: str) -> Web:
        made.append(Web(pages, **options))
        return made[-1]

    yield make
    for web in made:
        web.close()


@pytest.fixture
def web(make_web: MakeWeb) -> Web:
    """With a password."""
    return make_web()


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def server(application: Application) -> Iterator[WebServer]:
    """Over `application`, without a site."""
    server = WebServer(("127.0.0.1", 0), application)
    server.start()
    yield server
    server.close()
