"""Text behind a flag to a value. Rules and error texts: those of Go's strconv and pflag, which frp's users know."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))
_OLD_OCTAL = r"([+-]?)0([0-7_]+)"  # patterns are compiled when a flag needs them: a start must be quick
_DURATION = r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)"  # both letters mu
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of flag. `parse(text, earlier)` raises ValueError with the reason.

    `earlier` is what earlier uses of the flag made, None at the first; lists and maps add to it.
    """

    name: str  # in the help; empty for a switch
    parse: Callable[[str, Any], Any]
    is_switch: bool = False  # takes a value only as --flag=value


def parse_int(text: str, _earlier: object = None) -> int:
    octal = re.fullmatch(_OLD_OCTAL, text)
    try:
        if not text.isascii() or text != text.strip():
            raise ValueError
        value = int(f"{octal[1]}0o{octal[2]}" if octal else text, 0)
    except ValueError:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": value out of range')
    return value


def parse_bool(text: str, _earlier: object = None) -> bool:
    if text not in _TRUE and text not in _FALSE:
        raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')
    return text in _TRUE


def parse_list(text: str, earlier: list[str] | None = None) -> list[str]:
    """Comma separated, with quotes as in CSV."""
    return [*(earlier or ()), *_csv(text)]


def parse_map(text: str, earlier: dict[str, str] | None = None) -> dict[str, str]:
    """`k=v,k2=v2`. With one "=" alone the commas belong to the value."""
    pairs = [text.strip().strip('"')] if text.count("=") == 1 else _csv(text) or [text]
    result = dict(earlier or {})
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign:
            raise ValueError(f"{pair} must be formatted as key=value")
        result[key] = value
    return result


def parse_duration(text: str, _earlier: object = None) -> float:
    """`1m30s`, `1.5h`, `100ms`; seconds."""
    sign, digits = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if digits == "0":
        return 0.0
    parts = re.findall(_DURATION, digits)
    if "".join(number + unit for number, unit in parts) != digits or not parts:
        reason = "missing unit in duration" if re.fullmatch(r"[\d.]*\d[\d.]*", digits) else "invalid duration"
        raise ValueError(f'time: {reason} "{text}"')
    return sign * sum(float(number) * _SECONDS.get(unit, 1e-6) for number, unit in parts)


def _csv(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",") if text else []
    import csv

    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as error:
        raise ValueError(f"parse error on line 1: {error}") from None


STRING = Kind("string", lambda text, _earlier: text)
INT = Kind("int", parse_int)
BOOL = Kind("", parse_bool, is_switch=True)
LIST = Kind("list", parse_list)
MAP = Kind("k=v,...", parse_map)
DURATION = Kind("duration", parse_duration)
