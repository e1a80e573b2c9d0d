"""Faults of a configuration, and where in the user's files they are to be mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Fault(NamedTuple):
    """One thing to mend."""

    path: str  # v1 key path inside its part of the configuration, "" for the part as a whole
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the configuration: the common options, one proxy or one visitor."""

    file: str = ""  # as the user named it; "" when the configuration came from flags
    prefix: str = ""  # `proxies[2]`, `[ssh]`
    names: Mapping[str, str] = field(
        default_factory=dict
    )  # v1 key path to the place's own name for it: `[ssh] local_port`

    def name(self, path: str) -> str:
        """What the user calls the option at v1 key path `path`."""
        if path in self.names:
            return self.names[path]
        if not self.prefix or not path:
            return self.prefix or path
        return f"{self.prefix} {path}" if self.prefix.startswith("[") else f"{self.prefix}.{path}"

    def line(self, fault: Fault) -> str:
        """`FILE: key.path: text`."""
        return ": ".join(part for part in (self.file, self.name(fault.path), fault.text) if part)

    def lines(self, faults: Iterable[Fault]) -> list[str]:
        return [self.line(fault) for fault in faults]


def join(path: str, key: str) -> str:
    """The key path of `key` below `path`."""
    return f"{path}.{key}" if path else key


def without_known(faults: Iterable[Fault], known: Iterable[Fault]) -> list[Fault]:
    """`faults` less those about an option that a fault of `known` is about already."""
    paths = {fault.path for fault in known}
    return [fault for fault in faults if not any(_covers(path, fault.path) for path in paths)]


def _covers(path: str, other: str) -> bool:
    return bool(path) and (other == path or other.startswith((f"{path}.", f"{path}[")) or path.startswith(f"{other}["))
