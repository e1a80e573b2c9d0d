"""Results as tables, in Markdown or as aligned text."""

import itertools
from collections.abc import Sequence

from .results import Cell, Results
from .rows import Row

HEAD = ("row", "contender", "median", "min - max", "unit", "CPU", "CPU unit", "x peer", "CPU x peer", "notes")
_NUMBERS = frozenset({"median", "min - max", "CPU", "x peer", "CPU x peer"})


def report(results: Results, machine: dict[str, str], *, markdown: bool) -> str:
    """All groups with their tables, then what was skipped and what failed."""
    parts = ["; ".join(f"{key}: {value}" for key, value in machine.items())]
    for group, rows in itertools.groupby(results.rows, key=lambda row: row.kind.group):
        lines = [line for row in rows for line in _lines(results, row)]
        if lines:
            head = [name.replace("peer", results.reference or "peer") for name in HEAD]
            parts.append(_heading(group, markdown) + (_markdown if markdown else _text)(*_used(head, lines)))
    parts += _list("skipped", [f"{name}: {why}" for name, why in results.skipped.items()])
    parts += _list("failed", results.failures)
    return "\n\n".join(parts) + "\n"


def number(value: float | None) -> str:
    """Three figures, as long as that says something; empty for None."""
    if value is None:
        return ""
    if abs(value) >= 10000:
        return f"{value / 1000:.1f}k"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _list(title: str, lines: Sequence[str]) -> list[str]:
    """One part with a line for each, none without lines."""
    return ["\n".join(f"- {title}: {line}" for line in lines)] if lines else []


def _lines(results: Results, row: Row) -> list[list[str]]:
    return [_line(results, row, label, cell) for label, cell in results.cells(row)]


def _line(results: Results, row: Row, label: str, cell: Cell) -> list[str]:
    summary = cell.summary
    if not summary:
        return [row.name, label, "failed", "", row.kind.unit, "", "", "", "", ""]
    value_ratio, cpu_ratio = results.ratios(row, label)
    more = results.beside(row, label) | summary.notes
    notes = [f"{key} {number(value)}" for key, value in more.items()]
    if cell.failures:
        notes.append(f"{len(cell.failures)} failed")
    return [
        row.name,
        label,
        number(summary.median),
        f"{number(summary.low)} - {number(summary.high)}",
        row.kind.unit,
        number(summary.cpu),
        row.kind.cpu_unit if summary.cpu is not None else "",
        number(value_ratio),
        number(cpu_ratio),
        ", ".join(notes),
    ]


def _used(head: Sequence[str], lines: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]], list[bool]]:
    """The columns that are not empty, and which of them hold numbers."""
    keep = [index for index in range(len(head)) if any(line[index] for line in lines)]
    numeric = [HEAD[index] in _NUMBERS for index in keep]
    return [head[index] for index in keep], [[line[index] for index in keep] for line in lines], numeric


def _heading(group: str, markdown: bool) -> str:
    return f"### {group}\n\n" if markdown else f"{group}\n"


def _markdown(head: list[str], lines: list[list[str]], numeric: list[bool]) -> str:
    rule = ["---:" if is_number else "---" for is_number in numeric]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, rule, *lines])


def _text(head: list[str], lines: list[list[str]], numeric: list[bool]) -> str:
    widths = [max(len(cells[index]) for cells in [head, *lines]) for index in range(len(head))]

    def fit(cells: list[str]) -> str:
        pairs = zip(cells, widths, numeric, strict=True)
        return "  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in pairs).rstrip()

    return "\n".join(fit(cells) for cells in [head, *lines])
