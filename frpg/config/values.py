"""Values written as text: port ranges, bandwidths, the scalars and lists of INI files, near names for hints.

Source: frp's documentation of the options; its error texts are kept, for people and scripts know them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from frpg.config.quoting import go_quote

_INT64_MAX = 2**63 - 1
_MAX_NUMBERS = 1_000_000  # of one expanded range text; there are 65536 ports, so more is a typing error
_DECIMAL = re.compile(r"[+-]?[0-9]+")
_INI_INTEGER = re.compile(
    r"([+-]?)(?:0[xX](_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)|0[bB](_?[01]+(?:_[01]+)*)"
    r"|0(?:[oO]_?|_)?([0-7]+(?:_[0-7]+)*)|([1-9][0-9]*(?:_[0-9]+)*|0))"
)
_FLOAT = re.compile(
    r"[+-]?(?:(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?"
    r"|(?i:inf|infinity|nan))"
)
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?:_?[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+")
_TRUE = frozenset(["1", "t", "T", "true", "TRUE", "True", "YES", "yes", "Yes", "y", "ON", "on", "On"])
_FALSE = frozenset(["0", "f", "F", "false", "FALSE", "False", "NO", "no", "No", "n", "OFF", "off", "Off"])
_UNITS = {"KB": 1024, "MB": 1024 * 1024}


@dataclass(frozen=True, slots=True)
class PortRange:
    """The ports from `start` to `end`, both included."""

    start: int
    end: int

    def __contains__(self, port: int) -> bool:
        return self.start <= port <= self.end

    def __str__(self) -> str:
        return str(self.start) if self.start == self.end else f"{self.start}-{self.end}"


def parse_port_ranges(text: str) -> list[PortRange]:
    """Read a list such as "1000-2000,3000"; numbers outside 0 to 65535 are let through and match no port.

    Raises:
        ValueError: the text is no such list, or a range runs backwards.
    """
    return [_port_range(part) for part in text.strip().split(",")]


def _port_range(part: str) -> PortRange:
    ends = part.split("-")
    if len(ends) > 2:
        raise ValueError("range number is invalid")
    try:
        numbers = [_parse_int64(end.strip()) for end in ends]
    except ValueError as error:
        raise ValueError(f"range number is invalid, {error}") from None
    if numbers[0] > numbers[-1]:
        raise ValueError("range number is invalid")
    return PortRange(numbers[0], numbers[-1])


def _parse_int64(text: str) -> int:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"strconv.ParseInt: parsing {go_quote(text)}: invalid syntax")
    # The length first: int() refuses, or takes quadratic time for, thousands of digits.
    if len(text.lstrip("+-0")) > 19 or not -_INT64_MAX - 1 <= int(text) <= _INT64_MAX:
        raise ValueError(f"strconv.ParseInt: parsing {go_quote(text)}: value out of range")
    return int(text)


def parse_numbers(text: str) -> list[int]:
    """Read the same list as `parse_port_ranges` and return its numbers one by one, in order, duplicates kept.

    Raises:
        ValueError: as there, and for more than a million numbers.
    """
    ranges = parse_port_ranges(text)
    if sum(item.end - item.start + 1 for item in ranges) > _MAX_NUMBERS:
        raise ValueError(f"range number is invalid, more than {_MAX_NUMBERS} numbers")
    return [number for item in ranges for number in range(item.start, item.end + 1)]


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """A limit such as 1MB; false when there is none (nothing written, or a number of 0 or less)."""

    text: str = ""  # as typed, without white space around it
    bytes_per_second: int = 0  # 0: no limit

    def __bool__(self) -> bool:
        return self.bytes_per_second > 0

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Bandwidth:
        """Read a decimal number followed by KB (1024 bytes) or MB (1024² bytes); "" is no limit.

        Raises:
            ValueError: another unit or none, or what stands before it is no number.
        """
        text = text.strip()
        if not text:
            return cls()
        unit = _UNITS.get(text[-2:])
        if unit is None:
            raise ValueError("unit not support")
        number = parse_float(text[:-2]) * unit
        return cls(text, max(0, min(int(number), _INT64_MAX)))


def parse_float(text: str) -> float:
    """Read a number as Go writes it, also 0x1p4 and 1_000.5.

    Raises:
        ValueError: not a number, or none that can be told from infinity.
    """
    if not _FLOAT.fullmatch(text) and not _HEX_FLOAT.fullmatch(text):
        raise ValueError(f"strconv.ParseFloat: parsing {go_quote(text)}: invalid syntax")
    try:
        number = float(text) if _FLOAT.fullmatch(text) else float.fromhex(text.replace("_", ""))
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):  # Go takes "Inf"; no limit of a bandwidth is written as an empty value
        raise ValueError(f"strconv.ParseFloat: parsing {go_quote(text)}: value out of range")
    return number


def parse_int_ini(text: str) -> int:
    """Read an integer of an INI file: decimal, 0x, 0o or a leading 0 (octal), 0b; `_` between digits.

    An empty value means "not set" in INI files: callers look for it before.

    Raises:
        ValueError: not an integer, or none of 64 bits.
    """
    text = text.strip()
    match = _INI_INTEGER.fullmatch(text)
    if not match:
        raise ValueError(f"not an integer: '{text}'")
    sign, *digits = match.groups()
    number = 0
    for base, figures in zip((16, 2, 8, 10), digits, strict=True):
        if figures:
            plain = figures.replace("_", "").lstrip("0")
            number = int(plain or "0", base) if len(plain) <= 64 else _INT64_MAX + 1
    number = -number if sign == "-" else number
    if not -_INT64_MAX - 1 <= number <= _INT64_MAX:
        raise ValueError(f"not an integer of 64 bits: '{text}'")
    return number


def parse_bool_ini(text: str) -> bool:
    """Read a boolean of an INI file; an empty value means "not set", callers look for it before.

    Raises:
        ValueError: none of the words for it.
    """
    text = text.strip()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f"not a boolean: '{text}' (use true or false)")


def split_list_ini(text: str) -> list[str]:
    r"""Split a list of an INI file at its commas; `\,` is a comma and `\\` a backslash inside a part.

    Parts are trimmed; an empty last part is dropped, one in the middle stays; an empty text is an empty list.
    """
    parts = [""]
    position = 0
    while position < len(text):
        char = text[position]
        if char == "\\" and text[position + 1 : position + 2] in ("\\", ","):
            position += 1
            parts[-1] += text[position]
        elif char == ",":
            parts.append("")
        else:
            parts[-1] += char
        position += 1
    parts = [part.strip() for part in parts]
    return parts if parts[-1] else parts[:-1]


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was most likely meant to be, in any letter case, or None when none is near."""
    import difflib  # for hints only

    lowered = {candidate.lower(): candidate for candidate in candidates}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.7)
    return lowered[found[0]] if found else None
