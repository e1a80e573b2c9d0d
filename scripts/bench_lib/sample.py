"""Samples, and what several of them say: median, spread, ratio."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sample:
    """One slice of one row on one contender."""

    value: float  # in the unit of the row
    cpu: float | None = None  # of server and client together, in the CPU unit of the row; None where it says nothing
    notes: dict[str, float] = field(default_factory=dict)  # more figures, by name with unit


@dataclass(frozen=True)
class Summary:
    """What the samples of one row on one contender come to."""

    count: int
    median: float
    low: float
    high: float
    cpu: float | None  # median
    notes: dict[str, float]  # medians


def summarise(samples: Sequence[Sample]) -> Summary | None:
    """None without a sample."""
    if not samples:
        return None
    values = [sample.value for sample in samples]
    cpu = [sample.cpu for sample in samples if sample.cpu is not None]
    keys = dict.fromkeys(key for sample in samples for key in sample.notes)
    return Summary(
        count=len(values),
        median=statistics.median(values),
        low=min(values),
        high=max(values),
        cpu=statistics.median(cpu) if cpu else None,
        notes={key: statistics.median(sample.notes[key] for sample in samples if key in sample.notes) for key in keys},
    )


def ratio(value: float | None, reference: float | None) -> float | None:
    """`value` as a multiple of `reference`; None when one of them is missing or nothing."""
    if value is None or not reference:
        return None
    return value / reference
