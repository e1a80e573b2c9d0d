"""`frpc --config_dir`: one service for each file below a folder, all in one process."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import gevent

from frpg.cli import process
from frpg.cli.client import close_client, make_client
from frpg.cli.output import say
from frpg.cli.start import is_runnable
from frpg.errors import FrpgError

if TYPE_CHECKING:
    from frpg.client.service import Client
    from frpg.config.client import ClientConfig
    from frpg.config.load import Loaded

Load = Callable[[str], "Loaded[ClientConfig]"]


def run_folder(folder: str, load: Load, allow_unsafe: Collection[str] = ()) -> int:
    """Run until all services have ended. One that fails does not disturb the others; the exit code is always 0."""
    process.adopt()
    services = _Services(load, allow_unsafe)
    process.on_stop(services.stop)
    greenlets = []
    for path in config_files(folder):
        greenlets.append(gevent.spawn(services.run, path))
        gevent.sleep(0.001)  # as frp does; keeps the first log lines of one service together
    gevent.joinall(greenlets)
    return 0


def config_files(folder: str) -> list[str]:
    """All files below `folder`, depth first, in the order of their names; each once, however many links lead to it."""
    files: dict[str, str] = {}
    for path in _walk(folder):
        files.setdefault(os.path.realpath(path), path)
    return list(files.values())


def _walk(folder: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif entry.is_file():
            yield entry.path


class _Services:
    """Those that run, and the end of them all."""

    def __init__(self, load: Load, allow_unsafe: Collection[str]) -> None:
        self._load = load
        self._allow_unsafe = allow_unsafe
        self._clients: list[Client] = []
        self._is_stopping = False

    def run(self, path: str) -> None:
        """Run the service of one file to its end; whatever ends it is told, not raised."""
        if self._is_stopping:
            return
        reason = ""
        try:
            loaded = self._load(path)
            if is_runnable(loaded):
                client = make_client(loaded.config, path, self._allow_unsafe)
                self._clients.append(client)
                client.run()
                return
        except (OSError, FrpgError) as error:
            reason = f"\n{error}"
        say(f"frpc service error for config file [{path}]{reason}")

    def stop(self) -> None:
        self._is_stopping = True
        gevent.joinall([gevent.spawn(close_client, client) for client in self._clients])
