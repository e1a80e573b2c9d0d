"""The formatted printing of templates: `printf` with Go's verbs, flags, widths and argument numbers.

Source: the documentation of Go's package fmt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from frpg.config.quoting import go_quote
from frpg.config.template.values import (
    NO_VALUE,
    Data,
    Pair,
    format_float,
    format_value,
    to_bytes,
    type_name,
)

_DIRECTIVE = re.compile(
    r"%(?P<flags>[-+# 0]*)(?:\[(?P<first>[^\]]*)\])?(?P<width>\*|[0-9]+)?"
    r"(?:\.(?:\[(?P<second>[^\]]*)\])?(?P<precision>\*|[0-9]+)?(?P<point>))?(?:\[(?P<index>[^\]]*)\])?(?P<verb>.)?",
    re.S,
)
_MAX_WIDTH = 1_000_000  # as in Go
_INTEGER_VERBS = {"d": "d", "b": "b", "o": "o", "O": "o", "x": "x", "X": "X"}
_PREFIXES = {"b": "0b", "o": "0", "O": "0o", "x": "0x", "X": "0X"}


@dataclass(slots=True)
class _Spec:
    """One directive: flags, width and precision (None when not given), verb."""

    flags: str
    width: int | None
    precision: int | None
    verb: str


def printf(template: str, arguments: Sequence[object]) -> str:
    """Return `template` with its directives replaced; mistakes show in the text as in Go, such as `%!d(string=a)`."""
    return _Printer(arguments).run(template)


class _Printer:
    def __init__(self, arguments: Sequence[object]) -> None:
        self._arguments = arguments
        self._next = 0
        self._is_reordered = False
        self._is_index_good = True
        self._notes = ""  # of a bad width or precision

    def run(self, template: str) -> str:
        text = _DIRECTIVE.sub(self._directive, template)
        extra = [] if self._is_reordered else self._arguments[self._next :]
        if extra:
            shown = ("<nil>" if item is None else f"{type_name(item)}={format_value(item)}" for item in extra)
            text += f"%!(EXTRA {', '.join(shown)})"
        return text

    def _directive(self, match: re.Match[str]) -> str:
        self._is_index_good, self._is_reordered, self._notes = True, False, ""
        self._jump(match["first"])
        width = self._number(match["width"], "WIDTH")
        flags = match["flags"]
        if width is not None and width < 0:
            flags, width = flags + "-", -width
        self._jump(match["second"])
        precision = self._number(match["precision"], "PREC") if match["precision"] else None
        if match["point"] is not None and precision is None:
            precision = 0
        if precision is not None and precision < 0:
            precision = None
        self._jump(match["index"])
        verb = match["verb"]
        if verb is None:
            return self._notes + "%!(NOVERB)"
        if verb == "%":
            return self._notes + "%"
        if not self._is_index_good:
            return f"{self._notes}%!{verb}(BADINDEX)"
        if self._next >= len(self._arguments):
            return f"{self._notes}%!{verb}(MISSING)"
        value = self._arguments[self._next]
        self._next += 1
        return self._notes + _format(_Spec(flags, width, precision, verb), value)

    def _jump(self, index: str | None) -> None:
        """Go on with the argument of this number, from 1."""
        if index is None:
            return
        self._is_reordered = True
        if index.isdecimal() and 1 <= int(index[:9]) <= len(self._arguments):
            self._next = int(index) - 1
        else:
            self._is_index_good = False

    def _number(self, text: str | None, what: str) -> int | None:
        """A width or precision; * takes it from the arguments."""
        if text is None:
            return None
        if text != "*":
            number = int(text[:9])
            if number <= _MAX_WIDTH:
                return number
        else:
            value = self._arguments[self._next] if self._next < len(self._arguments) else None
            self._next += self._next < len(self._arguments)
            if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_WIDTH:
                return value
        self._notes += f"%!(BAD{what})"
        return None


def _format(spec: _Spec, value: object) -> str:
    if spec.verb == "T":
        return _pad(spec, type_name(value))
    if value is None or value is NO_VALUE:
        return _pad(spec, "<nil>") if spec.verb == "v" else f"%!{spec.verb}(<nil>)"
    if isinstance(value, list):
        return "[" + " ".join(_format(spec, item) for item in value) + "]"
    if isinstance(value, Mapping):
        items = (f"{_format(spec, key)}:{_format(spec, value[key])}" for key in sorted(value, key=to_bytes))
        return "map[" + " ".join(items) + "]"
    if isinstance(value, Data):
        return f"&{{{'Envs:' if '+' in spec.flags else ''}{_format(spec, value.Envs)}}}"
    if isinstance(value, Pair):
        names = ("First:", "Second:") if "+" in spec.flags and spec.verb == "v" else ("", "")
        return f"{{{names[0]}{_format(spec, value.First)} {names[1]}{_format(spec, value.Second)}}}"
    text = _scalar(spec, value)
    return text if text is not None else f"%!{spec.verb}({type_name(value)}={format_value(value)})"


def _scalar(spec: _Spec, value: object) -> str | None:
    """The formatted text, or None when the verb is none for this type."""
    if isinstance(value, bool):
        return _pad(spec, format_value(value)) if spec.verb in "vt" else None
    if isinstance(value, int):
        return _integer(spec, value)
    if isinstance(value, float):
        return _float(spec, value)
    return _string(spec, value) if isinstance(value, str) else None


def _integer(spec: _Spec, value: int) -> str | None:
    verb = "d" if spec.verb == "v" else spec.verb
    if verb in "cqU":
        char = chr(value) if 0 <= value <= 0x10FFFF and not 0xD800 <= value < 0xE000 else "\ufffd"
        if verb == "U":
            return _pad(spec, f"U+{value:04X}" + (f" '{char}'" if "#" in spec.flags else ""))
        return _pad(spec, char if verb == "c" else go_quote(char, mark="'", ascii_only="+" in spec.flags))
    if verb not in _INTEGER_VERBS:
        return None
    digits = format(abs(value), _INTEGER_VERBS[verb])
    if spec.precision is not None:
        digits = "" if value == 0 and spec.precision == 0 else digits.rjust(spec.precision, "0")
        spec = replace(spec, flags=spec.flags.replace("0", ""))
    elif "0" in spec.flags and "-" not in spec.flags and spec.width:
        digits = digits.rjust(spec.width - len(_sign(spec, value < 0)), "0")
    if verb == "O" or ("#" in spec.flags and verb in _PREFIXES and not (verb == "o" and digits.startswith("0"))):
        digits = _PREFIXES[verb] + digits
    return _pad(spec, _sign(spec, value < 0) + digits)


def _sign(spec: _Spec, is_negative: bool) -> str:
    if is_negative:
        return "-"
    if "+" in spec.flags and spec.verb != "v":  # %+v means the names of fields
        return "+"
    return " " if " " in spec.flags else ""


def _float(spec: _Spec, value: float) -> str | None:
    verb = "g" if spec.verb == "v" else spec.verb
    if verb not in "eEfFgG":
        return None
    if verb in "gG" and spec.precision is None:
        text = format_float(abs(value), mark="E" if verb == "G" else "e")
    else:
        text = format(abs(value), f".{6 if spec.precision is None else spec.precision}{verb}")
    sign = _sign(spec, str(value).startswith("-"))
    if "0" in spec.flags and "-" not in spec.flags and spec.width:
        text = text.rjust(spec.width - len(sign), "0")
    return _pad(spec, sign + text)


def _string(spec: _Spec, value: str) -> str | None:
    if spec.verb in "xX":
        data = to_bytes(value)[: spec.precision]
        prefix = "0x" if "#" in spec.flags and data else ""
        text = prefix + (data.hex(" ").replace(" ", " " + prefix) if " " in spec.flags else data.hex())
        return _pad(spec, text.upper() if spec.verb == "X" else text)
    text = value[: spec.precision]
    if spec.verb == "q":
        raw = "#" in spec.flags and "`" not in text and all(char.isprintable() or char == "\t" for char in text)
        return _pad(spec, f"`{text}`" if raw else go_quote(text, ascii_only="+" in spec.flags))
    if spec.verb == "v" and "#" in spec.flags:
        return _pad(spec, go_quote(text))
    return _pad(spec, text) if spec.verb in "vs" else None


def _pad(spec: _Spec, text: str) -> str:
    """Fill up to the width, which counts characters."""
    if spec.width is None:
        return text
    if "-" in spec.flags:
        return text.ljust(spec.width)
    return text.rjust(spec.width, "0" if "0" in spec.flags else " ")
