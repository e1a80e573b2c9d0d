"""Which format a configuration file is in: INI, or one of TOML, YAML and JSON, whose trees come out alike.

The name of a file says little: frp looks at the content first. What TOML and YAML say is turned into what JSON could
say: dates are texts, and a float without a fraction is an integer.
"""

from __future__ import annotations

import math
import re
from datetime import date, time
from pathlib import PurePath
from typing import Any

from frpg.config.ini import DEFAULT, IniError, IniFile, parse_ini
from frpg.config.toml_tree import TomlError, read_toml
from frpg.errors import ConfigError

_HEADER = re.compile(r"^[\s\ufeff]*\[common\]", re.M)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHORTHAND = 10  # how many times its own size a YAML text may grow to by aliases


class FormatError(ConfigError):
    """The text is none of TOML, YAML and JSON, or no table of options; the message names line and column if known."""


def is_legacy(text: str) -> bool:
    """Whether frp takes a file (not rendered yet) for INI: it reads as INI and has a section named `common`."""
    if not _HEADER.search(text):  # saves reading a long file of another format twice
        return False
    try:
        return "common" in parse_ini(text, inline_comments=True).sections
    except IniError:
        return False


def looks_like_headerless_ini(text: str, path: str) -> bool:
    """Whether a file that is not legacy is INI without its [common] header, as frp's README shows such snippets.

    It is when its name ends in .ini, it reads as INI and says something, and it is no tree of the newer options.
    """
    if PurePath(path).suffix.lower() != ".ini":
        return False
    try:
        file = parse_ini(text, inline_comments=True)
    except IniError:
        return False
    return bool(file.sections) and "common" not in file.sections and not _is_option_tree(text, path, file)


def _is_option_tree(text: str, path: str, file: IniFile) -> bool:
    """Whether `text` means options of the newer tree; `file` is what it reads as when taken for INI.

    It may not parse before its templates are rendered, or have a mistake in it, so the names count too.
    """
    known = _option_names()
    try:
        tree = parse_tree(text, path)
    except FormatError:
        pass
    else:
        if all(key.lower() in known for key in tree):
            return True
    if re.match(r"\s*(\{(?!\{)|-\s|---)", text):  # JSON, or a YAML list or document
        return True
    for section in file.sections.values():
        names = section.keys if section.name == DEFAULT else [section.name]
        is_proxy = section.name != DEFAULT and any("_" in key for key in section.keys)
        if not is_proxy and any(_top_name(name) in known - _IN_BOTH for name in names):
            return True
    return False


_IN_BOTH = frozenset({"includes", "start", "user"})  # names that INI files have as well


def _option_names() -> frozenset[str]:
    """The top level names of the newer options of both programs, in lower case."""
    from frpg.config.client import ClientConfig  # the model is above this module
    from frpg.config.decode import options
    from frpg.config.server import ServerConfig

    return frozenset(options(ServerConfig)) | frozenset(options(ClientConfig))


def _top_name(name: str) -> str:
    """The first part of a dotted or bracketed name, without quotes, in lower case."""
    return name.strip("[] \t\"'").split(".")[0].strip(" \t\"'").lower()


def parse_tree(text: str, path: str, *, strict: bool = True) -> dict[str, Any]:
    """Return the options of a rendered file as nested dicts, in the order of the file.

    Where names differ in letter case only they are sorted, since the last of them counts. `strict` lets text behind a
    JSON value pass, as frp has it.

    Raises:
        FormatError: see there.
    """
    try:
        return _parse_tree(text, path, strict)
    except RecursionError:
        raise FormatError("nested too deeply") from None


def _parse_tree(text: str, path: str, strict: bool) -> dict[str, Any]:
    suffix = PurePath(path).suffix.lower()
    try:
        return _plain_table(read_toml(text), text)
    except TomlError as error:
        not_toml = error
    if suffix == ".toml":
        raise FormatError(f"toml: {not_toml}")
    if text.lstrip(" \t\r\n").startswith("{"):
        return _json_table(text, strict)
    hints = "" if suffix in (".yaml", ".yml", ".json") else _hints(text, suffix, not_toml)
    from frpg.config.yaml_tree import YamlError, read_yaml

    try:
        tree = read_yaml(text)
    except YamlError as error:
        raise FormatError(f"error converting YAML to JSON: yaml: {error}{hints}") from None
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise FormatError(f"{_not_a_table(tree)}{hints}")
    return _plain_table({key: tree[key] for key in tree if not key.startswith(".")}, text)


def _json_table(text: str, strict: bool) -> dict[str, Any]:
    from frpg.config.json_tree import JsonError, read_json

    try:
        tree = read_json(text, strict=strict)
    except JsonError as error:
        raise FormatError(str(error)) from None
    if not isinstance(tree, dict):
        raise FormatError(_not_a_table(tree))
    return _plain_table(tree, text, is_json=True)


def _hints(text: str, suffix: str, not_toml: Exception) -> str:
    """What else a file of an unknown or misleading name may have been meant to be, and why it is not."""
    hints = f"; as TOML: {not_toml}"
    if suffix == ".ini" or _HEADER.search(text):
        try:
            parse_ini(text)
        except IniError as error:
            hints = f"; as INI: {error}{hints}"
    return hints


def _not_a_table(value: object) -> str:
    kind = "array" if isinstance(value, list) else "string" if isinstance(value, str) else "number"
    kind = "bool" if isinstance(value, bool) else kind
    return f"json: cannot unmarshal {kind} into a table of options: expected lines such as 'bindPort: 7000'"


def _plain_table(tree: dict[str, Any], text: str, *, is_json: bool = False) -> dict[str, Any]:
    table: dict[str, Any] = _Plainer(_SHORTHAND * len(text) + 10_000, is_json).table(tree)
    return table


class _Plainer:
    """Copies a tree into values that JSON has; `budget` is how many values it may have."""

    def __init__(self, budget: int, is_json: bool) -> None:
        self._budget = budget
        self._is_json = is_json

    def table(self, tree: dict[str, Any]) -> dict[str, Any]:
        keys = list(tree)
        if len({key.lower() for key in keys}) < len(keys) and not self._is_json:
            keys.sort()
        return {self._value(key): self._value(tree[key]) for key in keys}

    def _value(self, value: Any) -> Any:
        self._budget -= 1
        if self._budget < 0:
            raise FormatError("error converting YAML to JSON: yaml: document contains excessive aliasing")
        if isinstance(value, str):
            return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
        if isinstance(value, dict):
            return self.table(value)
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if isinstance(value, float):
            return self._number(value)
        return _iso(value) if isinstance(value, date | time) else value

    def _number(self, value: float) -> int | float:
        if not math.isfinite(value):
            name = "NaN" if math.isnan(value) else f"{value:+}".replace("inf", "Inf")
            raise FormatError(f"json: unsupported value: {name}")
        # Go writes 7000.0 as 7000 when it makes JSON of TOML and YAML, but keeps what JSON itself says.
        is_integer = value.is_integer() and abs(value) < 1e21 and not self._is_json
        return int(value) if is_integer else value


def _iso(value: date | time) -> str:
    """A date or time of TOML as RFC 3339 has it."""
    text = value.isoformat()
    if "." in text:
        head, _, tail = text.partition(".")
        fraction = tail[:6].rstrip("0")
        text = head + (f".{fraction}" if fraction else "") + tail[6:]
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
