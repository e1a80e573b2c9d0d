"""Log lines in frp's form: level, place, prefixes, message; to the console or to a file that rotates at midnight."""

from frpg.logs.format import TRACE, LineFormatter
from frpg.logs.prefix import PrefixedLogger, prefixed
from frpg.logs.setup import LogConfig, setup

__all__ = ["TRACE", "LineFormatter", "LogConfig", "PrefixedLogger", "prefixed", "setup"]
