"""The page that shows a folder."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from frpg.client.plugins.static_file.folder import Folder
from frpg.client.plugins.static_file.paths import quoted

MAX_ENTRIES = 10_000  # shown of one folder

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 600; }
th, td { padding: .5rem; border-bottom: 1px solid #8884; }
td:first-child { overflow-wrap: anywhere; }
.size, .time { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
a { text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
@media (max-width: 40rem) { th, td { padding: .5rem .25rem; } .time { white-space: normal; font-size: .85rem; } }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# Nothing on the page is run, loaded or sent, whatever the names of the files are.
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
FIELDS = (
    "Content-Type: text/html; charset=utf-8\r\n"
    f"Content-Security-Policy: {_POLICY}\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
).encode()

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{trail}</h1>
<table>
<thead><tr><th>Name</th><th class="size">Size</th><th class="time">Changed (UTC)</th></tr></thead>
<tbody>
{rows}</tbody>
</table>
{note}</body>
</html>
"""
_ROW = '<tr><td><a href="{link}"><bdi>{text}</bdi></a></td><td class="size">{size}</td>{time}</tr>\n'
_UNITS = ("kB", "MB", "GB", "TB", "PB")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    name: bytes
    is_folder: bool
    size: int
    changed: float  # Unix seconds

    @property
    def order(self) -> tuple[bool, str, bytes]:
        return not self.is_folder, _text(self.name).casefold(), self.name


def list_folder(folder: Folder, names: Sequence[bytes], descriptor: int) -> tuple[list[Entry], bool]:
    """What is in the open folder at `names` and can be fetched, and whether that is all. Raises OSError."""
    entries: list[Entry] = []
    with os.scandir(descriptor) as found:
        for each in found:
            if len(entries) == MAX_ENTRIES:
                return entries, False
            entry = _entry(folder, names, each)
            if entry is not None:
                entries.append(entry)
    return entries, True


def _entry(folder: Folder, names: Sequence[bytes], each: os.DirEntry[str]) -> Entry | None:
    """None for what is neither file nor folder, has gone, or leads out."""
    name = os.fsencode(each.name)
    try:
        info = _behind(folder, [*names, name]) if each.is_symlink() else each.stat(follow_symlinks=False)
    except OSError:
        return None
    is_folder = stat.S_ISDIR(info.st_mode)
    return Entry(name, is_folder, info.st_size, info.st_mtime) if is_folder or stat.S_ISREG(info.st_mode) else None


def _behind(folder: Folder, names: Sequence[bytes]) -> os.stat_result:
    """Of a link: where it leads to."""
    found = folder.find(names)
    found.close()
    return found.info


def page(trail: Sequence[bytes], entries: Sequence[Entry], *, is_all: bool = True) -> bytes:
    """`trail`: the names of the folders from the first one on, the last is shown; [] for the first one."""
    rows = "".join(map(_row, sorted(entries, key=lambda entry: entry.order)))
    up = _ROW.format(link="../", text="..", size="", time=_time(None)) if trail else ""
    note = "" if is_all else f"<p>Only {MAX_ENTRIES} of its files are shown.</p>\n"
    if not rows and is_all:
        note = "<p>This folder is empty.</p>\n"
    title = escape("/".join(["", *map(_text, trail), ""]))
    text = _PAGE.format(title=title, style=_STYLE, trail=_trail(trail), rows=up + rows, note=note)
    return text.encode("utf-8", "replace")


def _trail(trail: Sequence[bytes]) -> str:
    """The way here, each step a link."""
    depth = len(trail)
    steps = [f'<a href="{"../" * (depth - at - 1) or "./"}"><bdi>{escape(_text(name))}</bdi></a>/'
             for at, name in enumerate(trail)]  # fmt: skip
    return f'<a href="{"../" * depth or "./"}">/</a>' + "".join(steps)


def _row(entry: Entry) -> str:
    slash = "/" if entry.is_folder else ""
    link = escape(f"./{quoted(entry.name)}{slash}")  # without the dot a colon would end the name of a scheme
    size = "" if entry.is_folder else human_size(entry.size)
    return _ROW.format(link=link, text=escape(_text(entry.name)) + slash, size=size, time=_time(entry.changed))


def _time(seconds: float | None) -> str:
    try:
        parts = time.gmtime(seconds) if seconds is not None else None
    except (ValueError, OverflowError, OSError):
        parts = None
    text = time.strftime("%Y-%m-%d %H:%M", parts) if parts is not None else ""
    return f'<td class="time">{text}</td>'


def _text(name: bytes) -> str:
    """For readers; what is no UTF-8, or no character, is replaced."""
    return _CONTROLS.sub("\ufffd", name.decode("utf-8", "replace"))


def human_size(size: int) -> str:
    """Three figures or so."""
    if size < 1000:
        return f"{size} B"
    value, step = size / 1000, 0
    while value >= 999.5 and step < len(_UNITS) - 1:
        value, step = value / 1000, step + 1
    return f"{value:.1f} {_UNITS[step]}" if value < 99.95 else f"{value:.0f} {_UNITS[step]}"
