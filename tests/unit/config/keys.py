"""The v1 key paths that a dataclass of the model has."""

from __future__ import annotations

import dataclasses
from typing import get_args, get_origin

from frpg.config.decode import options
from frpg.config.values import Bandwidth


def key_paths(cls: type, path: str = "") -> set[str]:
    """Paths of all plain options below `cls`; those in a list of objects have `[]` behind the list's name."""
    found: set[str] = set()
    for option in options(cls).values():
        name = f"{path}{option.key}"
        hint = option.hint
        if type(None) in get_args(hint):
            (hint,) = (part for part in get_args(hint) if part is not type(None))
        inner = get_args(hint)[0] if get_origin(hint) is list else hint
        if dataclasses.is_dataclass(inner) and isinstance(inner, type) and inner is not Bandwidth:
            found |= key_paths(inner, f"{name}[]." if inner is not hint else f"{name}.")
        else:
            found.add(name)
    return found
