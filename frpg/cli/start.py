"""Steps before either program runs or approves a configuration: load, warn, refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from frpg.cli.flags import Flag
from frpg.cli.output import say
from frpg.cli.values import BOOL, LIST, STRING
from frpg.errors import ConfigError

if TYPE_CHECKING:
    from frpg.config.client import ClientConfig
    from frpg.config.load import Loaded
    from frpg.config.server import ServerConfig

    AnyLoaded = Loaded[ServerConfig] | Loaded[ClientConfig]

VERSION = Flag("version", BOOL, "print the version of frp this stands for", short="v", default=False, is_inherited=True)
STRICT = Flag("strict-config", BOOL, "unknown options are errors", default=True, is_inherited=True)
UNSAFE = Flag("allow-unsafe", LIST, "unsafe features to allow: TokenSourceExec", default=(), is_inherited=True)

_INI_WARNING = (
    "WARNING: ini format is deprecated and the support will be removed in the future, "
    "please use yaml/json/toml format instead!"
)


def config_flag(default: str) -> Flag:
    return Flag("config", STRING, "configuration file", short="c", default=default, is_inherited=True)


def is_runnable(loaded: AnyLoaded) -> bool:
    """Print what there is to say about a loaded configuration; False when this release cannot run it."""
    from frpg.config.supported import unsupported

    if loaded.is_legacy:
        say(_INI_WARNING)
    for warning in loaded.warnings:
        say(f"WARNING: {warning}")
    gaps = unsupported(loaded.config)
    for gap in gaps:
        say(gap)
    return not gaps


def verify(program: str, path: str, load: Callable[[], AnyLoaded]) -> int:
    """Check the file at `path`, which `load` loads; returns the exit code."""
    from frpg.config.supported import unsupported

    if not path:
        say(f"{program}: the configuration file is not specified")
        return 0
    try:
        loaded = load()
    except ConfigError as error:
        say(str(error))
        return 1
    for warning in (*loaded.warnings, *unsupported(loaded.config)):
        say(f"WARNING: {warning}")
    say(f"{program}: the configuration file {path} syntax is ok")
    return 0
