"""Prometheus' text exposition format, version 0.0.4, and the families that every program has."""

from __future__ import annotations

import math
import platform
import re
import sys
from collections.abc import Iterable

from flask import Response

from frpg.web.process import ProcessFigures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# A lone surrogate, which a name out of JSON may have, is no UTF-8: it is written out.
_SPECIAL = re.compile('[\\\\"\n\ud800-\udfff]')
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}


class Family:
    """All samples of one name. `kind` is counter or gauge."""

    def __init__(self, name: str, kind: str, about: str, value: float | None = None) -> None:
        self._name = name
        self._lines = [f"# HELP {name} {_one_line(about)}", f"# TYPE {name} {kind}"]
        if value is not None:
            self.add(value)

    def add(self, value: float, labels: str = "") -> None:
        """`labels` are as `labels()` makes them: families with the same ones share the text."""
        self._lines.append(f"{self._name}{labels} {value if type(value) is int else _number(value)}")

    def __str__(self) -> str:
        return "\n".join(self._lines)


def labels(**values: str) -> str:
    """`{name="…",type="…"}`, in the order of the alphabet."""
    pairs = [f'{name}="{_SPECIAL.sub(_escape, value)}"' for name, value in sorted(values.items())]
    return f"{{{','.join(pairs)}}}"


def render(families: Iterable[Family]) -> str:
    """The whole page."""
    return "".join(f"{family}\n" for family in families)


def exposition(families: Iterable[Family]) -> Response:
    """The page as an answer."""
    return Response(render(families), content_type=CONTENT_TYPE)


def process_families(figures: ProcessFigures) -> list[Family]:
    """The standard names, as the exporters of other languages have them; without what the system does not tell."""
    now = figures.measure()
    families = [
        Family("process_cpu_seconds_total", "counter", "User and system CPU time spent in seconds.", now.cpu_seconds),
        Family("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", now.memory),
        Family("process_start_time_seconds", "gauge", "Start time since the Unix epoch in seconds.", now.started_at),
    ]
    if now.open_files:
        families.append(Family("process_open_fds", "gauge", "Number of open file descriptors.", now.open_files))
    if now.open_files_limit:
        about = "Maximum number of open file descriptors."
        families.append(Family("process_max_fds", "gauge", about, now.open_files_limit))
    return [*families, _python_info()]


def _python_info() -> Family:
    family = Family("python_info", "gauge", "Python platform information.")
    major, minor, patch = sys.version_info[:3]
    family.add(
        1,
        labels(
            implementation=platform.python_implementation(),
            version=platform.python_version(),
            major=str(major),
            minor=str(minor),
            patchlevel=str(patch),
        ),
    )
    return family


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(float(value))


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _ESCAPES.get(character) or f"\\\\u{ord(character):04x}"


def _one_line(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
