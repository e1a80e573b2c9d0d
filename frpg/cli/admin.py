"""Commands that ask something of the program that runs from the same file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from frpg.cli.flags import Flag, Parsed
from frpg.cli.output import say
from frpg.cli.values import DURATION, parse_duration
from frpg.errors import ConfigError

if TYPE_CHECKING:
    from frpg.cli.admin_api import Admin
    from frpg.config.common import WebServerConfig

API_TIMEOUT = Flag("api-timeout", DURATION, "time limit for the running program to answer", default="30s")

AdminCommand = Callable[["Admin", Parsed], str]  # what to print; raises AdminError
LoadWeb = Callable[[], "WebServerConfig"]  # raises ConfigError


def run_admin(command: AdminCommand, load: LoadWeb, parsed: Parsed) -> int:
    """Run `command` on the program whose web server's options `load` reads; returns the exit code."""
    from frpg.cli.admin_api import Admin, AdminError  # with all of HTTP, which other commands do without

    timeout = parsed[API_TIMEOUT.name]
    try:
        web = load()
        if web.port <= 0:
            raise AdminError("web server port should be set if you want to use this feature")
        say(command(Admin(web, timeout if isinstance(timeout, float) else parse_duration(timeout)), parsed))
    except (ConfigError, AdminError) as error:
        say(str(error))
        return 1
    return 0


def reload_path(path: str, parsed: Parsed) -> str:
    """`path` with the query that says how strict to be."""
    return f"{path}?strictConfig=true" if parsed["strict-config"] else path
