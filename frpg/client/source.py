"""What is to run: the entries of the configuration file, and over them those of the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from frpg.config.client import ClientConfig
from frpg.config.proxies import ProxyConfig
from frpg.config.visitors import VisitorConfig

if TYPE_CHECKING:
    from frpg.client.store import Store

E = TypeVar("E", bound=ProxyConfig | VisitorConfig)


class Entries(NamedTuple):
    """Complete configurations, sorted by name."""

    proxies: list[ProxyConfig]
    visitors: list[VisitorConfig]


class Sources:
    """Merges the two. A disabled entry of either is not there at all, and hides nothing of the other.

    Args:
        config: what the file says; loading has left in it what is enabled and named by `start`.
    """

    def __init__(self, config: ClientConfig, store: Store | None) -> None:
        self._file = config
        self._store = store

    def replace(self, config: ClientConfig) -> None:
        """The file has been read again. Of its common options only `start` counts."""
        self._file = config

    def merged(self) -> Entries:
        """As of now."""
        file, store = self._file, self._store
        if store is None:
            return Entries(file.proxies, file.visitors)
        return Entries(
            _merge(file.proxies, store.proxies(), file.start), _merge(file.visitors, store.visitors(), file.start)
        )

    def overrides(self, name: str, *, is_visitor: bool = False) -> bool:
        """Whether the file has an entry of that name that would run without the store's."""
        entries = self._file.visitors if is_visitor else self._file.proxies
        return any(entry.name == name for entry in entries)


def _merge(file: Iterable[E], store: Iterable[E], start: Collection[str]) -> list[E]:
    found = {entry.name: entry for entry in (*file, *store)}
    kept = [entry for entry in found.values() if not start or entry.name in start]
    return sorted(kept, key=lambda entry: entry.name.encode())
