"""The functions that templates may call: Go's built-in ones and frp's two for port ranges.

Source: the documentation of Go's package text/template, "Functions". Each raises ValueError with Go's text.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from frpg.config.template.printf import printf
from frpg.config.template.values import (
    Int64,
    Pair,
    Uint8,
    format_value,
    is_true,
    to_bytes,
    to_text,
    type_name,
)
from frpg.config.values import parse_numbers


@dataclass(frozen=True, slots=True)
class Function:
    """A function and what it takes: how many arguments (`most` None: any number), how many of them first as strings."""

    call: Callable[..., object]
    least: int
    most: int | None
    strings: int = 0


def _length(value: object) -> int:
    if value is None:
        raise ValueError("len of nil pointer")
    if isinstance(value, str):
        return len(to_bytes(value))
    if isinstance(value, list | Mapping):
        return len(value)
    raise ValueError(f"len of type {type_name(value)}")


def _index(value: object, *keys: object) -> object:
    """The element of a list, map or string, then of that element, and so on; "" for what a map does not have."""
    for key in keys:
        value = _element(value, key)
    return value


def _element(value: object, key: object) -> object:
    if value is None:
        raise ValueError("index of untyped nil")
    if isinstance(value, Mapping):
        if not isinstance(key, str):
            raise ValueError(f"value has type {type_name(key)}; should be string")
        return value.get(key, "")
    if not isinstance(value, list | str):
        raise ValueError(f"can't index item of type {type_name(value)}")
    items = to_bytes(value) if isinstance(value, str) else value
    number = _position(key, len(items) - 1)
    return Uint8(items[number]) if isinstance(value, str) else items[number]


def _position(key: object, highest: int) -> int:
    if key is None:
        raise ValueError("cannot index slice/array with nil")
    if not isinstance(key, int) or isinstance(key, bool):
        raise ValueError(f"cannot index slice/array with type {type_name(key)}")
    if not 0 <= key <= highest:
        raise ValueError(f"index out of range: {key}")
    return int(key)


def _slice(value: object, *keys: object) -> object:
    if value is None:
        raise ValueError("slice of untyped nil")
    if len(keys) > 3:
        raise ValueError(f"too many slice indexes: {len(keys)}")
    if not isinstance(value, str | list):
        raise ValueError(f"can't slice item of type {type_name(value)}")
    if isinstance(value, str) and len(keys) == 3:
        raise ValueError("cannot 3-index slice a string")
    items = to_bytes(value) if isinstance(value, str) else value
    ends = [_position(key, len(items)) for key in keys]
    for low, high in itertools.pairwise(ends):
        if low > high:
            raise ValueError(f"invalid slice index: {low} > {high}")
    part = items[slice(*ends[:2])] if len(ends) > 1 else items[ends[0] if ends else 0 :]
    return to_text(part) if isinstance(part, bytes) else part


def _kind(value: object) -> str:
    """The group of types that compare with each other; "" is none of them."""
    name = type_name(value)
    if name in ("int", "int64", "uint8"):
        return "integer"
    return name if name in ("bool", "float64", "string") else ""


def _equal(first: object, *others: object) -> bool:
    """Whether `first` is equal to any of the others."""
    if not others:
        raise ValueError("missing argument for comparison")
    return any(_is_same(first, other) for other in others)


def _is_same(first: object, second: object) -> bool:
    if first is None or second is None:
        return first is second
    if _kind(first) != _kind(second) or (type_name(first) != type_name(second) and not _kind(first)):
        raise ValueError(_incompatible(first, second))
    if isinstance(first, list | Mapping):
        raise ValueError(f"non-comparable type {format_value(first)}: {type_name(first)}")
    return first == second


def _incompatible(first: object, second: object) -> str:
    return f"incompatible types for comparison: {type_name(first)} and {type_name(second)}"


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[object, object], bool]:
    def ordered(first: object, second: object) -> bool:
        if not _kind(first) or not _kind(second):
            raise ValueError("invalid type for comparison")
        if _kind(first) != _kind(second):
            raise ValueError(_incompatible(first, second))
        if _kind(first) == "bool":
            raise ValueError("invalid type for comparison")
        if isinstance(first, str) and isinstance(second, str):
            return compare(to_bytes(first), to_bytes(second))
        return compare(first, second)

    return ordered


def _print(*values: object) -> str:
    """The values, with a space between two neighbours neither of which is a string."""
    text = ""
    for position, value in enumerate(values):
        if position and not isinstance(value, str) and not isinstance(values[position - 1], str):
            text += " "
        text += format_value(value)
    return text


def _println(*values: object) -> str:
    return " ".join(map(format_value, values)) + "\n"


def _escaper(escape: Callable[[str], str]) -> Callable[..., str]:
    """A function that prints its arguments as `print` does and escapes the result."""

    def escaped(*values: object) -> str:
        return escape(_print(*("<no value>" if value is None else value for value in values)))

    return escaped


_HTML = str.maketrans({"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _html(text: str) -> str:
    return text.translate(_HTML)


def _js(text: str) -> str:
    return "".join(_js_char(char) for char in text)


def _js_char(char: str) -> str:
    if char in "\\'\"":
        return "\\" + char
    if char in "<>&=" or not char.isprintable():
        return f"\\u{ord(char):04X}"
    return char


def _urlquery(text: str) -> str:
    return quote_plus(to_bytes(text))


def _call(function: object, *_: object) -> object:
    """Templates of frp have no value that is a function."""
    if function is None:
        raise ValueError("call of nil")
    raise ValueError(f"non-function of type {type_name(function)}")


def _number_range(text: str) -> list[Int64]:
    return [Int64(number) for number in parse_numbers(text)]


def _number_range_pair(first: str, second: str) -> list[Pair]:
    one, other = _number_range(first), _number_range(second)
    if len(one) != len(other):
        raise ValueError("first and second range numbers are not in pairs")
    return [Pair(*numbers) for numbers in zip(one, other, strict=True)]


# `and` and `or` do not evaluate all of their arguments, so the executor has them; here is only how many they take.
LAZY = {"and": False, "or": True}  # to the truth that ends them

BUILTINS: dict[str, Function] = {
    "and": Function(lambda *values: values[-1], 1, None),
    "call": Function(_call, 1, None),
    "eq": Function(_equal, 1, None),
    "ge": Function(_ordered(operator.ge), 2, 2),
    "gt": Function(_ordered(operator.gt), 2, 2),
    "html": Function(_escaper(_html), 0, None),
    "index": Function(_index, 1, None),
    "js": Function(_escaper(_js), 0, None),
    "le": Function(_ordered(operator.le), 2, 2),
    "len": Function(_length, 1, 1),
    "lt": Function(_ordered(operator.lt), 2, 2),
    "ne": Function(lambda first, second: not _equal(first, second), 2, 2),
    "not": Function(lambda value: not is_true(value), 1, 1),
    "or": Function(lambda *values: values[-1], 1, None),
    "print": Function(_print, 0, None),
    "printf": Function(lambda template, *values: printf(template, values), 1, None, strings=1),
    "println": Function(_println, 0, None),
    "slice": Function(_slice, 1, None),
    "urlquery": Function(_escaper(_urlquery), 0, None),
}
# frp's own, which INI files do not have.
RANGE_FUNCTIONS: dict[str, Function] = {
    "parseNumberRange": Function(_number_range, 1, 1, strings=1),
    "parseNumberRangePair": Function(_number_range_pair, 2, 2, strings=2),
}
