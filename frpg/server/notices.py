"""The ends of proxies, told to plugins one after the other, while nobody waits."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

import gevent

from frpg.server.upstream import Owner

logger = logging.getLogger(__name__)

MAX_WAITING = 1000  # notices; more are lost


class Notices:
    """Has a greenlet while there is something to tell."""

    def __init__(self) -> None:
        self.tell: Callable[[Owner, str], None] = lambda _owner, _name: None  # may wait, raises nothing
        self._waiting: deque[tuple[Owner, str]] = deque()
        self._teller: gevent.Greenlet[[], None] | None = None
        self._is_closed = False

    def add(self, owner: Owner, name: str) -> None:
        """The proxy `name` of `owner` has ended. Does not yield."""
        if self._is_closed:
            return
        if len(self._waiting) >= MAX_WAITING:
            logger.warning("no plugin is told that proxy [%s] has ended: too many wait to be told", name)
            return
        self._waiting.append((owner, name))
        if self._teller is None:
            self._teller = gevent.spawn(self._run)

    def _run(self) -> None:
        try:
            while self._waiting:
                self.tell(*self._waiting.popleft())
        finally:
            self._teller = None

    def close(self) -> None:
        """Tell nobody any more. Idempotent, does not yield."""
        self._is_closed = True
        if self._teller is not None:
            self._teller.kill(block=False)
        if self._waiting:
            logger.warning("no plugin is told that %d proxies have ended: the server closes", len(self._waiting))
            self._waiting.clear()
