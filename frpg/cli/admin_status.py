"""The answer of `GET /api/status` as the tables that `frpc status` prints. Widths count characters, as in frp."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from frpg.cli.admin_api import tree_of, unreadable
from frpg.logs.format import escape

_TYPES = ("tcp", "udp", "tcpmux", "http", "https", "stcp", "sudp", "xtcp")
_COLUMNS = {
    "Name": "name",
    "Status": "status",
    "LocalAddr": "local_addr",
    "Plugin": "plugin",
    "RemoteAddr": "remote_addr",
    "Error": "err",
}
_GAP = 2  # spaces behind the widest cell of a column, also of the last one

Row = Sequence[str]


def status_text(body: bytes) -> str:
    """All that is printed, without the last line end. Raises AdminError when the answer is another one."""
    answer = tree_of(body)
    if not isinstance(answer, dict | None):
        raise unreadable(body)
    lines = ["Proxy Status...", ""]
    for type_ in _TYPES:
        entries = (answer or {}).get(type_)
        if not isinstance(entries, list | None) or not all(isinstance(entry, dict) for entry in entries or ()):
            raise unreadable(body)
        if entries:
            rows = [_row(entry, body) for entry in entries]
            lines += [type_.upper(), *_table([tuple(_COLUMNS), *rows]), ""]
    return "\n".join(lines)


def _row(entry: dict[str, Any], body: bytes) -> Row:
    values = [entry.get(key) for key in _COLUMNS.values()]
    if not all(isinstance(value, str | None) for value in values):
        raise unreadable(body)
    return [value or "" for value in values]


def _table(rows: Sequence[Row]) -> Iterator[str]:
    lines = [line for row in rows for line in _lines(row)]
    widths = [max(map(len, column)) + _GAP for column in zip(*lines, strict=True)]
    for line in lines:
        yield "".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))


def _lines(row: Row) -> Iterator[Row]:
    """A cell with line ends goes on in the lines below."""
    return zip_longest(*([escape(part) for part in cell.split("\n")] for cell in row), fillvalue="")
