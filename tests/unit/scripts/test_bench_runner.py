"""The order in which scripts/bench measures, and what it makes of failures."""

import io
from collections import Counter
from typing import ClassVar, cast

import pytest

from scripts.bench_lib.bed import Bed
from scripts.bench_lib.contenders import Contender, Frp
from scripts.bench_lib.errors import ContenderFailed
from scripts.bench_lib.kinds.base import Kind
from scripts.bench_lib.plans import Routes
from scripts.bench_lib.progress import Progress
from scripts.bench_lib.results import Results
from scripts.bench_lib.rows import Row
from scripts.bench_lib.runner import ATTEMPTS, Runner
from scripts.bench_lib.sample import Sample
from scripts.bench_lib.transports import DEFAULT, Transport

GOOD = Frp("good", (), ())
BAD = Frp("bad", (), ())


class Counted(Kind):
    """Counts its slices; fails on BAD; needs a program when told."""

    group: ClassVar[str] = "Counted"
    unit: ClassVar[str] = "n"

    def __init__(self, needs: str = "") -> None:
        self.slices: Counter[str] = Counter()
        self._needs = needs

    @property
    def title(self) -> str:
        return "counted"

    def missing(self) -> str:
        return self._needs

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        self.slices[contender.label] += 1
        if contender is BAD:
            raise ContenderFailed("no")
        return Sample(float(self.slices[contender.label]))


class StillBed:
    """A bed without tunnels."""

    def __init__(self) -> None:
        self.dropped: list[str] = []

    def settle(self) -> None:
        pass

    def drop(self, contender: Contender, transport: Transport, routes: Routes | None) -> None:
        self.dropped.append(contender.label)


def run(rows: list[Row], rounds: int) -> tuple[Results, StillBed]:
    results = Results(rows, ["good", "bad"], None)
    bed = StillBed()
    Runner(cast(Bed, bed), [GOOD, BAD], results, Progress(io.StringIO())).run(rounds)
    return results, bed


def test_every_round_measures_every_row_on_every_contender() -> None:
    kinds = [Counted(), Counted()]
    rows = [Row(f"row-{number}", kind, DEFAULT) for number, kind in enumerate(kinds)]
    results, _ = run(rows, 5)
    assert [kind.slices["good"] for kind in kinds] == [5, 5]
    assert [sample.value for sample in results.cell(rows[0], "good").samples] == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_failing_contender_loses_its_tunnel_and_after_some_attempts_the_row() -> None:
    kind = Counted()
    results, bed = run([Row("row", kind, DEFAULT)], 5)
    assert kind.slices == {"good": 5, "bad": ATTEMPTS}
    assert bed.dropped == ["bad"] * ATTEMPTS
    assert results.failures == ["row bad: no"]


@pytest.mark.parametrize("needs", ["wrk", "wrk, nginx"])
def test_a_row_without_its_program_is_skipped_by_name(needs: str) -> None:
    kind = Counted(needs)
    results, _ = run([Row("row", kind, DEFAULT)], 2)
    assert not kind.slices
    assert results.skipped == {"row": f"needs {needs}"}
    assert results.failures == []
