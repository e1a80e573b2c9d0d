"""The files that a pattern of `includes` names. Source: frp 0.70.1 behaviour, patterns as Go's filepath.Match."""

from __future__ import annotations

import os
import re
from pathlib import Path

_MEMBER = r"(?:\\(.)|([^\\\-\]]))"  # one character of a class, plain or escaped
_PART = re.compile(rf"\[(\^?)((?:{_MEMBER}(?:-{_MEMBER})?)+)\]|(\*+)|(\?)|\\(.)|([^\[\\])", re.DOTALL)
_RANGE = re.compile(rf"{_MEMBER}(?:-{_MEMBER})?", re.DOTALL)


def folder_of(pattern: str) -> Path:
    """The folder that is listed for `pattern`: relative to the working directory, and taken literally."""
    return Path(os.path.abspath(os.path.dirname(pattern)))  # noqa: PTH100, PTH120 - pathlib keeps `..`, frp does not


def matching_files(pattern: str) -> list[Path]:
    """Absolute paths of the files that match, sorted by name; folders never match.

    Raises:
        OSError: the folder cannot be listed.
    """
    regex = _regex(os.path.basename(pattern))  # noqa: PTH119 - "dir/" has an empty base here, and matches nothing
    names = sorted(os.listdir(folder_of(pattern)))  # noqa: PTH208 - sorted by name, as bytes
    found = [folder_of(pattern) / name for name in names if regex is not None and regex.fullmatch(name)]
    return [path for path in found if not path.is_dir()]


def _regex(pattern: str) -> re.Pattern[str] | None:
    """None for a malformed pattern: it matches nothing."""
    parts, position = [], 0
    while position < len(pattern):
        match = _PART.match(pattern, position)
        if match is None:
            return None
        parts.append(_translated(match))
        position = match.end()
    return re.compile("".join(parts), re.DOTALL)


def _translated(match: re.Match[str]) -> str:
    negated, members, any_run, any_one = match[1], match[2], match[7], match[8]
    if members:
        ranges = [re.escape(low) + (f"-{re.escape(high)}" if high else "") for low, high in _ranges(members)]
        if not ranges:
            return "." if negated else "(?!)"
        return f"[{negated}{''.join(ranges)}]"
    if any_run:
        return ".*"
    if any_one:
        return "."
    return re.escape(match[9] or match[10])


def _ranges(members: str) -> list[tuple[str, str]]:
    """The (first, last) characters of each range; a reversed one holds nothing and is left out."""
    pairs = [(m[1] or m[2], m[3] or m[4] or "") for m in _RANGE.finditer(members)]
    return [(low, high) for low, high in pairs if not high or low <= high]
