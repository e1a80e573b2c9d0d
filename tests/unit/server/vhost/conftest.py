"""A web front for each test."""

from tests.unit.relay.http.conftest import service, world

__all__ = ["service", "world"]
