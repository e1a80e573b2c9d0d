"""Statistics and tables of scripts/bench."""

import json
from pathlib import Path

import pytest

from scripts.bench_lib.results import Results
from scripts.bench_lib.rows import select
from scripts.bench_lib.sample import Sample, ratio, summarise
from scripts.bench_lib.table import number, report

ROWS = select(["connect/default", "memory-rest/default"])
CONNECT, REST = ROWS
MACHINE = {"CPU": "abacus", "cores": "2"}


def filled() -> Results:
    results = Results(ROWS, ["frpg", "frp"], "frp")
    for value in (300.0, 100.0, 200.0):
        results.cell(CONNECT, "frpg").samples.append(Sample(value * 3, 50.0))
        results.cell(CONNECT, "frp").samples.append(Sample(value, 200.0))
    results.cell(REST, "frpg").samples.append(Sample(20.0, notes={"server": 12.0, "client": 8.0}))
    return results


def test_summary_has_median_and_spread() -> None:
    found = summarise([Sample(3.0, 1.0, {"lost": 2.0}), Sample(1.0, None), Sample(10.0, 3.0)])
    assert found
    assert (found.count, found.median, found.low, found.high) == (3, 3.0, 1.0, 10.0)
    assert (found.cpu, found.notes) == (2.0, {"lost": 2.0})


def test_no_sample_has_no_summary() -> None:
    assert summarise([]) is None


@pytest.mark.parametrize(("value", "reference", "expected"), [(6.0, 2.0, 3.0), (None, 2.0, None), (1.0, 0.0, None)])
def test_ratio(value: float | None, reference: float | None, expected: float | None) -> None:
    assert ratio(value, reference) == expected


def test_ratios_are_of_medians_and_to_the_reference_only() -> None:
    results = filled()
    assert results.ratios(CONNECT, "frpg") == (3.0, 0.25)
    assert results.ratios(CONNECT, "frp") == (None, None)
    assert results.ratios(REST, "frpg") == (None, None)  # the reference has no sample there


def test_web_rows_stand_beside_two_hops_of_nginx_as_well() -> None:
    rows = select(["vhost-close-1k/mux"])
    results = Results(rows, ["frpg", "frp", "nginx-hops"], "frp")
    for label, value, cpu in (("frpg", 90.0, 20.0), ("frp", 30.0, 80.0), ("nginx-hops", 100.0, 10.0)):
        results.cell(rows[0], label).samples.append(Sample(value, cpu))
    assert results.ratios(rows[0], "frpg") == (3.0, 0.25)
    assert results.beside(rows[0], "frpg") == {"x nginx-hops": 0.9, "CPU x nginx-hops": 2.0}
    assert results.beside(rows[0], "nginx-hops") == {}
    assert "x nginx-hops 0.90, CPU x nginx-hops 2.00" in report(results, MACHINE, markdown=False)


def test_a_curve_is_told_as_multiples_of_its_first_row() -> None:
    rows = select(["lookup-1x1", "lookup-500x50"])
    first, later = rows
    results = Results(rows, ["frpg"], None)
    results.cell(later, "frpg").samples.append(Sample(95.0, 10.5))
    assert results.beside(later, "frpg") == {}  # its first row has no sample yet
    results.cell(first, "frpg").samples.append(Sample(100.0, 10.0))
    assert results.beside(later, "frpg") == {"x lookup-1x1": 0.95, "CPU x lookup-1x1": 1.05}
    assert results.beside(first, "frpg") == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0.0, "0.00"), (0.456, "0.46"), (12.34, "12.3"), (1234.5, "1234"), (23456.0, "23.5k")],
)
def test_numbers_keep_three_figures(value: float | None, text: str) -> None:
    assert number(value) == text


def test_markdown_has_a_table_for_each_group_without_empty_columns() -> None:
    text = report(filled(), MACHINE, markdown=True)
    assert text.startswith("CPU: abacus; cores: 2\n")
    assert (
        "### Connections and requests\n\n| row | contender | median | min - max | unit | CPU | CPU unit | x frp |"
        in text
    )
    assert "| connect/default | frpg | 600 | 300 - 900 | conn/s | 50.0 | us/conn | 3.00 | 0.25 |" in text
    assert "| memory-rest/default | frpg | 20.0 | 20.0 - 20.0 | MB | server 12.0, client 8.00 |" in text


def test_plain_text_is_aligned() -> None:
    lines = report(filled(), MACHINE, markdown=False).splitlines()
    head = next(index for index, line in enumerate(lines) if line.startswith("row"))
    ends = [line.find(word) + len(word) for line, word in zip(lines[head : head + 2], ("median", "600"), strict=True)]
    assert ends[0] == ends[1]


def test_failures_and_skipped_rows_are_told_once() -> None:
    results = filled()
    results.cell(REST, "frp").failures += ["frp server ended", "frp server ended"]
    results.skipped["http-close/default"] = "needs wrk"
    text = report(results, MACHINE, markdown=True)
    assert text.count("- failed: memory-rest/default frp: frp server ended") == 1
    assert "| memory-rest/default | frp | failed |" in text
    assert "- skipped: http-close/default: needs wrk" in text


def test_an_interrupted_slice_leaves_no_line() -> None:
    results = Results(ROWS, ["frpg"], None)
    results.cell(CONNECT, "frpg")
    assert report(results, MACHINE, markdown=True) == "CPU: abacus; cores: 2\n"


def test_json_has_every_sample(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    filled().write(path, MACHINE, {"rounds": 3})
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["machine"] == MACHINE
    assert found["settings"] == {"rounds": 3}
    connect = found["rows"][0]
    assert (connect["name"], connect["unit"], connect["cpu_unit"]) == ("connect/default", "conn/s", "us/conn")
    assert [sample["value"] for sample in connect["contenders"]["frp"]["samples"]] == [300.0, 100.0, 200.0]
    assert connect["contenders"]["frpg"]["ratio"] == 3.0
