"""The last things that went wrong with a proxy or a client, for who looks at its page."""

from __future__ import annotations

import time
from collections import deque

KEPT = 20
MAX_TEXT = 500  # characters: names in it come from clients


class Recent:
    """Texts with the Unix time when each was added; the oldest makes room, long ones are cut."""

    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items: deque[tuple[float, str]] = deque(maxlen=KEPT)

    def add(self, text: str) -> None:
        """It happened now."""
        self._items.append((time.time(), text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"))

    def youngest_first(self) -> list[tuple[float, str]]:
        """(Unix seconds, text) each."""
        return list(reversed(self._items))
