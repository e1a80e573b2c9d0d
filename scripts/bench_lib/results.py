"""Everything a run has found, kept by row and contender."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .contenders import HOPS
from .rows import Row
from .sample import Sample, Summary, ratio, summarise


@dataclass
class Cell:
    """One row on one contender."""

    samples: list[Sample] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def summary(self) -> Summary | None:
        return summarise(self.samples)


class Results:
    """`labels` are the contenders, ours first; ratios are to `reference`."""

    def __init__(self, rows: Sequence[Row], labels: Sequence[str], reference: str | None) -> None:
        self.rows = tuple(rows)
        self.labels = tuple(labels)
        self.reference = reference
        self.skipped: dict[str, str] = {}  # row name: why no contender ran it
        self._cells: dict[tuple[str, str], Cell] = {}

    def cell(self, row: Row, label: str) -> Cell:
        return self._cells.setdefault((row.name, label), Cell())

    def cells(self, row: Row) -> list[tuple[str, Cell]]:
        """The contenders of which something is known in a row; an interrupted slice leaves nothing."""
        found = [(label, self.cell(row, label)) for label in self.labels]
        return [(label, cell) for label, cell in found if cell.samples or cell.failures]

    def ratios(self, row: Row, label: str) -> tuple[float | None, float | None]:
        """Value and CPU as multiples of the reference's; None for the reference itself or where one is missing."""
        if self.reference is None or label == self.reference:
            return None, None
        mine, theirs = self.cell(row, label).summary, self.cell(row, self.reference).summary
        if not mine or not theirs:
            return None, None
        return ratio(mine.median, theirs.median), ratio(mine.cpu, theirs.cpu)

    def beside(self, row: Row, label: str) -> dict[str, float]:
        """More ratios of a cell, by name: to two hops of nginx, and to the row that its row is compared with."""
        found: dict[str, float | None] = {}
        mine = self.cell(row, label).summary
        for name, theirs in self._yardsticks(row, label):
            if mine and theirs:
                found |= {f"x {name}": ratio(mine.median, theirs.median), f"CPU x {name}": ratio(mine.cpu, theirs.cpu)}
        return {name: value for name, value in found.items() if value is not None}

    def _yardsticks(self, row: Row, label: str) -> list[tuple[str, Summary | None]]:
        others = [] if label == HOPS else [(HOPS, self.cell(row, HOPS).summary)]
        if base := next((one for one in self.rows if one.name == row.base), None):
            others.append((row.kind.base, self.cell(base, label).summary))
        return others

    @property
    def failures(self) -> list[str]:
        """One line for each way in which a contender failed in a row."""
        return [
            f"{row.name} {label}: {text}"
            for row in self.rows
            for label, cell in self.cells(row)
            for text in dict.fromkeys(cell.failures)
        ]

    def write(self, path: Path, machine: dict[str, str], settings: dict[str, Any]) -> None:
        """Write every sample as JSON."""
        found = {
            "machine": machine,
            "settings": settings,
            "reference": self.reference,
            "skipped": self.skipped,
            "rows": [self._row(row) for row in self.rows if self.cells(row)],
        }
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    def _row(self, row: Row) -> dict[str, Any]:
        return {
            "name": row.name,
            "title": row.title,
            "unit": row.kind.unit,
            "cpu_unit": row.kind.cpu_unit,
            "contenders": {label: self._cell(row, label, cell) for label, cell in self.cells(row)},
        }

    def _cell(self, row: Row, label: str, cell: Cell) -> dict[str, Any]:
        summary = cell.summary
        value_ratio, cpu_ratio = self.ratios(row, label)
        return {
            "median": summary and summary.median,
            "min": summary and summary.low,
            "max": summary and summary.high,
            "cpu": summary and summary.cpu,
            "ratio": value_ratio,
            "cpu_ratio": cpu_ratio,
            "beside": self.beside(row, label),
            "samples": [{"value": one.value, "cpu": one.cpu, "notes": one.notes} for one in cell.samples],
            "failures": cell.failures,
        }
