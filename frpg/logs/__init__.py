"""Log lines in frp's form (level, place, prefixes, message) or as JSON, on the console or in a file that rotates."""

from frpg.logs.format import TRACE, LineFormatter
from frpg.logs.prefix import PrefixedLogger, prefixed
from frpg.logs.setup import LogConfig, level, lines_lost, set_level, setup

__all__ = [
    "TRACE",
    "LineFormatter",
    "LogConfig",
    "PrefixedLogger",
    "level",
    "lines_lost",
    "prefixed",
    "set_level",
    "setup",
]
