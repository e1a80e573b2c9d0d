"""On which lines of a YAML or JSON text its options are written."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass

from frpg.config.faults import join

_MAX_PATH = 200  # characters; what lies deeper has the place of what it lies in
_JSON_TOKEN = re.compile(r'[ \t\r\n]*(?:("(?:\\.|[^"\\])*")|([\[{])|([\]}])|[,:]|[^ \t\r\n,:{}\[\]"]+)', re.S)


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    path: str
    is_mapping: bool
    key: str | None = None  # in a mapping: the key that waits for its value
    line: int = 0  # of that key
    count: int = 0  # in a list: values so far


class _Walker:
    """Notes key paths, in lower case, while a text is read from its beginning."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self._open: list[_Open] = []

    def scalar(self, text: str, line: int) -> None:
        top = self._open[-1] if self._open else None
        if top and top.is_mapping and top.key is None:
            top.key, top.line = text, line
        else:
            self._value(line)

    def start(self, is_mapping: bool, line: int) -> None:
        self._open.append(_Open(self._value(line), is_mapping))

    def end(self) -> None:
        if self._open:
            self._open.pop()

    def _value(self, line: int) -> str:
        """A value begins; returns its path."""
        if not self._open:
            return ""
        top = self._open[-1]
        if top.is_mapping:
            path, line, top.key = join(top.path, top.key or ""), top.line or line, None
        else:
            path, top.count = f"{top.path}[{top.count}]", top.count + 1
        if len(path) > _MAX_PATH:
            return top.path
        self.lines[path.lower()] = line
        return path


def yaml_places(text: str) -> dict[str, int]:
    """Key path in lower case to line, from 1, of the first document, as far as it can be read.

    From events, for PyYAML's composer in C recurses and crashes the process on deep nesting. What came by an alias has
    no place of its own.
    """
    import yaml

    walker = _Walker()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        with contextlib.suppress(yaml.YAMLError):
            while loader.check_event() and not loader.check_event(yaml.DocumentEndEvent):
                event = loader.get_event()
                line = event.start_mark.line + 1
                if isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
                    walker.scalar(getattr(event, "value", "*"), line)
                elif isinstance(event, yaml.CollectionStartEvent):
                    walker.start(isinstance(event, yaml.MappingStartEvent), line)
                elif isinstance(event, yaml.CollectionEndEvent):
                    walker.end()
    finally:
        loader.dispose()
    return walker.lines


def json_places(text: str) -> dict[str, int]:
    """The same for JSON."""
    walker, position, line = _Walker(), 0, 1
    while match := _JSON_TOKEN.match(text, position):
        begin = match.end() - len(match[0].lstrip(" \t\r\n"))
        line += text.count("\n", position, begin)
        string, opening, closing = match.groups()
        if opening:
            walker.start(opening == "{", line)
        elif closing:
            walker.end()
        elif match[0][-1] not in ",:" or string:
            walker.scalar(_text(string) if string else "", line)
        line += text.count("\n", begin, match.end())
        position = match.end()
    return walker.lines


def _text(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError:
        return ""
