"""Parts of a file: what a Range header asks for, and an answer with several of them. Source: RFC 9110 14."""

from __future__ import annotations

import re
from secrets import token_hex

MAX_RANGES = 64  # of one request

_SPEC = re.compile(rb"([0-9]{1,18})?-([0-9]{1,18})?")


class Unsatisfiable(Exception):
    """There is nothing in the file that was asked for."""


def parse_ranges(value: bytes, size: int) -> list[range]:
    """The offsets asked for, in that order; [] when the whole file serves as well. Raises Unsatisfiable."""
    unit, equals, specs = value.partition(b"=")
    if not equals or unit.strip().lower() != b"bytes" or not size:
        return []
    texts = [text for each in specs.split(b",") if (text := each.strip(b" \t"))]
    if len(texts) > MAX_RANGES:
        return []
    ranges = [found for text in texts if (found := _parse(text, size))]
    if not ranges:
        raise Unsatisfiable
    return ranges if sum(map(len, ranges)) <= size else []


def _parse(text: bytes, size: int) -> range:
    """Empty for what is beyond the file. Raises Unsatisfiable for what is no range."""
    match = _SPEC.fullmatch(text)
    first, last = match.groups() if match is not None else (None, None)
    if first is None:
        if last is None:
            raise Unsatisfiable
        return range(max(0, size - int(last)), size)
    if last is not None and int(last) < int(first):
        raise Unsatisfiable
    return range(int(first), size if last is None else min(int(last) + 1, size))


def content_range(part: range, size: int) -> bytes:
    """The header line."""
    return b"Content-Range: bytes %d-%d/%d\r\n" % (part.start, part.stop - 1, size)


class Multipart:
    """An answer with several ranges."""

    def __init__(self, ranges: list[range], size: int, kind: bytes) -> None:
        """`kind`: content type of the file."""
        boundary = token_hex(20).encode()
        self.kind = b"multipart/byteranges; boundary=" + boundary
        self.parts: list[bytes | range] = []
        for number, each in enumerate(ranges):
            start = b"%b--%b\r\nContent-Type: %b\r\n" % (b"\r\n" if number else b"", boundary, kind)
            self.parts += [start + content_range(each, size) + b"\r\n", each]
        self.parts.append(b"\r\n--%b--\r\n" % boundary)
        self.size = sum(map(len, self.parts))  # bytes
