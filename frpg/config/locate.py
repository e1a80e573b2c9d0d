"""Where in the text of a configuration file its faults are to be mended, for editors that show a fault at its line."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import TypedDict

from frpg.config.decode import options
from frpg.config.ini import DEFAULT, IniError, parse_ini
from frpg.config.sources import Source, text_source
from frpg.config.toml_tree import TomlError, read_toml
from frpg.errors import ConfigError

_LINE = re.compile(r"\bline (\d+)")
_TEMPLATE_LINE = re.compile(r"template: frp:(\d+):")
_CHARACTER = re.compile(r"\(character (\d+) of the file\)")
_V1_PATH = re.compile(r"([A-Za-z]\w*)((?:\[\d+\]|\.[^\s:]+)*): ")
_MAX_STEPS = 20  # from an option up to what it lies in


class PlacedFault(TypedDict):
    """One fault as JSON."""

    line: int  # from 1; 0: unknown, or in another file
    path: str  # v1 key path, or `[section] key`; "" for the file as a whole, or another file
    text: str  # of a fault in another file the whole line, with that file's name


def format_of(source: Source, text: str) -> str:
    """The format (`ini`, `toml`, `json` or `yaml`) that the rendered `text` of `source` is taken for."""
    if source.is_legacy:
        return "ini"
    suffix = PurePath(source.path).suffix.lower()
    try:
        read_toml(text)
    except TomlError:
        if suffix != ".toml":
            return "json" if text.lstrip(" \t\r\n").startswith("{") else "yaml"
    except RecursionError:
        pass
    return "toml"


def places(text: str, format_: str) -> dict[str, int]:
    """Key path to line, from 1, of what stands in `text`: `proxies[2].remoteport` in lower case, `[ssh] local_port`."""
    if format_ == "ini":
        return _ini_places(text)
    if format_ == "toml":
        from frpg.config.toml_places import toml_places

        return toml_places(text)
    from frpg.config.tree_places import json_places, yaml_places

    return json_places(text) if format_ == "json" else yaml_places(text)


def line_of(text: str, format_: str, path: str) -> int:
    """The line, from 1, of the option at a key path, or else of the nearest thing around it; 0 when there is none."""
    return _line(places(text, format_), format_, path)


def faults_with_lines(
    text: str, path: str, error: ConfigError, environ: Mapping[str, str] | None = None
) -> list[PlacedFault]:
    """The faults that loading `text` as the file at `path` gave, with their lines in `text`.

    A template whose result has another number of lines hides where a fault comes from. `environ` is os.environ when
    None; it has to be that of the load.
    """
    source = text_source(path, text)
    rendered = _rendered(source, os.environ if environ is None else environ)
    format_ = format_of(source, rendered) if rendered is not None else ""
    found = places(rendered, format_) if rendered is not None else {}
    return [_placed(line, source, rendered, format_, found) for line in error.faults]


def _placed(fault: str, source: Source, rendered: str | None, format_: str, found: Mapping[str, int]) -> PlacedFault:
    if not fault.startswith(f"{source.path}: "):
        return PlacedFault(line=0, path="", text=fault)
    rest = fault.removeprefix(f"{source.path}: ")
    path = _path(rest, format_, found)
    if path:
        return PlacedFault(line=_line(found, format_, path), path=path, text=rest[len(path) + 2 :])
    return PlacedFault(line=_named_line(rest, source.text, rendered), path="", text=rest)


def _path(rest: str, format_: str, found: Mapping[str, int]) -> str:
    """The key path that a fault begins with, "" when it is about the file as a whole."""
    # A key that a user made up may have any character, also a colon.
    for colon in itertools.islice(re.finditer(": ", rest), _MAX_STEPS):
        head = rest[: colon.start()]
        if (head if format_ == "ini" else head.lower()) in found or (format_ == "ini" and _section(head) in found):
            return head
    match = _V1_PATH.match(rest) if format_ != "ini" else None
    return match[0][:-2] if match and match[1].lower() in _known_names() else ""


def _section(path: str) -> str:
    return path[: path.rfind("] ") + 1]


def _known_names() -> frozenset[str]:
    from frpg.config.client import ClientConfig
    from frpg.config.server import ServerConfig

    return frozenset(options(ClientConfig)) | frozenset(options(ServerConfig))


def _line(found: Mapping[str, int], format_: str, path: str) -> int:
    if format_ == "ini":
        return found.get(path) or found.get(_section(path), 0)
    path = path.lower()
    for _ in range(_MAX_STEPS):
        if path in found:
            return found[path]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return 0


def _named_line(rest: str, text: str, rendered: str | None) -> int:
    """The line that a fault names itself, such as one of syntax."""
    if match := _TEMPLATE_LINE.search(rest):
        return int(match[1])
    if rendered is None:
        return 0
    if match := _LINE.search(rest):
        return int(match[1])
    if match := _CHARACTER.search(rest):
        return text.count("\n", 0, int(match[1]) - 1) + 1
    return 0


def _rendered(source: Source, environ: Mapping[str, str]) -> str | None:
    """What the template gives, None when its lines are others than those of the text."""
    try:
        text = source.rendered(environ)
    except ConfigError:
        return None
    return text if text.count("\n") == source.text.count("\n") else None


def _ini_places(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    try:
        file = parse_ini(text)
    except IniError:
        return found
    for section in file.sections.values():
        prefix = "" if section.name == DEFAULT else f"[{section.name}] "
        if prefix:
            found[prefix.rstrip(" ")] = section.line
        found.update({prefix + key: item.line for key, item in section.keys.items()})
    return found
