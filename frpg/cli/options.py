"""Flags that stand for configuration options, and how their values get into a configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from frpg.cli.flags import Flag, Parsed
from frpg.cli.values import Kind


@dataclass(frozen=True, slots=True)
class Option:
    """A flag with the attribute it sets, as a path: `log.max_days`."""

    flag: Flag
    path: str


def option(name: str, kind: Kind, path: str, help: str, *, short: str = "", default: Any = None) -> Option:
    """A row of an option table."""
    return Option(Flag(name, kind, help, short=short, default=default, is_inherited=True), path)


def apply(options: Iterable[Option], parsed: Parsed, config: object) -> None:
    """Put the value of every option into `config`; one not given puts its flag's default, if that has one."""
    for row in options:
        value = parsed[row.flag.name]
        if value is not None:
            _assign(config, row.path, value)


def _assign(target: Any, path: str, value: object) -> None:
    *groups, name = path.split(".")
    for group in groups:
        target = getattr(target, group)
    setattr(target, name, value)


def _parse_ports(text: str, _earlier: object) -> Any:
    from frpg.config.values import parse_port_ranges

    return parse_port_ranges(text)


def _parse_bandwidth(text: str, _earlier: object) -> Any:
    from frpg.config.values import Bandwidth

    return Bandwidth.parse(text)


PORTS = Kind("string", _parse_ports)
BANDWIDTH = Kind("string", _parse_bandwidth)
