"""Rounds over all rows and contenders, in random order."""

import random
from collections.abc import Sequence
from typing import TypeVar

from .bed import Bed
from .contenders import Contender
from .errors import ContenderFailed
from .progress import Progress
from .results import Results
from .rows import Row

T = TypeVar("T")
ATTEMPTS = 2  # failed slices after which a contender is left out of a row


class Runner:
    """Fills `results` slice by slice, so that an interrupted run keeps what it has."""

    def __init__(self, bed: Bed, contenders: Sequence[Contender], results: Results, progress: Progress) -> None:
        self._bed = bed
        self._contenders = contenders
        self._results = results
        self._progress = progress
        self._dice = random.Random()

    def run(self, rounds: int) -> None:
        rows = self._runnable()
        self._progress.begin(rounds * sum(len(self._fitting(row)) for row in rows))
        for number in range(1, rounds + 1):
            # A machine drifts within a run: in random order the drift falls on all alike.
            for row in self._shuffled(rows):
                for contender in self._shuffled(self._fitting(row)):
                    self._slice(row, contender, f"round {number}/{rounds}")
        self._progress.end()

    def _slice(self, row: Row, contender: Contender, where: str) -> None:
        cell = self._results.cell(row, contender.label)
        if len(cell.failures) >= ATTEMPTS:
            self._progress.step()
            return
        self._progress.step(f"{where} {row.name} {contender.label}")
        try:
            self._bed.settle()
            cell.samples.append(row.kind.measure(self._bed, contender, row.transport))
        except ContenderFailed as error:
            cell.failures.append(str(error))
            self._progress.note(f"{row.name} {contender.label}: {error}")
            self._bed.drop(contender, row.transport, row.kind.routes)

    def _runnable(self) -> list[Row]:
        """The rows for which this machine has the programs; the others are noted as skipped."""
        found = []
        for row in self._results.rows:
            if missing := row.kind.missing():
                self._results.skipped[row.name] = f"needs {missing}"
                self._progress.note(f"{row.name} skipped: needs {missing}")
            else:
                found.append(row)
        return found

    def _fitting(self, row: Row) -> list[Contender]:
        return [one for one in self._contenders if one.fits(row.transport, row.kind.feature)]

    def _shuffled(self, things: Sequence[T]) -> list[T]:
        return self._dice.sample(things, len(things))
