"""Which options differ between two configurations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from frpg.config.decode import options
from frpg.config.faults import join


def changed_options(before: object, after: object, path: str = "") -> Iterator[str]:
    """Their v1 key paths; without the values, which may be secrets."""
    if before == after:
        return
    if not dataclasses.is_dataclass(before) or type(before) is not type(after):
        yield path
        return
    for option in options(type(before)).values():
        key = join(path, option.key)
        yield from changed_options(getattr(before, option.attribute), getattr(after, option.attribute), key)
