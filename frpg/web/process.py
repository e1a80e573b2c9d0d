"""What the program itself takes from its machine: processor, memory, descriptors, greenlets."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gevent import get_hub
from greenlet import greenlet

PERIOD = 1.0  # seconds for which a reading stands
COUNT_PERIOD = 15.0  # seconds for which a count of greenlets stands
COUNT_SHARE = 0.001  # of all time, the most that counting may take


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the process. A figure that the system does not have is 0."""

    cpu_seconds: float  # user and system, since the start
    cpu_percent: float  # of one processor, since the reading before
    memory: int  # bytes resident
    open_files: int
    open_files_limit: int  # 0: none
    greenlets: int
    threads: int
    started_at: float  # Unix seconds


class ProcessFigures:
    """Reads the running process, at most once a second however often it is asked.

    Costs the first look at psutil; make one only where somebody wants to see it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        import psutil

        self._process = psutil.Process()
        self._lacking = (psutil.Error, OSError, AttributeError, NotImplementedError)
        self._clock = clock
        self._greenlets = GreenletCount(clock)
        self._started_at = float(self._ask("create_time") or 0)
        self._read_at = clock()
        self._last: Reading | None = None
        self._cpu_seconds = self._cpu()

    def read(self) -> dict[str, float]:
        """As `process` of the live routes."""
        reading = self.measure()
        return {
            "cpuPercent": reading.cpu_percent,
            "memoryBytes": reading.memory,
            "openFiles": reading.open_files,
            "openFilesLimit": reading.open_files_limit,
            "greenlets": reading.greenlets,
            "threads": reading.threads,
        }

    def measure(self) -> Reading:
        """The reading of this second."""
        now = self._clock()
        if self._last is None or now - self._read_at >= PERIOD:
            self._last = self._look(now)
        return self._last

    def _look(self, now: float) -> Reading:
        spent, elapsed = self._cpu(), now - self._read_at
        # Systems count in steps of 10 ms: over a shorter time the quotient means nothing.
        percent = 100 * (spent - self._cpu_seconds) / elapsed if elapsed >= PERIOD else 0.0
        self._cpu_seconds, self._read_at = spent, now
        memory = self._ask("memory_info")
        return Reading(
            cpu_seconds=spent,
            cpu_percent=round(max(percent, 0.0), 1),
            memory=memory.rss if memory else 0,
            open_files=self._ask("num_fds") or self._ask("num_handles") or 0,
            open_files_limit=_open_files_limit(),
            greenlets=self._greenlets.read(),
            threads=self._ask("num_threads") or 0,
            started_at=self._started_at,
        )

    def _cpu(self) -> float:
        times = self._ask("cpu_times")
        return float(times.user + times.system) if times else 0.0

    def _ask(self, figure: str) -> Any:
        """None where the system does not tell."""
        try:
            return getattr(self._process, figure)()
        except self._lacking:
            return None


class GreenletCount:
    """How many greenlets are alive, the hub's and the main one among them.

    Nobody counts while they start and end: the collector's list of all objects is searched, 1.7 ms for 50 000 of them,
    and the more seldom the longer it takes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._count = 0
        self._next = clock()

    def read(self) -> int:
        """As of the last 15 s, or longer ago where there are very many objects."""
        began = self._clock()
        if began >= self._next:
            self._count = len(live_greenlets())
            took = self._clock() - began
            self._next = began + max(COUNT_PERIOD, took / COUNT_SHARE)
        return self._count


def live_greenlets() -> list[greenlet]:
    """All that have begun or may yet begin, and have not ended."""
    # By exact type: isinstance would ask proxy objects for their class, and they may answer with an error.
    kinds = _family_of(greenlet)
    found = [each for each in gc.get_objects() if type(each) in kinds and not each.dead]
    # What there was at the start is frozen: the collector knows nothing of it.
    hub = get_hub()
    return found + [each for each in (hub, hub.parent) if each is not None and each not in found]


def _family_of(kind: type[Any]) -> set[type[Any]]:
    found = {kind}
    for child in kind.__subclasses__():
        found |= _family_of(child)
    return found


def _open_files_limit() -> int:
    try:
        import resource
    except ImportError:  # not on this system
        return 0
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 0 if soft == resource.RLIM_INFINITY else soft
