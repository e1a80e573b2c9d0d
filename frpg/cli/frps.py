"""`frps`: run the server, or check its configuration."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from frpg import FRP_VERSION
from frpg.cli.about import description
from frpg.cli.admin import API_TIMEOUT, reload_path, run_admin
from frpg.cli.command import Command, execute
from frpg.cli.completion import completion_command
from frpg.cli.flags import Parsed
from frpg.cli.frps_options import FLAGS, server_config
from frpg.cli.output import prepare_streams, say
from frpg.cli.start import STRICT, UNSAFE, VERSION, config_flag, is_runnable, verify
from frpg.errors import ConfigError, FrpgError

if TYPE_CHECKING:
    from frpg.cli.admin_api import Admin
    from frpg.config.common import WebServerConfig
    from frpg.config.load import Loaded
    from frpg.config.server import ServerConfig
    from frpg.server.service import Server, Source

_logger = logging.getLogger(__name__)


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    prepare_streams()
    return execute(ROOT, sys.argv[1:] if words is None else words)


def _run(parsed: Parsed) -> int:
    if parsed["version"]:
        say(FRP_VERSION)
        return 0
    try:
        loaded = _load(parsed) if parsed["config"] else _from_flags(parsed)
    except ConfigError as error:
        say(str(error))
        return 1
    if not is_runnable(loaded):
        return 1
    source = _source(parsed) if parsed["config"] else None
    return serve(loaded.config, parsed["config"], source, is_strict=parsed["strict-config"])


def _verify(parsed: Parsed) -> int:
    return verify("frps", parsed["config"], lambda: _load(parsed))


def _reload(parsed: Parsed) -> int:
    if not parsed["config"]:
        say("frps: the configuration file is not specified")
        return 1
    return run_admin(_ask_to_reload, partial(_load_web, parsed), parsed)


def _ask_to_reload(admin: Admin, parsed: Parsed) -> str:
    from frpg.cli.admin_api import reloaded_text

    return reloaded_text(admin.ask("POST", reload_path("/api/v2/system/reload", parsed)))


def _load_web(parsed: Parsed) -> WebServerConfig:
    from frpg.config.load_web import server_web_server

    return server_web_server(parsed["config"], strict=parsed["strict-config"])


def _load(parsed: Parsed) -> Loaded[ServerConfig]:
    from frpg.config.load import load_server

    return load_server(parsed["config"], strict=parsed["strict-config"], allow_unsafe=parsed["allow-unsafe"])


def _source(parsed: Parsed) -> Source:
    """How the running server reads its file again."""
    from frpg.config.load import load_server

    def read(strict: bool) -> ServerConfig:
        return load_server(parsed["config"], strict=strict, allow_unsafe=parsed["allow-unsafe"]).config

    return read


def reload(server: Server, is_strict: bool) -> None:
    """On SIGHUP: have `server` read its file again; a fault is a line of the log."""
    try:
        server.reload(is_strict)
    except (OSError, FrpgError) as error:
        _logger.error("reload conf error, nothing has changed: %s", error)


def _from_flags(parsed: Parsed) -> Loaded[ServerConfig]:
    from frpg.config.load import Loaded
    from frpg.config.server import complete_server
    from frpg.config.validate import validate_server

    config = server_config(parsed)
    complete_server(config)
    warnings = validate_server(config, allow_unsafe=parsed["allow-unsafe"])
    return Loaded(config=config, warnings=warnings, is_legacy=False)


def serve(config: ServerConfig, path: str, source: Source | None = None, *, is_strict: bool = True) -> int:
    """Run the server until a signal.

    Args:
        path: the file of `config`, "" when flags made it.
        source: reads it again; on SIGHUP strictly or not, as `is_strict` says.
    """
    from frpg import logs
    from frpg.cli import process

    logs.setup(config.log)
    process.adopt()
    if path:
        _logger.info("frps uses config file: %s", path)
    else:
        _logger.info("frps uses command line arguments for config")
    from frpg.server.service import Server

    try:
        server = Server(config, source=source)
        process.on_stop(server.close)
        process.on_hangup(lambda: reload(server, is_strict))
        server.start()
    except (OSError, FrpgError) as error:
        say(str(error))
        return 1
    process.settle()
    server.join()
    return 0


ROOT: Command = Command(
    "frps",
    description("frps", "server"),
    flags=(config_flag(""), VERSION, STRICT, UNSAFE, *FLAGS),
    run=_run,
    commands=(
        completion_command("frps", lambda: ROOT),
        Command("reload", "Have the running frps read its file again", (API_TIMEOUT,), run=_reload),
        Command("verify", "Check a configuration file", run=_verify),
    ),
)
