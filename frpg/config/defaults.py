"""Defaults: what stands in for an option that the user left empty."""

from __future__ import annotations

import dataclasses


def fill(config: object) -> None:
    """Replace empty values (`0`, `""`) by the defaults of their fields, also in the objects below.

    Booleans keep an explicit `false`. Idempotent. Lists are left alone.
    """
    if not dataclasses.is_dataclass(config):
        return
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            fill(value)
        elif value in ("", 0) and not isinstance(value, bool) and field.default not in ("", 0, dataclasses.MISSING):
            setattr(config, field.name, field.default)
