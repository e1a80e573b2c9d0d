"""Samples what the hub's thread runs, from a thread of its own."""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType
from typing import Any

from gevent import get_hub, monkey

INTERVAL = 0.01  # seconds between two looks
MAX_DEPTH = 64  # frames of one stack
_PATIENCE = 0.00002  # seconds that a look waits for the lock before it asks

# The system's own, also in a program that is patched: the sampler must not run in the hub.
_sleep: Any = monkey.get_original("time", "sleep")
_monotonic: Any = monkey.get_original("time", "monotonic")
_ident: Any = monkey.get_original("threading", "get_ident")


class Profiler:
    """One profile at a time.

    A look needs the interpreter's lock, which the hub's thread gives away when it waits, or else only some time after
    it was asked to. That time is cut short while a profile runs, or all looks would show a hub that waits.
    """

    def __init__(self) -> None:
        self._is_busy = False

    def run(self, seconds: float) -> Counter[str] | None:
        """Folded stacks, `outermost;…;innermost`, and how often each was seen. None: another one runs.

        Waits; a greenlet that is killed meanwhile ends the profile.
        """
        if self._is_busy:
            return None
        self._is_busy = True
        watch = _Watch(_ident(), seconds)
        usual = sys.getswitchinterval()
        sys.setswitchinterval(_PATIENCE)
        try:
            found: Counter[str] = get_hub().threadpool.apply(watch.run)
            return found
        finally:
            watch.is_over = True
            sys.setswitchinterval(usual)
            self._is_busy = False


class _Watch:
    """What the thread does."""

    def __init__(self, thread: int, seconds: float) -> None:
        self.is_over = False
        self._thread = thread
        self._seconds = seconds

    def run(self) -> Counter[str]:
        found: Counter[str] = Counter()
        end = _monotonic() + self._seconds
        while not self.is_over and _monotonic() < end:
            found[_folded(sys._current_frames().get(self._thread))] += 1
            _sleep(INTERVAL)
        return found


def _folded(frame: FrameType | None) -> str:
    names: list[str] = []
    while frame is not None and len(names) < MAX_DEPTH:
        names.append(f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_qualname}")
        frame = frame.f_back
    return ";".join(reversed(names))
