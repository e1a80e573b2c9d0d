"""A web front for each test."""

from collections.abc import Iterator

import pytest

from tests.unit.relay.http.wires import FakeService, World


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture
def service(world: World) -> FakeService:
    """Behind a.test."""
    return world.service()
