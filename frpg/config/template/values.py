"""The values that templates compute with, named and printed as Go does.

Integers, floats, booleans and strings are Python's; strings count in bytes of UTF-8, as in Go.
Source: the documentation of Go's packages text/template and fmt (verb %v).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


class _NoValue:
    """What a name stands for that a map does not have."""

    def __repr__(self) -> str:
        return "<no value>"


NO_VALUE = _NoValue()


class Int64(int):
    """A number of a range; differs from a literal's only in the name of its type."""


class Uint8(int):
    """A byte of a string."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two numbers of `parseNumberRangePair`; the names are those of the fields in templates."""

    First: Int64
    Second: Int64


@dataclass(frozen=True, slots=True)
class Data:
    """The root of a template's data; `type_name` is what messages call it."""

    Envs: Mapping[str, str]
    type_name: str


def type_name(value: object) -> str:
    """The Go type that messages name for `value`."""
    for kind, name in _TYPE_NAMES.items():
        if isinstance(value, kind):
            return name
    if isinstance(value, list):
        return "[]" + type_name(value[0]) if value else "[]int64"
    return value.type_name if isinstance(value, Data) else "<nil>"


_TYPE_NAMES: dict[type, str] = {
    bool: "bool",
    Int64: "int64",
    Uint8: "uint8",
    int: "int",
    float: "float64",
    str: "string",
    Pair: "util.NumberPair",
    Mapping: "map[string]string",
}


def is_true(value: object) -> bool:
    """Whether `if` takes it: not false, 0, nil or empty."""
    return isinstance(value, Pair | Data) or (value is not NO_VALUE and bool(value))


def to_bytes(text: str) -> bytes:
    """The bytes of a string; those that are no UTF-8 are surrogate escapes in it."""
    return text.encode("utf-8", "surrogateescape")


def to_text(data: bytes) -> str:
    """The string of these bytes."""
    return data.decode("utf-8", "surrogateescape")


def print_value(value: object) -> str:
    """How an action prints a value."""
    if value is NO_VALUE or value is None:
        return "<no value>"
    return format_value(value).removeprefix("&") if isinstance(value, Data) else format_value(value)


def format_value(value: object) -> str:
    """The value as %v prints it."""
    if value is None or value is NO_VALUE:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_float(value)
    if isinstance(value, list):
        return "[" + " ".join(map(format_value, value)) + "]"
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{value[key]}" for key in sorted(value, key=to_bytes)) + "]"
    if isinstance(value, Pair):
        return f"{{{value.First:d} {value.Second:d}}}"
    if isinstance(value, Data):
        return f"&{{{format_value(value.Envs)}}}"
    return str(value)


def format_float(value: float, *, mark: str = "e") -> str:
    """The shortest digits that give `value` back; with an exponent below -4 or above 5, as %v and %g have it."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"
    number = Decimal(repr(value)).normalize()
    exponent = number.adjusted()
    if -4 <= exponent < 6:
        return f"{number:f}"
    return f"{number.scaleb(-exponent):f}{mark}{exponent:+03d}"
