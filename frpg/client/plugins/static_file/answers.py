"""What a visitor gets of a file or a folder that is there."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from frpg.client.plugins.static_file import listing
from frpg.client.plugins.static_file.bodies import LEVEL, PageBody
from frpg.client.plugins.static_file.conditions import allows_range, judge
from frpg.client.plugins.static_file.folder import Folder, Found
from frpg.client.plugins.static_file.ranges import Multipart, Unsatisfiable, content_range, parse_ranges
from frpg.client.plugins.static_file.sources import Source
from frpg.proto.http1.fields import Special, pattern_of, read_special, tokens
from frpg.proto.http1.request import Request
from frpg.relay.http.local import UNKNOWN_SIZE, Body

_ASKED = frozenset(
    (
        b"accept-encoding", b"if-match", b"if-modified-since", b"if-none-match", b"if-range", b"if-unmodified-since",
        b"range",
    )
)  # fmt: skip
_PATTERN = pattern_of(_ASKED)
_UNCOMPRESSED = frozenset((b"range", b"if-match"))  # who asks so means the file's own bytes
_VARY = b"Vary: Accept-Encoding\r\n"
_GZIP = b"Content-Encoding: gzip\r\n"
_NO_CONTENT = b"Content-Length: 0\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """Ready to be sent; owns `body`."""

    status: int
    fields: bytes  # header lines, each with its end
    size: int  # of the body, or UNKNOWN_SIZE
    body: Body


def asked(request: Request) -> Special:
    """The fields of a request that count here."""
    return read_special(_PATTERN, request.rest, frozenset(), _ASKED)[0]


def file_answer(request: Request, source: Source) -> Answer:
    """What `request` gets of a file."""
    wanted, facts = asked(request), source.facts
    is_zipped = facts.is_text and _accepts_gzip(wanted) and _UNCOMPRESSED.isdisjoint(wanted)
    version = facts.zipped if is_zipped else facts.plain
    lines = version.lines + _VARY if facts.is_text else version.lines
    status = judge(wanted, version) if wanted else 200
    if status == 304:
        return Answer(304, lines, 0, source.body(()))
    if status == 412:
        return Answer(412, _NO_CONTENT, 0, source.body(()))
    if is_zipped:
        return _answer(200, facts.kind, *source.compressed(), lines + _GZIP)
    lines += b"Accept-Ranges: bytes\r\n"
    ranges: list[range] = []
    if b"range" in wanted and request.method == b"GET" and allows_range(wanted, version):
        try:
            ranges = parse_ranges(wanted[b"range"], facts.size)
        except Unsatisfiable:
            fields = b"Content-Range: bytes */%d\r\n%b" % (facts.size, _NO_CONTENT)
            return Answer(416, fields, 0, source.body(()))
    return _parts(source, lines, ranges) if ranges else _whole(source, lines)


def _whole(source: Source, lines: bytes) -> Answer:
    size = source.facts.size
    return _answer(200, source.facts.kind, size, source.body((range(size),)), lines)


def _parts(source: Source, lines: bytes, ranges: list[range]) -> Answer:
    facts = source.facts
    if len(ranges) == 1:
        lines += content_range(ranges[0], facts.size)
        return _answer(206, facts.kind, len(ranges[0]), source.body(ranges), lines)
    several = Multipart(ranges, facts.size, facts.kind)
    return _answer(206, several.kind, several.size, source.body(several.parts), lines)


def _answer(status: int, kind: bytes, size: int, body: Body, lines: bytes) -> Answer:
    length = b"Content-Length: %d\r\n" % size if size >= 0 else b""
    return Answer(status, b"Content-Type: %b\r\n%b%b" % (kind, length, lines), size, body)


def folder_answer(request: Request, folder: Folder, names: Sequence[bytes], found: Found) -> Answer:
    """The listing of the open folder at `names`. Owns it."""
    make: Callable[[], bytes] = partial(_make_page, folder, names, found.descriptor)
    fields = listing.FIELDS + _VARY
    if _accepts_gzip(asked(request)):
        fields, make = fields + _GZIP, partial(_zipped, make)
    return Answer(200, fields, UNKNOWN_SIZE, PageBody(make, found.close))


def _make_page(folder: Folder, names: Sequence[bytes], descriptor: int) -> bytes:
    entries, is_all = listing.list_folder(folder, names, descriptor)
    return listing.page(names, entries, is_all=is_all)


def _zipped(make: Callable[[], bytes]) -> bytes:
    return gzip.compress(make(), LEVEL)


def _accepts_gzip(wanted: Special) -> bool:
    for token in tokens(wanted.get(b"accept-encoding", b"")):
        name, _, weight = token.partition(b";")
        if name.rstrip() == b"gzip":
            return weight.replace(b" ", b"").rstrip(b"0.") != b"q="
    return False
