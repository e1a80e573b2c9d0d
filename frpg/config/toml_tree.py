"""TOML to nested dicts, with errors that say what to do.

Source: toml.io, version 1.0; the standard library's parser reads it.
"""

from __future__ import annotations

import re
from typing import Any

_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.S)
_KEY = re.compile(r"\s*([^=#\"']+?|\"[^\"]*\"|'[^']*')\s*=")
_BARE = re.compile(r"[^=]*=\s*(?!\d+\s*(?:#|$))([A-Za-z0-9_./:*-]+)\s*(?:#.*)?\r?")  # text without quotes
_BARE_REASONS = ("Invalid value", "Expected newline or end of document after a statement")


class TomlError(ValueError):
    """Not TOML; the text is `line L, column C: toml: REASON`, or only the reason."""


def read_toml(text: str) -> dict[str, Any]:
    """Raises TomlError."""
    import tomllib  # 5 ms

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlError(_reason(text, str(error))) from None
    except ValueError:  # int() takes no more than 4300 digits
        raise TomlError("toml: number too large") from None


def _reason(text: str, message: str) -> str:
    match = _PLACE.fullmatch(message)
    if match is None:
        return f"toml: {message}"
    lines = text.split("\n")
    line, column = int(match[2] or len(lines)), int(match[3] or len(lines[-1]) + 1)
    return f"line {line}, column {column}: toml: {_cure(lines[line - 1], match[1])}"


def _cure(line: str, reason: str) -> str:
    """The parser's reason, said so that one sees what to do in the two most frequent cases."""
    if reason == "Cannot overwrite a value" and (key := _KEY.match(line)):
        return f"key {key[1]} is already defined"
    if reason in _BARE_REASONS and (word := _BARE.fullmatch(line)):
        return f'invalid value {word[1]}: text needs quotes, "{word[1]}"'
    return reason
