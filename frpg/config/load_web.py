"""The `webServer` options of a file, for commands that speak with the program that runs from it.

Only the common options are read, and nothing is validated: a mistake in a proxy is no reason that its frpc cannot be
asked or stopped.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from frpg.config.common import WebServerConfig
from frpg.config.decode import Decoder
from frpg.config.defaults import fill
from frpg.config.faults import Place
from frpg.config.server import ServerConfig
from frpg.config.sources import Part, read_source
from frpg.errors import ConfigError


def client_web_server(path: str, *, strict: bool, environ: Mapping[str, str] | None = None) -> WebServerConfig:
    """Of a file of frpc. Raises ConfigError."""
    from frpg.config.client import ClientConfig
    from frpg.config.load_client import split

    environ = os.environ if environ is None else environ
    source = read_source(path)
    if source.is_legacy:
        from frpg.config.legacy_client import LegacyClient

        part = LegacyClient(source, environ).common()
    else:
        part, _ = split(source.tree(environ, strict=strict), source.path)
    return _web_server(ClientConfig, part, strict)


def server_web_server(path: str, *, strict: bool, environ: Mapping[str, str] | None = None) -> WebServerConfig:
    """Of a file of frps. Raises ConfigError."""
    environ = os.environ if environ is None else environ
    source = read_source(path)
    if source.is_legacy:
        from frpg.config.legacy_server import server_part

        part = server_part(source, environ)
    else:
        part = Part(tree=source.tree(environ, strict=strict), place=Place(source.path))
    return _web_server(ServerConfig, part, strict)


def _web_server(cls: Any, part: Part, strict: bool) -> WebServerConfig:
    decoder = Decoder(strict=strict, coerce=not strict, faults=list(part.faults))
    web: WebServerConfig = decoder.decode(cls, part.tree).web_server
    if decoder.faults:
        raise ConfigError(part.place.lines(decoder.faults))
    fill(web)
    return web
