"""The store: proxies and visitors that are managed while the client runs, in a file of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from frpg.client.files import replace_file
from frpg.config.definition import PROXY, VISITOR, Definition, Kind, listed
from frpg.config.proxies import ProxyConfig
from frpg.config.store_text import parse_store, store_text
from frpg.config.visitors import VisitorConfig
from frpg.errors import ConfigError, FrpgError
from frpg.net.failure import describe


class _Item(NamedTuple):
    definition: Definition
    config: Any  # complete; made once, as pages ask for it again and again


_Items = dict[str, _Item]


class StoreError(FrpgError):
    """The file could not be written. Reaction: tell who asked; nothing has changed."""


class Store:
    """Read once; every change is on disk before it counts. What others write into the file is lost with the next one.

    Changes must not overlap: see changes.py.
    """

    def __init__(self, path: Path) -> None:
        """Raises ConfigError: there is a file, and it cannot be used."""
        self.path = path
        self._items = _load(path)

    def all(self, kind: Kind) -> list[Definition]:
        """All entries, sorted by name."""
        return sorted((item.definition for item in self._of(kind)), key=lambda found: found.name.encode())

    def get(self, kind: Kind, name: str) -> Definition | None:
        item = self._items[kind.word].get(name)
        return item.definition if item is not None else None

    def runs(self, kind: Kind, name: str) -> bool:
        """Whether there is an entry of this name that is to run."""
        found = self.get(kind, name)
        return found is not None and found.is_enabled

    def proxies(self, *, enabled: bool = True) -> list[ProxyConfig]:
        """The complete configurations of those that are to run, or of the others."""
        return [item.config for item in self._of(PROXY) if item.definition.is_enabled is enabled]

    def visitors(self, *, enabled: bool = True) -> list[VisitorConfig]:
        """See `proxies`."""
        return [item.config for item in self._of(VISITOR) if item.definition.is_enabled is enabled]

    def _of(self, kind: Kind) -> Iterable[_Item]:
        return self._items[kind.word].values()

    def put(self, definition: Definition) -> None:
        """Add, or replace the one with its name. Raises StoreError."""
        kind = definition.kind
        self._save(kind, {**self._items[kind.word], definition.name: _item(definition)})

    def remove(self, kind: Kind, name: str) -> None:
        """Raises StoreError."""
        self._save(kind, {other: item for other, item in self._items[kind.word].items() if other != name})

    def _save(self, kind: Kind, items: _Items) -> None:
        after = {**self._items, kind.word: items}
        definitions = {word: [item.definition for item in found.values()] for word, found in after.items()}
        text = store_text(definitions[PROXY.word], definitions[VISITOR.word])
        try:
            replace_file(self.path, text.encode(), mode=0o600)
        except OSError as error:
            raise StoreError(f"failed to persist: {describe(error)}") from error
        self._items = after

    def check(self) -> None:
        """Raises ConfigError: values of enabled entries that cannot be run with."""
        found = [
            f"{self.path}: {kind.word} {definition.name}: {listed(faults)}"
            for kind in (PROXY, VISITOR)
            for definition in self.all(kind)
            if definition.is_enabled and (faults := definition.faults())
        ]
        if found:
            raise ConfigError(found)


def _load(path: Path) -> dict[str, _Items]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {PROXY.word: {}, VISITOR.word: {}}
    except OSError as error:
        raise _unusable(path, describe(error), "make it readable") from None
    try:
        stored = parse_store(data)
    except ConfigError as error:
        raise _unusable(path, str(error), "mend the file") from None
    return {PROXY.word: _made(stored.proxies), VISITOR.word: _made(stored.visitors)}


def _made(definitions: Mapping[str, Definition]) -> _Items:
    return {name: _item(definition) for name, definition in definitions.items()}


def _item(definition: Definition) -> _Item:
    return _Item(definition, definition.config())


def _unusable(path: Path, why: str, cure: str) -> ConfigError:
    text = f"failed to create store source: failed to load existing data: {why}"
    return ConfigError(f"{path}: {text}; {cure}, or move it away to begin with an empty store")
