"""The idle deadline of a relay that is half closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gevent import get_hub


class IdleWatch:
    """Calls `expired`, from the hub, when `bytes_moved` stood still for one or two periods of `seconds`."""

    __slots__ = ("_bytes_moved", "_expired", "_seen", "_timer")

    def __init__(self, seconds: float, bytes_moved: Callable[[], int], expired: Callable[[], None]) -> None:
        self._bytes_moved = bytes_moved
        self._expired = expired
        self._seen = bytes_moved()
        self._timer: Any = get_hub().loop.timer(seconds, seconds)
        self._timer.start(self._check)

    def _check(self) -> None:
        moved = self._bytes_moved()
        if moved == self._seen:
            self.close()
            self._expired()
        self._seen = moved

    def close(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
