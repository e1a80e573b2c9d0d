"""What a new list of proxies or visitors changes: the heart of a hot reload."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

from frpg.config.proxies import ProxyConfig
from frpg.config.visitors import VisitorConfig

C = TypeVar("C", bound=ProxyConfig | VisitorConfig)


class Difference(NamedTuple, Generic[C]):
    """A changed entry is in both lists: it ends, and begins anew."""

    gone: list[str]  # names
    new: list[C]


def difference(running: Mapping[str, C], wanted: Iterable[C]) -> Difference[C]:
    """Between what runs, by name, and what is to run; complete configurations are compared in all their options."""
    ahead = {config.name: config for config in wanted}
    gone = [name for name, config in running.items() if ahead.get(name) != config]
    stays = running.keys() - set(gone)
    return Difference(gone, [config for name, config in ahead.items() if name not in stays])
