"""Reads tests/data/smuggling: requests that servers have been tricked with, and what has to become of each.

A file is one theme: `about`, and `cases`, each of

- `name`, and `why` where the name does not tell;
- `raw`: pieces that are joined, one character for one byte; {"repeat": text, "times": n} writes `{}` as 0, 1, …;
- `expect`: "refused", no byte reaches a service; "broken", the body turns out to be bad when a service may have the
  head already (its target is /broken), and no service sees a complete request; "normalised", services see exactly
  the requests in `sees`;
- `answers`: one or several allowed statuses for each answer; where it is missing [400], and 200 for each request seen;
- `sees`: of each request `target` (text, or pieces as in `raw`), and where they matter `method`, `site` (a.test or
  b.test), `body`, `fields` (names and values), `trailers`, and names that have to be `absent`.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.web_judge import Seen

FOLDER = Path(__file__).resolve().parents[1] / "data" / "smuggling"
REFUSED, BROKEN, NORMALISED = "refused", "broken", "normalised"


@dataclass(frozen=True)
class Expected:
    """One request as a service has to see it."""

    target: str
    method: str = "GET"
    site: str = "a.test"
    body: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)
    trailers: list[list[str]] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    def check(self, seen: Seen) -> None:
        assert (seen.site, seen.method, seen.target.decode("latin-1")) == (self.site, self.method, self.target)
        assert seen.is_whole
        assert seen.body.decode("latin-1") == self.body
        assert [[name, value.decode("latin-1")] for name, value in seen.trailers] == self.trailers
        assert seen.values("host") == [self.fields.get("host", [self.site])[0].encode()]
        found = {name: [value.decode("latin-1") for value in seen.values(name)] for name in self.fields}
        assert found == self.fields
        assert not {name for name, _ in seen.fields} & set(self.absent)


@dataclass(frozen=True)
class Case:
    """One trick."""

    name: str
    raw: bytes
    expect: str
    answers: list[list[int]]  # statuses allowed for each answer
    sees: list[Expected]


def load() -> list[Case]:
    """All cases; a name starts with its file's."""
    return [
        _case(path.stem, case)
        for path in sorted(FOLDER.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
    ]


def _case(theme: str, case: dict[str, Any]) -> Case:
    assert case.keys() <= {"name", "why", "raw", "expect", "answers", "sees"}, case
    assert case["expect"] in (REFUSED, BROKEN, NORMALISED), case
    sees = [Expected(**seen | {"target": _join(seen["target"]).decode("latin-1")}) for seen in case.get("sees", [])]
    assert bool(sees) == (case["expect"] == NORMALISED), case
    assert len({seen.target for seen in sees}) == len(sees), "the targets tell the requests of a case apart"
    answers = case.get("answers", [200] * len(sees) or [400])
    return Case(
        name=f"{theme}: {case['name']}",
        raw=_join(case["raw"]),
        expect=case["expect"],
        answers=[status if isinstance(status, list) else [status] for status in answers],
        sees=sees,
    )


def _join(pieces: str | list[str | dict[str, Any]]) -> bytes:
    return "".join(piece if isinstance(piece, str) else _repeated(piece) for piece in pieces).encode("latin-1")


def _repeated(piece: dict[str, Any]) -> str:
    return "".join(piece["repeat"].replace("{}", str(at)) for at in range(piece["times"]))
