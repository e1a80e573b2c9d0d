"""Go string literals: writing and reading them as frp's messages and templates spell them.

Source: the Go language specification, "String literals" and "Rune literals"; package strconv, Quote and Unquote.
Bytes that are no UTF-8 travel in `str` as surrogate escapes (PEP 383).
"""

from __future__ import annotations

import re

_SHORT = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
_LONG = {value[1]: key for key, value in _SHORT.items()} | {"'": "'", '"': '"'}
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.|$))", re.S
)


def go_quote(text: str, *, mark: str = '"', ascii_only: bool = False) -> str:
    """Return `text` as a Go literal between two `mark`s, as the verb %q prints it (%+q with `ascii_only`)."""
    return mark + "".join(_quoted(char, mark, ascii_only) for char in text) + mark


def _quoted(char: str, mark: str, ascii_only: bool) -> str:
    if char == mark:
        return "\\" + char
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if char.isprintable() and (char.isascii() or not ascii_only):
        return char
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def go_unquote(literal: str) -> str:
    """Return the text of a Go literal in double quotes, single quotes (one character) or backquotes.

    Raises:
        ValueError: an unknown escape, a bare quote or line break inside, or not one character in single quotes.
    """
    mark, body = literal[0], literal[1:-1]
    if len(literal) < 2 or literal[-1] != mark or mark not in "\"'`":
        raise ValueError("invalid syntax")
    if mark == "`":
        return body.replace("\r", "")  # as the Go specification has it for raw strings
    bare = _ESCAPE.sub("", body)
    if mark in bare or "\n" in bare:
        raise ValueError("invalid syntax")
    other = '"' if mark == "'" else "'"
    if other in (match[1] for match in _ESCAPE.finditer(body)):
        raise ValueError("invalid syntax")
    if mark == "'":
        text = _ESCAPE.sub(_character, body)
        if len(text) != 1:
            raise ValueError("invalid syntax")
        return text
    # Joined as bytes: "\xc3\xa9" is one letter.
    pieces = _ESCAPE.sub(_bytes, body)
    return pieces.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _character(match: re.Match[str]) -> str:
    """The character that an escape stands for; \\xNN is a code point, as in a Go rune."""
    short, hexadecimal, octal, small, large, _ = match.groups()
    if short is not None:
        return _LONG[short]
    code = int(octal, 8) if octal else int(hexadecimal or small or large or "110000", 16)
    is_surrogate = 0xD800 <= code < 0xE000
    if code > 0x10FFFF or is_surrogate or (octal and code > 0xFF):
        raise ValueError("invalid syntax")
    return chr(code)


def _bytes(match: re.Match[str]) -> str:
    """The same inside a string, where \\xNN and \\NNN are one byte each."""
    char = _character(match)
    is_byte = match[2] is not None or match[3] is not None
    return char if not is_byte or char.isascii() else chr(0xDC00 + ord(char))
