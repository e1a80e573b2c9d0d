"""The last ten minutes in samples: what the curves of the pages are drawn from."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gevent

logger = logging.getLogger(__name__)

INTERVAL = 2.0  # seconds between two samples
KEPT = 300  # samples: ten minutes

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Totals:
    """What the program has counted so far, in bytes, and what it has now."""

    traffic_in: int
    traffic_out: int
    gauges: Mapping[str, int] = field(default_factory=dict)  # taken into the sample as they are


class Sampler:
    """Reads the totals every two seconds, from `start` to `close`.

    Args:
        read: called in the hub, so it must not wait for anything; what it raises costs that sample only.
        clock, wall: seconds, monotonic and Unix.
    """

    def __init__(self, read: Callable[[], Totals], clock: Clock = time.monotonic, wall: Clock = time.time) -> None:
        self._read = read
        self._clock = clock
        self._wall = wall
        self._samples: deque[dict[str, float]] = deque(maxlen=KEPT)
        self._last: tuple[float, Totals] | None = None  # when, on the clock
        self._has_failed = False
        self._timer: Any = None

    def start(self) -> None:
        """Take a first sample, whose rates are 0, and go on from there."""
        self.sample()
        # A repeating timer counts from when it was due, not from when it came: it does not drift.
        self._timer = gevent.get_hub().loop.timer(INTERVAL, INTERVAL, ref=False)
        self._timer.start(self.sample)

    def close(self) -> None:
        """Idempotent, does not yield. The samples stay."""
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def sample(self) -> None:
        """Take one now."""
        try:
            totals = self._read()
        except Exception:
            # Once, as it would fail again in two seconds.
            logger.log(logging.DEBUG if self._has_failed else logging.ERROR, "a sample failed", exc_info=True)
            self._has_failed = True
            return
        now = self._clock()
        came, went = self._rates(now, totals)
        self._samples.append({"at": round(self._wall(), 3), "in": came, "out": went, **totals.gauges})
        self._last = now, totals

    def since(self, moment: float) -> list[dict[str, float]]:
        """The samples younger than `moment`, in Unix seconds; oldest first."""
        return [sample for sample in self._samples if sample["at"] > moment]

    def _rates(self, now: float, totals: Totals) -> tuple[int, int]:
        if self._last is None or now <= self._last[0]:
            return 0, 0
        then, before = self._last
        return (
            _rate(before.traffic_in, totals.traffic_in, now - then),
            _rate(before.traffic_out, totals.traffic_out, now - then),
        )


def _rate(before: int, after: int, seconds: float) -> int:
    """Bytes a second. A total shrinks when a record with its counts is dropped: that moves nothing."""
    return max(0, round((after - before) / seconds))
