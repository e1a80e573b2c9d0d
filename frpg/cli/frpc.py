"""`frpc`: run the client from a file, a folder of files or flags, or check its configuration."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from frpg import FRP_VERSION
from frpg.cli.about import description, not_yet
from frpg.cli.admin import API_TIMEOUT, AdminCommand, reload_path, run_admin
from frpg.cli.command import Command, execute
from frpg.cli.completion import completion_command
from frpg.cli.flags import Flag, Parsed
from frpg.cli.frpc_options import COMMON, PROXY_OPTIONS, VISITOR_OPTIONS, flags_of, proxy_config, visitor_config
from frpg.cli.output import prepare_streams, say
from frpg.cli.start import STRICT, UNSAFE, VERSION, config_flag, is_runnable, verify
from frpg.cli.values import STRING
from frpg.errors import ConfigError

if TYPE_CHECKING:
    from frpg.cli.admin_api import Admin
    from frpg.config.client import ClientConfig
    from frpg.config.common import WebServerConfig
    from frpg.config.load import Loaded

_CONFIG_DIR = Flag("config-dir", STRING, "run one frpc for each file below this folder", default="", is_inherited=True)
_STUN = Flag("nat-hole-stun-server", STRING, "STUN server to ask, HOST:PORT", default="", is_inherited=True)
_STUN_LOCAL = Flag(
    "nat-hole-local-addr", STRING, "local address to ask from, IP:PORT", short="l", default="", is_inherited=True
)
_VISITOR_TYPES = ("stcp", "sudp", "xtcp")


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    prepare_streams()
    return execute(ROOT, sys.argv[1:] if words is None else words)


def _run(parsed: Parsed) -> int:
    if parsed["version"]:
        say(FRP_VERSION)
        return 0
    if parsed["config-dir"]:
        from frpg.cli.folder import run_folder

        return run_folder(parsed["config-dir"], partial(_load, parsed), parsed["allow-unsafe"])
    try:
        loaded = _load(parsed, parsed["config"])
    except ConfigError as error:
        say(str(error))
        return 1
    return _run_loaded(loaded, parsed, parsed["config"])


def _verify(parsed: Parsed) -> int:
    return verify("frpc", parsed["config"], lambda: _load(parsed, parsed["config"]))


def _load(parsed: Parsed, path: str) -> Loaded[ClientConfig]:
    from frpg.config.load import load_client

    return load_client(path, strict=parsed["strict-config"], allow_unsafe=parsed["allow-unsafe"])


def _run_proxy(kind: str, parsed: Parsed) -> int:
    return _run_made(proxy_config(kind, parsed), parsed)


def _run_visitor(kind: str, parsed: Parsed) -> int:
    return _run_made(visitor_config(kind, parsed), parsed)


def _run_made(config: ClientConfig, parsed: Parsed) -> int:
    """Run what flags made."""
    from frpg.config.client import complete_client
    from frpg.config.load import Loaded
    from frpg.config.validate_client import validate_client

    complete_client(config)
    try:
        validate_client(config, allow_unsafe=parsed["allow-unsafe"])
    except ConfigError as error:
        say(str(error))
        return 1
    return _run_loaded(Loaded(config=config, warnings=[], is_legacy=False), parsed, "")


def _run_loaded(loaded: Loaded[ClientConfig], parsed: Parsed, path: str) -> int:
    if not is_runnable(loaded):
        return 1
    from frpg.cli.client import run_client

    return run_client(loaded.config, path, parsed["allow-unsafe"])


def _refuse(feature: str, _parsed: Parsed) -> int:
    say(not_yet(feature))
    return 1


def _proxy_command(kind: str) -> Command:
    commands: tuple[Command, ...] = ()
    if kind in _VISITOR_TYPES:
        flags = flags_of(VISITOR_OPTIONS)
        commands = (Command("visitor", f"Visit one {kind} proxy, without a file", flags, partial(_run_visitor, kind)),)
    flags = flags_of(COMMON, is_inherited=True) + flags_of(PROXY_OPTIONS[kind])
    return Command(kind, f"Run one {kind} proxy, without a file", flags, partial(_run_proxy, kind), commands)


def _reload(admin: Admin, parsed: Parsed) -> str:
    admin.ask("GET", reload_path("/api/reload", parsed))
    return "reload success"


def _status(admin: Admin, _parsed: Parsed) -> str:
    from frpg.cli.admin_status import status_text

    return status_text(admin.ask("GET", "/api/status"))


def _stop(admin: Admin, _parsed: Parsed) -> str:
    admin.ask("POST", "/api/stop")
    return "stop success"


def _load_web(parsed: Parsed) -> WebServerConfig:
    from frpg.config.load_web import client_web_server

    return client_web_server(parsed["config"], strict=parsed["strict-config"])


def _admin_command(name: str, summary: str, command: AdminCommand) -> Command:
    def run(parsed: Parsed) -> int:
        return run_admin(command, partial(_load_web, parsed), parsed)

    return Command(name, summary, (API_TIMEOUT,), run)


_DISCOVER = Command(
    "discover", "Ask a STUN server how this network maps ports", run=partial(_refuse, '"frpc nathole discover"')
)

ROOT: Command = Command(
    "frpc",
    description("frpc", "client"),
    flags=(config_flag("./frpc.ini"), _CONFIG_DIR, VERSION, STRICT, UNSAFE),
    run=_run,
    commands=(
        completion_command("frpc", lambda: ROOT),
        *(_proxy_command(kind) for kind in PROXY_OPTIONS),
        Command("nathole", "About hole punching", (_STUN, _STUN_LOCAL), commands=(_DISCOVER,)),
        _admin_command("reload", "Have the running frpc read its file again", _reload),
        _admin_command("status", "Show the proxies of the running frpc", _status),
        _admin_command("stop", "Stop the running frpc", _stop),
        Command("verify", "Check a configuration file", run=_verify),
    ),
)
