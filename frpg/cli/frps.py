"""`frps`: run the server, or check its configuration."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from frpg import FRP_VERSION
from frpg.cli.about import description
from frpg.cli.command import Command, execute
from frpg.cli.completion import completion_command
from frpg.cli.flags import Parsed
from frpg.cli.frps_options import FLAGS, server_config
from frpg.cli.output import prepare_streams, say
from frpg.cli.start import STRICT, UNSAFE, VERSION, config_flag, is_runnable, verify
from frpg.errors import ConfigError, FrpgError

if TYPE_CHECKING:
    from frpg.config.load import Loaded
    from frpg.config.server import ServerConfig

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
    return serve(loaded.config, parsed["config"]) if is_runnable(loaded) else 1


def _verify(parsed: Parsed) -> int:
    return verify("frps", parsed["config"], lambda: _load(parsed))


def _load(parsed: Parsed) -> Loaded[ServerConfig]:
    from frpg.config.load import load_server

    return load_server(parsed["config"], strict=parsed["strict-config"], allow_unsafe=parsed["allow-unsafe"])


def _from_flags(parsed: Parsed) -> Loaded[ServerConfig]:
    from frpg.config.load import Loaded
    from frpg.config.server import complete_server
    from frpg.config.validate import validate_server

    config = server_config(parsed)
    complete_server(config)
    warnings = validate_server(config, allow_unsafe=parsed["allow-unsafe"])
    return Loaded(config=config, warnings=warnings, is_legacy=False)


def serve(config: ServerConfig, path: str) -> int:
    """Run the server until a signal; `path` is its file, "" when flags made the configuration."""
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
        server = Server(config)
        process.on_stop(server.close)
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
        Command("verify", "Check a configuration file", run=_verify),
    ),
)
