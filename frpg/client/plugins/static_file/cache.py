"""Small files that were asked for lately, kept in memory; before each use the file itself is looked at."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from frpg.client.plugins.static_file.folder import Found
from frpg.client.plugins.static_file.kinds import kind_of
from frpg.client.plugins.static_file.sources import Facts, KeptSource, read_at_once

MAX_FILE = 262144  # bytes of a file that is kept
MAX_WEIGHT = 8_388_608  # bytes of all that are
OVERHEAD = 2048  # bytes of one, beside content and path
# A file may change again within one tick of the clock of its file system, and not look different: only older ones.
MIN_AGE = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class _Entry:
    place: bytes  # of the file
    identity: tuple[int, ...]
    source: KeptSource
    weight: int  # bytes


class Cache:
    """By the path that was asked for."""

    def __init__(self, folder: str) -> None:
        self._folder = os.fsencode(folder)
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()  # the least used first
        self._weight = 0  # bytes

    def find(self, path: bytes) -> KeptSource | None:
        """The file at `path` if it is here and has not changed.

        Links are followed to compare, and that is all: what they lead to is what was read from inside the folder.
        """
        entry = self._entries.get(path)
        if entry is None:
            return None
        try:
            info = os.stat(entry.place)  # noqa: PTH116 - five times as fast
        except OSError:
            info = None
        if info is None or _identity(info) != entry.identity:
            self._forget(path)
            return None
        self._entries.move_to_end(path)
        return entry.source

    def keep(self, path: bytes, names: Sequence[bytes], found: Found) -> KeptSource | None:
        """Keep the open file at `names`, which `path` leads to; None when it is none for this. Raises OSError."""
        info = found.info
        if info.st_size > MAX_FILE or time.time() - max(info.st_mtime, info.st_ctime) < MIN_AGE:
            return None
        content = read_at_once(found)
        if content is None:
            return None
        source = KeptSource(Facts(info, kind_of(names[-1], found.descriptor)), content)
        self._forget(path)
        weight = source.weight + 2 * len(path) + OVERHEAD
        self._entries[path] = _Entry(b"/".join([self._folder, *names]), _identity(info), source, weight)
        self._weight += weight
        while self._weight > MAX_WEIGHT:
            self._forget(next(iter(self._entries)))
        return source

    def _forget(self, path: bytes) -> None:
        entry = self._entries.pop(path, None)
        if entry is not None:
            self._weight -= entry.weight


def _identity(info: os.stat_result) -> tuple[int, ...]:
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns
