"""The server: what starts, in which order, what follows a new configuration, and what ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from gevent.event import Event
from gevent.lock import BoundedSemaphore

from frpg import logs
from frpg.auth.method import ServerAuth, make_server_auth
from frpg.config.server import ServerConfig
from frpg.config.supported import unsupported
from frpg.config.token_source import resolve_token
from frpg.errors import ConfigError, NotSupported
from frpg.server.context import make_context
from frpg.server.controls import Controls
from frpg.server.door import Door
from frpg.server.gate import Gate
from frpg.server.reception import Reception
from frpg.server.reload import Part, apply, plan
from frpg.server.sniff import Target
from frpg.server.vhost.listeners import VhostListeners
from frpg.server.window import Window

if TYPE_CHECKING:
    from frpg.server.web.board import Board
    from frpg.server.web.dashboard import Dashboard

logger = logging.getLogger(__name__)

RELOAD_PATIENCE = 60.0  # seconds to wait for a reload that is under way

Source = Callable[[bool], ServerConfig]  # reads the configuration, strictly or not. Raises ConfigError


class Reloaded(NamedTuple):
    """What a reload has done: v1 key paths."""

    changed: list[str]
    restart: list[str]  # changed in the file, but applied by a restart only


class Server:
    """frps as an object: `start` returns when clients can connect, `close` ends everything, `join` waits for that.

    Args:
        config: completed, as the loader returns it.
        bind_port: in place of the configured one; 0 lets the system choose.
        source: reads the configuration again for `reload`.

    Raises:
        NotSupported: the configuration asks for what comes with a later release; a line for each.
        ConfigError: the token's file cannot be read, or its command fails.
    """

    def __init__(self, config: ServerConfig, *, bind_port: int | None = None, source: Source | None = None) -> None:
        _make_ready(config)
        self.context = make_context(config)
        self.controls = Controls(self.context)
        self._source = source
        self._vhosts = VhostListeners(self.context)
        self._door = Door(lambda stream: self._gate.handle(stream), bind_port)
        shared = {Target.HTTP_VHOST: self._vhosts.http.enter, Target.HTTPS_VHOST: self._vhosts.https.enter}
        reception = Reception(self.context, self.controls)
        self._gate = Gate(self.context, reception, self._door.tls_context, shared, self._vhosts.trusted)
        self._window = Window(self._make_dashboard)
        self._board: Board | None = None
        self._reloading = BoundedSemaphore(1)
        self._ended = Event()

    @property
    def config(self) -> ServerConfig:
        """What the server goes by at this moment."""
        return self.context.config

    @property
    def bind_port(self) -> int:
        """The port that clients connect to; the real one while the server runs."""
        return self._door.port

    @property
    def web_port(self) -> int:
        """The dashboard's port; 0 without one."""
        return self._window.dashboard.port if self._window.dashboard is not None else 0

    @property
    def strangers(self) -> int:
        """Connections on `bind_port` that have not proven who they are."""
        return self._gate.strangers

    @property
    def _parts(self) -> tuple[Part, ...]:
        return self.context.hooks, self._gate, self._door, self._vhosts, self._window

    def start(self) -> None:
        """Listen. Waits for the issuer of tokens, if clients log in with those.

        Raises ConfigError: cannot start, with the lines to print; nothing is left open.
        """
        try:
            self.context.auth.prepare()
            if self._ended.is_set():
                return
            apply(self._parts, self.config)
        except ConfigError:
            self.close()
            raise
        self.context.statistics.start()
        logger.info("frps started successfully")

    def reload(self, strict: bool = True) -> Reloaded:
        """Read the configuration again and follow it, without touching what is under way.

        Waits for a command that prints the token and for the issuer of tokens, but nowhere between two changes.
        Raises ConfigError: it cannot be followed, and nothing has changed.
        """
        if self._source is None:
            raise ConfigError("frps has no configuration file to read again")
        if not self._reloading.acquire(timeout=RELOAD_PATIENCE):
            raise ConfigError("another reload is still under way")
        try:
            wanted = self._source(strict)
            _make_ready(wanted)
            auth = self._auth_for(wanted)
            try:
                return self._follow(wanted, auth)
            except BaseException:
                if auth is not None:
                    auth.close()
                raise
        except NotSupported as error:
            raise ConfigError(str(error)) from None
        finally:
            self._reloading.release()

    def _auth_for(self, wanted: ServerConfig) -> ServerAuth | None:
        """None: as before. Raises ConfigError."""
        if wanted.auth == self.config.auth:
            return None
        auth = make_server_auth(wanted)
        auth.prepare()
        return auth

    def _follow(self, wanted: ServerConfig, auth: ServerAuth | None) -> Reloaded:
        """Yields nowhere. Raises ConfigError."""
        if self._ended.is_set():
            raise ConfigError("frps has stopped")
        config, changed, restart = plan(self.config, wanted)
        apply(self._parts, config)
        level = logs.level()
        logs.setup(config.log)  # also when nothing of it has changed: a file that was moved aside is let go
        if config.log == self.config.log:
            logs.set_level(level)  # which the operator may have set since
        self.context.follow(config, auth)
        logger.info("success reload conf, changed: [%s]", " ".join(changed))
        if restart:
            logger.warning("changed in the file, but applied by a restart only: [%s]", " ".join(restart))
        return Reloaded(changed, restart)

    def _make_dashboard(self, config: ServerConfig, old: Dashboard | None) -> Dashboard:
        from frpg.server.web.board import Board  # Flask is slow to load, and many servers have no dashboard
        from frpg.server.web.dashboard import Dashboard

        if self._board is None:
            self._board = Board(self.context, self.controls, lambda: self._vhosts.fronts, lambda: self.strangers)
        return Dashboard(config, self._board, self.reload, old)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the server was closed; False when `timeout` seconds have passed before that."""
        return bool(self._ended.wait(timeout))

    def close(self) -> None:
        """End all listeners, sessions and connections. Idempotent, does not yield."""
        self._window.close()
        self._door.close()
        self._gate.close()
        self._vhosts.close()
        self.controls.close()
        self.context.auth.close()
        for user in list(self.context.users):
            user.fail(ConnectionAbortedError("the server closes"))
        self.context.statistics.close()
        self.context.hooks.close()
        self._ended.set()


def _make_ready(config: ServerConfig) -> None:
    """Raises NotSupported, ConfigError."""
    missing = unsupported(config)
    if missing:
        raise NotSupported("\n".join(missing))
    resolve_token(config.auth)
