"""A file that is there, open or kept in memory: its content type and version, and bodies made of its content."""

from __future__ import annotations

import errno
import gzip
import os
from collections.abc import Sequence
from typing import Protocol

from frpg.client.plugins.static_file.bodies import LEVEL, NOWAIT, FileBody, GzipBody, MemoryBody, PageBody
from frpg.client.plugins.static_file.conditions import Version
from frpg.client.plugins.static_file.folder import Found
from frpg.client.plugins.static_file.kinds import is_compressible, kind_of
from frpg.proto.stage import Buffer
from frpg.relay.http.local import UNKNOWN_SIZE, Body

MIN_COMPRESSED = 1024  # bytes of a file; of less there is nothing to save


class Facts:
    """What heads say of a file."""

    __slots__ = ("is_text", "kind", "plain", "size", "zipped")

    def __init__(self, info: os.stat_result, kind: bytes) -> None:
        self.kind = kind  # content type
        self.size = info.st_size
        self.is_text = self.size > MIN_COMPRESSED and is_compressible(kind)
        self.plain = Version(info)
        self.zipped = Version(info, b"gz") if self.is_text else self.plain


class Source(Protocol):
    """One body is asked of it, which then owns what there is to own."""

    facts: Facts

    def body(self, parts: Sequence[bytes | range]) -> Body:
        """These parts of the content, and bytes between them."""

    def compressed(self) -> tuple[int, Body]:
        """(size or UNKNOWN_SIZE, all of the content with gzip)."""


class OpenSource:
    """Of a file that is read as it is sent. Raises OSError."""

    def __init__(self, name: bytes, found: Found) -> None:
        self.facts = Facts(found.info, kind_of(name, found.descriptor))
        self._descriptor = found.descriptor

    def body(self, parts: Sequence[bytes | range]) -> Body:
        """See Source."""
        return FileBody(self._descriptor, parts)

    def compressed(self) -> tuple[int, Body]:
        """See Source."""
        return UNKNOWN_SIZE, GzipBody(self._descriptor, self.facts.size)


class KeptSource:
    """Of a small file that is in memory, also compressed as soon as somebody has asked for that."""

    def __init__(self, facts: Facts, content: bytes) -> None:
        self.facts = facts
        self._content = content
        self._compressed = b""

    @property
    def weight(self) -> int:
        """Bytes of memory, at most."""
        return len(self._content) * (2 if self.facts.is_text else 1)

    def body(self, parts: Sequence[bytes | range]) -> Body:
        """See Source."""
        return MemoryBody(
            [self._content[part.start : part.stop] if isinstance(part, range) else part for part in parts]
        )

    def compressed(self) -> tuple[int, Body]:
        """See Source."""
        if self._compressed:
            return len(self._compressed), MemoryBody([self._compressed])
        return UNKNOWN_SIZE, PageBody(self._compress)

    def _compress(self) -> bytes:
        """In a thread."""
        self._compressed = gzip.compress(self._content, LEVEL, mtime=0)
        return self._compressed


def read_at_once(found: Found) -> bytes | None:
    """All of an open file, if that does not have to wait for a disk."""
    if NOWAIT is None:
        return None
    data = bytearray(found.info.st_size)
    try:
        got = os.preadv(found.descriptor, [data], 0, NOWAIT)
    except BlockingIOError:
        return None
    except OSError as error:
        if error.errno != errno.EOPNOTSUPP:
            raise
        return _whole(os.pread(found.descriptor, found.info.st_size, 0), found)
    return _whole(data, found) if got == len(data) else None


def _whole(data: Buffer, found: Found) -> bytes | None:
    return bytes(data) if len(data) == found.info.st_size else None
