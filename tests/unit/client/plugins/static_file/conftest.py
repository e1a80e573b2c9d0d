from collections.abc import Iterator
from pathlib import Path

import pytest

from frpg.client.plugins.static_file import cache
from tests.unit.client.plugins.static_file.visiting import Visit


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Visit]:
    """A folder to fill, and visitors of it."""
    visit = Visit(tmp_path)
    yield visit
    visit.close()


@pytest.fixture(params=["from disk", "from memory"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read for each request, or kept after the first."""
    monkeypatch.setattr(cache, "MIN_AGE", -3600.0 if request.param == "from memory" else 3600.0)
