"""Waiting for a state that announces itself by no event."""

import time
from collections.abc import Callable

import gevent


def eventually(condition: Callable[[], bool], *, timeout: float = 10.0, what: str = "") -> None:
    """Return as soon as `condition()` holds; AssertionError when it does not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(what or f"{condition} did not come true within {timeout} s")
        gevent.sleep(0.02)
