"""Changes to what runs, one at a time: the file written or read again, entries of the store put or removed."""

from __future__ import annotations

import copy
import logging
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gevent.lock import BoundedSemaphore

from frpg.client.files import replace_file
from frpg.client.restart import need_restart
from frpg.client.source import Entries, Sources
from frpg.config.client import ClientConfig
from frpg.config.load import Loaded, load_client
from frpg.config.supported import unsupported
from frpg.errors import ConfigError, FrpgError

if TYPE_CHECKING:
    from frpg.client.store import Store
    from frpg.config.definition import Definition, Kind

logger = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds to wait for a change that is under way


class NotFound(FrpgError):
    """There is no such entry. Reaction: tell who asked."""


class Conflict(FrpgError):
    """There is such an entry already. Reaction: tell who asked."""


class StoreDisabled(FrpgError):
    """There is no store, or no more. Reaction: tell who asked."""


class NoFile(FrpgError):
    """The client was made without a file. Reaction: tell who asked."""

    def __init__(self) -> None:
        super().__init__("frpc has no config file path")


class ApplyFailed(FrpgError):
    """The change is noted, but what runs could not follow, or not wait for. Reaction: tell who asked."""


class Changes:
    """Those of one client.

    Args:
        config: what the client runs with, before secrets were filled in.
        apply: told what is to run after each change; must not block.
        path: of the configuration file; "" when there is none.
        allow_unsafe: as when the file was loaded first.
    """

    def __init__(
        self,
        config: ClientConfig,
        store: Store | None,
        apply: Callable[[Entries], None],
        *,
        path: str = "",
        allow_unsafe: Collection[str] = (),
    ) -> None:
        self.path = path
        self.store = store
        self._started_with = config
        self._sources = Sources(config, store)
        self._apply = apply
        self._allow_unsafe = allow_unsafe
        self._lock = BoundedSemaphore(1)
        self._is_over = False

    def entries(self) -> Entries:
        """What is to run."""
        return self._sources.merged()

    def overrides(self, name: str, *, is_visitor: bool = False) -> bool:
        """Whether an entry of the store has that name in place of one of the file."""
        return self._sources.overrides(name, is_visitor=is_visitor)

    def close(self) -> None:
        """No change is made any more. Idempotent, never blocks."""
        self._is_over = True

    # --- the file

    def load(self, *, strict: bool) -> Loaded[ClientConfig]:
        """Read the file. Raises ConfigError, NoFile."""
        if not self.path:
            raise NoFile
        return _runnable(load_client(self.path, strict=strict, allow_unsafe=self._allow_unsafe))

    def load_text(self, text: str, *, strict: bool) -> Loaded[ClientConfig]:
        """As if `text` stood in the file. Raises ConfigError."""
        from frpg.config.load import load_client_text

        return _runnable(load_client_text(text, self.path, strict=strict, allow_unsafe=self._allow_unsafe))

    def save(self, text: str, *, strict: bool) -> None:
        """Write the file, if `text` can be run with; it counts from the next reload.

        Raises ConfigError, NoFile, OSError, ApplyFailed; the old file is whole then.
        """
        with self._turn():
            if not self.path:
                raise NoFile
            self.load_text(text, strict=strict)
            path = Path(self.path)
            replace_file(path, text.encode(), mode=_mode(path), may_overwrite=True)
        logger.info("configuration file [%s] written", self.path)

    def reload(self, *, strict: bool) -> None:
        """Run what the file says by now. Raises ConfigError, NoFile, ApplyFailed; on the first two nothing changes."""
        with self._turn():
            if self._is_over:
                raise ApplyFailed("config source is not available")
            loaded = self.load(strict=strict)
            self._sources.replace(loaded.config)
            self._apply(self.entries())
        for warning in loaded.warnings:
            logger.warning("%s", warning)
        waiting = need_restart(self._started_with, loaded.config)
        if waiting:
            logger.warning("%s: changed in the file, need a restart", ", ".join(waiting))
        logger.info("success reload conf")

    # --- the store

    def create(self, definition: Definition) -> None:
        """Raises StoreDisabled, Conflict, StoreError, ApplyFailed."""
        kind, name = definition.kind, definition.name
        with self._turn():
            store = self.open_store()
            if store.get(kind, name) is not None:
                raise Conflict(f'already exists: {kind.word} "{name}"')
            store.put(definition)
            self._stored("created", kind, name)

    def update(self, definition: Definition) -> None:
        """Raises StoreDisabled, NotFound, StoreError, ApplyFailed."""
        kind, name = definition.kind, definition.name
        with self._turn():
            store = self.open_store()
            _require(store, kind, name)
            store.put(definition)
            self._stored("updated", kind, name)

    def delete(self, kind: Kind, name: str) -> None:
        """Raises StoreDisabled, NotFound, StoreError, ApplyFailed."""
        with self._turn():
            store = self.open_store()
            _require(store, kind, name)
            store.remove(kind, name)
            self._stored("deleted", kind, name)

    def open_store(self) -> Store:
        """Raises StoreDisabled."""
        if self.store is None or self._is_over:
            raise StoreDisabled("store API is disabled" if self.store is None else "the client has stopped")
        return self.store

    def _stored(self, verb: str, kind: Kind, name: str) -> None:
        self._apply(self.entries())
        logger.info('store: %s %s "%s"', verb, kind.word, name)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=PATIENCE):
            raise ApplyFailed("another change is still under way")
        try:
            yield
        finally:
            self._lock.release()


def _mode(path: Path) -> int:
    """That of the file that is replaced. A new one is private, for it may hold secrets."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0o600


def common_options(config: ClientConfig) -> ClientConfig:
    """A copy that keeps the options as they were written when secrets are put into `config`."""
    config = copy.copy(config)
    config.auth = copy.copy(config.auth)
    return config


def _runnable(loaded: Loaded[ClientConfig]) -> Loaded[ClientConfig]:
    """Raises ConfigError for what this release cannot do."""
    missing = unsupported(loaded.config)
    if missing:
        raise ConfigError(missing)
    return loaded


def _require(store: Store, kind: Kind, name: str) -> None:
    if store.get(kind, name) is None:
        raise NotFound(f'not found: {kind.word} "{name}"')
