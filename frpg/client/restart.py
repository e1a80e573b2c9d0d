"""What a new configuration asks for that only a restart brings."""

from __future__ import annotations

from frpg.config.client import ClientConfig
from frpg.config.difference import changed_options

_APPLIED = ("proxies", "visitors", "start", "includes")  # by a reload


def need_restart(running: ClientConfig, wanted: ClientConfig) -> list[str]:
    """The options that differ, by their v1 key paths; without their values, which may be secrets."""
    return [path for path in changed_options(running, wanted) if path not in _APPLIED]
