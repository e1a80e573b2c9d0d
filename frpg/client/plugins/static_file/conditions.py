"""Conditional requests: whether a visitor has the file already, or another version of it. Source: RFC 9110 13."""

from __future__ import annotations

import os
import re
from email.utils import formatdate, mktime_tz, parsedate_tz

from frpg.proto.http1.fields import Special

_TAGS = re.compile(rb'(W/)?("[^"]*")')


class Version:
    """What tells one version of a file from another."""

    __slots__ = ("date", "lines", "seconds", "tag")

    def __init__(self, info: os.stat_result, encoding: bytes = b"") -> None:
        """`encoding`: of the content, where it is not sent as it is."""
        end = b"-" + encoding if encoding else b""
        self.tag = b'"%x-%x-%x%b"' % (info.st_mtime_ns, info.st_size, info.st_ino, end)
        self.seconds = info.st_mtime_ns // 1_000_000_000
        self.date = _date(self.seconds)  # when it was changed; empty where HTTP cannot say that
        changed = b"Last-Modified: %b\r\n" % self.date if self.date else b""
        self.lines = b"ETag: %b\r\n%b" % (self.tag, changed)  # for heads


def _date(seconds: int) -> bytes:
    try:
        return formatdate(seconds, usegmt=True).encode()
    except (ValueError, OverflowError, OSError):
        return b""


def judge(asked: Special, version: Version) -> int:
    """The status that the conditions of a GET or HEAD come to: 412, 304 or 200."""
    if b"if-match" in asked:
        if not _has(asked[b"if-match"], version.tag, is_strong=True):
            return 412
    elif _is_newer(asked.get(b"if-unmodified-since"), version) is True:
        return 412
    if b"if-none-match" in asked:
        return 304 if _has(asked[b"if-none-match"], version.tag, is_strong=False) else 200
    return 304 if _is_newer(asked.get(b"if-modified-since"), version) is False else 200


def allows_range(asked: Special, version: Version) -> bool:
    """Whether a part of this version is of use for who asks: If-Range, where there is one, names it."""
    value = asked.get(b"if-range")
    return value is None or value == version.tag or (bool(value) and value == version.date)


def _has(value: bytes, tag: bytes, *, is_strong: bool) -> bool:
    return value == b"*" or any(given == tag and not (weak and is_strong) for weak, given in _TAGS.findall(value))


def _is_newer(value: bytes | None, version: Version) -> bool | None:
    """Whether it was changed after that date; None when there is none that can be read."""
    seconds = _parse(value) if value else None
    return None if seconds is None else version.seconds > seconds


def _parse(value: bytes) -> int | None:
    try:
        parts = parsedate_tz(value.decode("ascii"))
        return None if parts is None else mktime_tz(parts)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
