"""The text of a store: the proxies and visitors that are managed through the admin interface, as flat entries.

Source: frp 0.70.1 behaviour.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from frpg.config.decode import find, kind
from frpg.config.definition import PROXY, VISITOR, Definition, Kind, entry_faults, listed, read_text
from frpg.config.encode import raw
from frpg.config.json_tree import JsonError
from frpg.errors import ConfigError


class Stored(NamedTuple):
    """All entries of a store, by name."""

    proxies: dict[str, Definition]
    visitors: dict[str, Definition]


def parse_store(text: str | bytes) -> Stored:
    """The entries, of those with the same name the last one. Their values are not validated here.

    Raises:
        ConfigError: one entry that cannot be taken spoils them all.
    """
    try:
        tree = read_text(text)
    except JsonError as error:
        raise ConfigError(f"failed to parse JSON: {error}") from None
    if not isinstance(tree, Mapping | None):
        raise ConfigError(f"failed to parse JSON: expected object, got {kind(tree)}")
    return Stored(_entries(PROXY, "proxies", tree or {}), _entries(VISITOR, "visitors", tree or {}))


def store_text(proxies: Iterable[Definition], visitors: Iterable[Definition]) -> str:
    """The text to write, sorted by name; an empty list is left out."""
    lists = {"proxies": sorted(proxies, key=_name_bytes), "visitors": sorted(visitors, key=_name_bytes)}
    tree = {key: [definition.entry for definition in found] for key, found in lists.items() if found}
    return json.dumps(tree, indent=2, ensure_ascii=False)


def _entries(kind_: Kind, key: str, tree: Mapping[str, Any]) -> dict[str, Definition]:
    items = find(tree, key)
    if not isinstance(items, list | None):
        raise ConfigError(f"failed to parse JSON: {key}: expected list, got {kind(items)}")
    found = [_entry(kind_, index, item) for index, item in enumerate(items or [])]
    return {definition.name: definition for definition in found}


def _entry(kind_: Kind, index: int, item: object) -> Definition:
    refused = f"failed to decode {kind_.word} at index {index}"
    if not isinstance(item, Mapping):
        raise ConfigError(
            f"{refused}: " + ("type is required" if item is None else f"expected object, got {kind(item)}")
        )
    type_ = find(item, "type")
    if not isinstance(type_, str) or type_ not in kind_.classes:
        raise ConfigError(f"{refused}: unknown {kind_.label}: {'' if type_ is None else type_}")
    if faults := entry_faults(kind_, type_, item):
        raise ConfigError(f"{refused}: {listed(faults)}")
    definition = Definition(kind_, raw(kind_.base, item))
    if not definition.name:
        raise ConfigError(f"{kind_.word} name cannot be empty")
    return definition


def _name_bytes(definition: Definition) -> bytes:
    return definition.name.encode()
