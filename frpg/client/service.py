"""A client: logs in, keeps a session, reconnects for ever, and stops when told to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
from gevent import Greenlet

from frpg.auth.method import make_client_auth
from frpg.client.changes import Changes, common_options
from frpg.client.connector import Dialer
from frpg.client.control import Control
from frpg.client.leaving import PATIENCE, leave
from frpg.client.login import Logins, Session
from frpg.client.proxies.base import Proxy
from frpg.client.source import Entries
from frpg.client.supervisor import LoginFailed, Standing, Supervisor
from frpg.client.tally import Tallies
from frpg.client.users import Joined
from frpg.client.visitors import Visitor
from frpg.config.client import ClientConfig
from frpg.config.supported import unsupported
from frpg.config.token_source import resolve_token
from frpg.errors import ConfigError, NotSupported
from frpg.net.resolver import DnsResolver

if TYPE_CHECKING:
    from frpg.client.store import Store
    from frpg.client.web.admin import Admin

__all__ = ["Client", "LoginFailed"]

logger = logging.getLogger(__name__)


class Client:
    """One client of one server. `run` in any greenlet, `close` from any other."""

    def __init__(
        self,
        config: ClientConfig,
        *,
        config_path: str | None = None,
        allow_unsafe: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            config: complete and valid, as `load_client` gives it.
            config_path: the file it came from, to be read again by a reload.
            allow_unsafe: as given to `load_client`.

        Raises:
            NotSupported: the configuration asks for what comes with a later release; a line for each.
            ConfigError: a value cannot be used, the token's file or the store not be read, the admin's port not be had.
        """
        missing = unsupported(config)
        if missing:
            raise NotSupported("\n".join(missing))
        written = common_options(config)
        resolve_token(config.auth)
        self.config = config
        self.is_closing = False
        self.started_at = 0.0  # Unix seconds
        self.tallies = Tallies()
        self._config_path = config_path
        self._clock = clock
        self._auth = make_client_auth(config)
        self._resolver = _resolver(config.dns_server)
        logins = Logins(config, self._auth, Dialer(config, self._resolver))
        self._supervisor = Supervisor(logins, self._make_control, clock=clock)
        self._joined: Joined = set()
        self._greenlet: Any = None
        path, store = config_path or "", _open_store(config, config_path)
        self.changes = Changes(written, store, self._apply, path=path, allow_unsafe=allow_unsafe)
        self.entries = self.changes.entries()  # what is to run, now and in later sessions
        self._admin = self._open_admin()

    def _open_admin(self) -> Admin | None:
        if not self.config.web_server.port:
            return None
        from frpg.client.web.admin import Admin  # a fifth of a second, and 10 MB

        return Admin(self)

    # --- life

    def run(self) -> None:
        """Serve until closed. Raises LoginFailed."""
        self.start()
        self.join()

    def start(self) -> None:
        """Serve in a greenlet of the client's own; returns at once."""
        if self._greenlet is None and not self.is_closing:
            if self._config_path:
                logger.info("start frpc service for config file [%s] with aggregated configuration", self._config_path)
            self.started_at = time.time()
            if self._admin is not None:
                self._admin.start()
            self._greenlet = Greenlet(self._supervisor.run, give_up=self.config.login_fail_exit)
            self._greenlet.start()

    def join(self) -> None:
        """Wait for the end. Raises LoginFailed."""
        if self._greenlet is None:
            return
        try:
            failure = self._greenlet.get()
        finally:
            self.close(patience=0.0)
            if self._config_path:
                logger.info("frpc service for config file [%s] stopped", self._config_path)
        if isinstance(failure, LoginFailed):
            raise failure

    def close(self, grace: float = 0.0, *, patience: float = PATIENCE) -> None:
        """End everything within a moment, in whatever state; later calls return at once.

        Args:
            grace: seconds at least between telling the server that the proxies end and closing the connection.
            patience: seconds at most that users have who are on their way or being served; 0 ends it at once.
        """
        if self.is_closing:
            return
        self.is_closing = True
        self._supervisor.close()
        self.changes.close()
        try:
            control = self._supervisor.control
            if control is not None:
                began = self._clock()
                leave(control, self._joined, patience)
                gevent.sleep(max(0.0, began + grace - self._clock()))
        finally:
            self._end()

    def _end(self) -> None:
        if self._greenlet is not None:
            self._greenlet.kill()
        for work, local in list(self._joined):
            work.close()
            local.close()
        self._joined.clear()
        if self._resolver is not None:
            self._resolver.close()
        if self._admin is not None:
            self._admin.close()
        self._auth.close()
        self._supervisor.ended()

    # --- what goes on

    @property
    def run_id(self) -> str:
        """Given by the server at the first login, kept for life."""
        return self._supervisor.run_id

    @property
    def standing(self) -> Standing:
        return self._supervisor.standing

    @property
    def is_logged_in(self) -> bool:
        return self._supervisor.control is not None

    def wait_logged_in(self, timeout: float | None = None) -> bool:
        """True when a session is there, False when none came within `timeout` seconds or will ever come."""
        return self._supervisor.wait_logged_in(timeout)

    def proxies(self) -> list[Proxy]:
        """Those of the present session, sorted by name, to read from; none while there is no session."""
        control = self._supervisor.control
        return control.proxies.snapshot() if control is not None else []

    def visitors(self) -> list[Visitor]:
        """See `proxies`."""
        control = self._supervisor.control
        return control.visitors.snapshot() if control is not None else []

    # --- sessions

    def _make_control(self, session: Session) -> Control:
        return Control(
            session,
            self.config,
            self._auth,
            self.entries,
            resolver=self._resolver,
            tallies=self.tallies,
            joined=self._joined,
            clock=self._clock,
        )

    def _apply(self, entries: Entries) -> None:
        self.entries = entries
        self.tallies.keep({proxy.name for proxy in entries.proxies})
        control = self._supervisor.control
        if control is not None:
            control.update(entries)


def _open_store(config: ClientConfig, config_path: str | None) -> Store | None:
    """Raises ConfigError."""
    if not config.store.path:
        return None
    from frpg.client.store import Store

    store = Store(Path(config_path or "").parent / config.store.path)
    store.check()
    return store


def _resolver(dns_server: str) -> DnsResolver | None:
    if not dns_server:
        return None
    try:
        return DnsResolver(dns_server)
    except ValueError as error:
        raise ConfigError(f"dnsServer: {error}") from error
