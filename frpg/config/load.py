"""Loads a configuration file: read, render, parse, decode, complete, validate. All faults are reported together."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from frpg.config.decode import Decoder
from frpg.config.faults import Place, without_known
from frpg.config.server import ServerConfig, complete_server
from frpg.config.sources import Part, Source, read_source, text_source
from frpg.config.validate import server_faults, server_warnings
from frpg.errors import ConfigError

if TYPE_CHECKING:
    from frpg.config.client import ClientConfig

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[C]):
    """A configuration that is complete and valid."""

    config: C
    warnings: list[str]  # `PATH: key.path: text`
    is_legacy: bool  # INI; a run prints frp's warning about that


def load_server(
    path: str | os.PathLike[str],
    *,
    strict: bool = True,
    environ: Mapping[str, str] | None = None,
    allow_unsafe: Collection[str] = (),
) -> Loaded[ServerConfig]:
    """Load a file of frps. `environ` is os.environ when None.

    Raises:
        ConfigError: all faults of the file, each `PATH: key.path: text`.
    """
    return _load_server(read_source(path), strict, environ, allow_unsafe)


def load_server_text(
    text: str,
    path: str | os.PathLike[str],
    *,
    strict: bool = True,
    environ: Mapping[str, str] | None = None,
    allow_unsafe: Collection[str] = (),
) -> Loaded[ServerConfig]:
    """As `load_server`, of a text that the file at `path` might hold."""
    return _load_server(text_source(path, text), strict, environ, allow_unsafe)


def _load_server(
    source: Source, strict: bool, environ: Mapping[str, str] | None, allow_unsafe: Collection[str]
) -> Loaded[ServerConfig]:
    environ = os.environ if environ is None else environ
    if source.is_legacy:
        from frpg.config.legacy_server import server_part

        part = server_part(source, environ)
    else:
        part = Part(tree=source.tree(environ, strict=strict), place=Place(source.path))
    decoder = Decoder(strict=strict, coerce=not strict, faults=list(part.faults))
    config = decoder.decode(ServerConfig, part.tree)
    complete_server(config)
    faults = decoder.faults + without_known(server_faults(config, allow_unsafe), decoder.faults)
    if faults:
        raise ConfigError(part.place.lines(faults))
    return Loaded(config, part.place.lines([*part.warnings, *server_warnings(config)]), source.is_legacy)


def load_client(
    path: str | os.PathLike[str],
    *,
    strict: bool = True,
    environ: Mapping[str, str] | None = None,
    allow_unsafe: Collection[str] = (),
) -> Loaded[ClientConfig]:
    """Load a file of frpc and the files it includes. `environ` is os.environ when None.

    Raises:
        ConfigError: all faults of all files, each `PATH: key.path: text`.
    """
    return _load_client(read_source(path), strict, environ, allow_unsafe)


def load_client_text(
    text: str,
    path: str | os.PathLike[str],
    *,
    strict: bool = True,
    environ: Mapping[str, str] | None = None,
    allow_unsafe: Collection[str] = (),
) -> Loaded[ClientConfig]:
    """As `load_client`, of a text that the file at `path` might hold; files that it includes are read from disk."""
    return _load_client(text_source(path, text), strict, environ, allow_unsafe)


def _load_client(
    source: Source, strict: bool, environ: Mapping[str, str] | None, allow_unsafe: Collection[str]
) -> Loaded[ClientConfig]:
    from frpg.config.load_client import ClientLoad  # the models of proxies and plugins cost frps start-up time

    load = ClientLoad(strict, os.environ if environ is None else environ, allow_unsafe)
    config = load.run(source)
    return Loaded(config, load.warnings, source.is_legacy)
