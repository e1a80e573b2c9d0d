"""JSON to its value, with the error texts of Go's decoder, which frp shows."""

from __future__ import annotations

import json
from typing import Any

from frpg.config.quoting import go_quote

# Python's words for an error and Go's.
_REASONS = {
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Illegal trailing comma before end of array": "looking for beginning of value",
    "Expecting value": "looking for beginning of value",
    "Expecting ',' delimiter": "after a value",
    "Expecting ':' delimiter": "after object key",
    "Invalid control character at": "in string literal",
    "Invalid \\escape": "in string escape code",
    "Invalid \\uXXXX escape": "in \\u hexadecimal character escape",
}


class JsonError(ValueError):
    """Not JSON; the text names line and column where they are known."""


def read_json(text: str, *, strict: bool = True) -> object:
    """Return the value at the start of `text`; in strict mode anything may stand behind it, as frp has it.

    Raises:
        JsonError: not JSON.
    """
    start = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        value, end = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise JsonError(_reason(text, error.msg, error.pos)) from None
    except _Constant as error:
        raise JsonError(f"invalid character '{str(error)[0]}' looking for beginning of value") from None
    except ValueError:  # int() takes no more than 4300 digits
        raise JsonError("json: number too large") from None
    rest = text[end:].lstrip(" \t\r\n")
    if rest and not strict:
        raise JsonError(_reason(text, "after top-level value", len(text) - len(rest)))
    return value


class _Constant(Exception):
    """NaN or Infinity, which JSON does not have."""


def _refuse_constant(name: str) -> Any:
    raise _Constant(name)


def _reason(text: str, message: str, position: int) -> str:
    if message.startswith("Illegal trailing comma"):
        position = len(text) - len(text[position + 1 :].lstrip())  # Go names what stands behind the comma
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    if position >= len(text.rstrip()) or message.startswith("Unterminated string"):
        return f"unexpected EOF (line {line}, column {column})"
    char = go_quote(text[position], mark="'")
    return f"invalid character {char} {_REASONS.get(message, message)} (line {line}, column {column})"
