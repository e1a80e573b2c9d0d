"""YAML to plain dicts, lists and scalars, with the types that frp gives to words and numbers.

PyYAML's parser cuts the text into events; the tree is built here, for three reasons. frp reads YAML 1.1 through Go's
yaml package, which knows neither dates nor sexagesimal numbers, but y, n, 1e3 and 0o17. PyYAML's composer in C recurses
and crashes the process on deep nesting. And this is faster.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_MAX_DEPTH = 200  # no option lies deeper than 6
_BOOLS = dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"), True) | dict.fromkeys(
    ("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"), False
)
_NULLS = frozenset(["", "~", "null", "Null", "NULL"])
_INTEGER = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]{0,19}|0))")
_FLOAT = re.compile(r"[+-]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(r"([+-]?)\.(?:(inf|Inf|INF)|nan|NaN|NAN)")
_TAG = "tag:yaml.org,2002:"


class YamlError(ValueError):
    """Not YAML, or YAML that has no JSON form; the text begins with `line N: ` where that is known."""


class _Merge:
    """Stands for the key << of a mapping."""


_MERGE = _Merge()


@dataclass(slots=True)
class _Open:
    """A collection that is being read; in a mapping keys and values take turns in `items`."""

    is_mapping: bool
    anchor: str | None
    line: int
    items: list[Any] = field(default_factory=list)


def read_yaml(text: str) -> object:
    """Return the first document of `text`, None when there is none; aliases share their object.

    Raises:
        YamlError: not YAML, an alias of nothing or of what it lies in, a key that is no scalar, nested too deeply.
    """
    import yaml  # 17 ms, and few files are YAML

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        return _Builder(yaml).build(_first_document(yaml, loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place, column = (f"line {mark.line + 1}: ", f" (column {mark.column + 1})") if mark else ("", "")
        raise YamlError(f"{place}{error.problem or error.context}{column}") from None
    except yaml.reader.ReaderError as error:
        raise YamlError(f"{error.reason} (character {error.position + 1} of the file)") from None
    finally:
        loader.dispose()


def _first_document(yaml: Any, loader: Any) -> Iterator[Any]:
    while loader.check_event():
        event = loader.get_event()
        if isinstance(event, yaml.DocumentEndEvent):
            return
        yield event


class _Builder:
    """Events to a tree, without recursion."""

    def __init__(self, yaml: Any) -> None:
        self._yaml = yaml
        self._open: list[_Open] = []
        self._anchors: dict[str, Any] = {}
        self._root: Any = None

    def build(self, events: Iterator[Any]) -> object:
        scalar, alias = self._yaml.ScalarEvent, self._yaml.AliasEvent
        start, end = self._yaml.CollectionStartEvent, self._yaml.CollectionEndEvent
        for event in events:
            if isinstance(event, scalar):
                self._add(self._scalar(event), event.anchor)
            elif isinstance(event, start):
                self._start(event)
            elif isinstance(event, end):
                done = self._open.pop()
                self._add(_mapping(done) if done.is_mapping else done.items, done.anchor)
            elif isinstance(event, alias):
                self._add(self._alias(event), None)
        return self._root

    def _start(self, event: Any) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise YamlError(f"line {event.start_mark.line + 1}: nested deeper than {_MAX_DEPTH} levels")
        is_mapping = isinstance(event, self._yaml.MappingStartEvent)
        self._open.append(_Open(is_mapping, event.anchor, event.start_mark.line + 1))

    def _add(self, value: Any, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = value
        if not self._open:
            self._root = value
            return
        parent = self._open[-1]
        if value is _MERGE and not (parent.is_mapping and len(parent.items) % 2 == 0):
            value = "<<"
        parent.items.append(value)

    def _alias(self, event: Any) -> Any:
        line = event.start_mark.line + 1
        if any(event.anchor == collection.anchor for collection in self._open):
            raise YamlError(f"line {line}: anchor '{event.anchor}' value contains itself")
        if event.anchor not in self._anchors:
            raise YamlError(f"line {line}: unknown anchor '{event.anchor}' referenced")
        return self._anchors[event.anchor]

    def _scalar(self, event: Any) -> Any:
        tag = event.tag or ""
        if tag.startswith(_TAG):
            try:
                return _tagged(tag.removeprefix(_TAG), event.value)
            except ValueError:
                kind = tag.removeprefix(_TAG)
                reason = f"cannot decode !!str `{event.value}` as a !!{kind}"
                raise YamlError(f"line {event.start_mark.line + 1}: {reason}") from None
        return _plain_scalar(event.value) if event.implicit[0] and not tag else event.value


def _mapping(done: _Open) -> dict[str, Any]:
    """The pairs of a mapping, those of a merged one behind its own; of a key given twice the last one."""
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key, value in zip(done.items[::2], done.items[1::2], strict=True):
        if key is not _MERGE:
            own[key if isinstance(key, str) else _key_text(key, done.line)] = value
            continue
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise YamlError(f"line {done.line}: map merge requires map or sequence of maps as the value")
            merged = source | merged
    return merged | own if merged else own


def _key_text(key: object, line: int) -> str:
    """The JSON spelling of a key that is no text."""
    if key is None or isinstance(key, dict | list):
        kind = "null" if key is None else "a list" if isinstance(key, list) else "a mapping"
        raise YamlError(f"line {line}: invalid map key: {kind}")
    return json.dumps(key)


def _plain_scalar(text: str) -> Any:
    """What a word without quotes means."""
    if text in _NULLS:
        return None
    if text[0] in "+-.0123456789":
        number = _number(text)
        return text if number is None else number
    return _MERGE if text == "<<" else _BOOLS.get(text, text)


def _number(text: str) -> int | float | None:
    """The number that `text` is, or None; underscores do not count."""
    plain = text.replace("_", "")
    match = _INTEGER.fullmatch(plain)
    if match:
        sign, *digits = match.groups()
        figures, base = next((item, base) for item, base in zip(digits, (16, 2, 8, 10), strict=True) if item)
        value = int(figures[:65], base) * (-1 if sign == "-" else 1)
        if -(2**63) <= value < 2**64:
            return value
    if _FLOAT.fullmatch(plain):
        number = float(plain)
        return None if number in (float("inf"), float("-inf")) else number
    match = _NOT_FINITE.fullmatch(text)
    if match is None:
        return None
    return float(f"{match[1]}inf") if match[2] else float("nan")


def _tagged(kind: str, text: str) -> Any:
    """A scalar with a tag such as !!int; raises ValueError when it is none."""
    if kind == "null":
        return None
    if kind == "bool":
        return _BOOLS[text] if text in _BOOLS else _refuse(text)
    if kind in ("int", "float"):
        number = _number(text)
        return _refuse(text) if number is None else number
    if kind == "binary":
        import base64

        return base64.b64decode(text).decode("utf-8", "replace")
    return text


def _refuse(text: str) -> Any:
    raise ValueError(text)
