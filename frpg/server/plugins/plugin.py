"""A configured plugin, of either kind, as the server asks it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gevent

from frpg.server.plugins.contents import Content, Op


class PluginError(Exception):
    """A plugin cannot be asked, or its answer is none; the text is for the log."""


class Plugin:
    """Asked by many greenlets at one time. Whoever made it ends it, with `retire` or `close`.

    Args:
        timeout: seconds for one answer.
    """

    def __init__(self, name: str, ops: Iterable[str], timeout: float) -> None:
        self.name = name
        self.ops = frozenset(ops)
        self.timeout = timeout
        self._asking: set[Any] = set()  # greenlets
        self._is_retired = False
        self._is_ended = False

    def ask(self, op: Op, content: Content, request_id: str, timeout: float) -> Content:
        """`content`, or what the plugin makes of it, within `timeout` seconds.

        Raises Reject; any other Exception: there is no answer.
        """
        asker = gevent.getcurrent()
        self._asking.add(asker)
        try:
            return self._ask(op, content, request_id, timeout)
        finally:
            self._asking.discard(asker)
            if self._is_retired and not self._asking:
                self._end_once()

    def retire(self) -> None:
        """It is asked no more: end it as soon as its last answer is here. Does not yield."""
        self._is_retired = True
        if not self._asking:
            gevent.spawn(self._end_once)  # a Python plugin may take its time

    def close(self) -> None:
        """End it now; who waits for an answer gets a PluginError. Idempotent."""
        for asker in self._asking:
            gevent.get_hub().loop.run_callback(self._interrupt, asker)
        self._end_once()

    def _interrupt(self, asker: Any) -> None:
        if asker in self._asking:  # not when the answer came in the same moment
            asker.throw(PluginError("the server closes"))

    def _end_once(self) -> None:
        if not self._is_ended:
            self._is_ended = True
            self._end()

    def _ask(self, op: Op, content: Content, request_id: str, timeout: float) -> Content:
        raise NotImplementedError

    def _end(self) -> None:
        raise NotImplementedError
