"""A client: logs in, keeps a session, reconnects for ever, and stops when told to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import Greenlet
from gevent.event import Event

from frpg.auth.token import TokenAuth
from frpg.client.backoff import FIRST_LOGIN_MAX, LOGIN_MAX, LoginBackoff, ReconnectBackoff
from frpg.client.connector import Dialer
from frpg.client.control import Control
from frpg.client.leaving import PATIENCE, leave
from frpg.client.login import Logins
from frpg.client.proxies.base import Joined, Proxy
from frpg.config.client import ClientConfig
from frpg.config.supported import unsupported
from frpg.config.token_source import resolve_token
from frpg.errors import ConfigError, FrpgError, NotSupported
from frpg.logs import PrefixedLogger, prefixed
from frpg.net.failure import describe
from frpg.net.resolver import DnsResolver

logger = logging.getLogger(__name__)


class LoginFailed(FrpgError):
    """The first login failed and `loginFailExit` is on. Reaction: print the text, end the program with 1."""

    def __init__(self, error: Exception) -> None:
        rest = "With loginFailExit enabled, no additional retries will be attempted"
        super().__init__(f"login to the server failed: {describe(error)}. {rest}")


class Client:
    """One client of one server. `run` in any greenlet, `close` from any other."""

    def __init__(
        self, config: ClientConfig, *, config_path: str | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """
        Args:
            config: complete and valid, as `load_client` gives it.
            config_path: for the log only.

        Raises:
            NotSupported: the configuration asks for what comes with a later release; a line for each.
            ConfigError: a value cannot be used, or the token's file not be read.
        """
        missing = unsupported(config)
        if missing:
            raise NotSupported("\n".join(missing))
        resolve_token(config.auth)
        self.config = config
        self.run_id = ""  # given by the server at the first login, kept for life
        self.is_closing = False
        self._config_path = config_path
        self._clock = clock
        self._auth = TokenAuth(config.auth.token, config.auth.additional_scopes)
        self._resolver = _resolver(config.dns_server)
        self._logins = Logins(config, self._auth, Dialer(config, self._resolver))
        self._log: PrefixedLogger = prefixed(logger)
        self._control: Control | None = None
        self._joined: Joined = set()
        self._supervisor: Any = None
        self._logged_in = Event()  # also set when there will be no login any more

    # --- life

    def run(self) -> None:
        """Serve until closed. Raises LoginFailed."""
        self.start()
        self.join()

    def start(self) -> None:
        """Serve in a greenlet of the client's own; returns at once."""
        if self._supervisor is None and not self.is_closing:
            if self._config_path:
                logger.info("start frpc service for config file [%s] with aggregated configuration", self._config_path)
            self._supervisor = Greenlet(self._supervise)
            self._supervisor.start()

    def join(self) -> None:
        """Wait for the end. Raises LoginFailed."""
        if self._supervisor is None:
            return
        try:
            failure = self._supervisor.get()
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
        try:
            if self._control is not None:
                began = self._clock()
                leave(self._control, self._joined, patience)
                gevent.sleep(max(0.0, began + grace - self._clock()))
        finally:
            self._end()

    def _end(self) -> None:
        if self._supervisor is not None:
            self._supervisor.kill()
        for work, local in list(self._joined):
            work.close()
            local.close()
        self._joined.clear()
        if self._resolver is not None:
            self._resolver.close()
        self._logged_in.set()

    # --- what goes on

    @property
    def is_logged_in(self) -> bool:
        return self._control is not None

    def wait_logged_in(self, timeout: float | None = None) -> bool:
        """True when a session is there, False when none came within `timeout` seconds or will ever come."""
        self._logged_in.wait(timeout)
        return self.is_logged_in

    def proxies(self) -> list[Proxy]:
        """Those of the present session, sorted by name, to read from; none while there is no session."""
        return self._control.proxies.snapshot() if self._control is not None else []

    # --- the supervisor

    def _supervise(self) -> LoginFailed | None:
        """Ends with the failure of the first login, or not by itself."""
        try:
            control = self._log_in(FIRST_LOGIN_MAX, give_up=self.config.login_fail_exit)
            backoff = ReconnectBackoff()
            while True:
                lasted = self._serve(control)
                if self.is_closing:  # the server was faster
                    return None
                gevent.sleep(backoff.after_session(lasted, self._clock()))
                control = self._log_in(LOGIN_MAX, give_up=False)
        except LoginFailed as failure:
            return failure  # raised, the hub would print it
        finally:
            self._logged_in.set()

    def _log_in(self, longest_wait: float, *, give_up: bool) -> Control:
        backoff = LoginBackoff(longest_wait)
        while True:
            self._log.info("try to connect to server...")
            try:
                session = self._logins.log_in(self.run_id)
            except (OSError, FrpgError) as error:
                self._log.warning("connect to server error: %s", describe(error))
                if give_up:
                    raise LoginFailed(error) from error
            else:
                self.run_id = session.run_id
                self._log = prefixed(logger, self.run_id)
                self._log.info("login to server success, get run id [%s]", self.run_id)
                return Control(
                    session, self.config, self._auth, resolver=self._resolver, joined=self._joined, clock=self._clock
                )
            gevent.sleep(backoff.next_delay())

    def _serve(self, control: Control) -> float:
        """Run a session to its end; returns how many seconds it lasted."""
        began = self._clock()
        self._control = control
        self._logged_in.set()
        try:
            control.run()
        finally:
            self._control = None
            self._logged_in.clear()
        return self._clock() - began


def _resolver(dns_server: str) -> DnsResolver | None:
    if not dns_server:
        return None
    try:
        return DnsResolver(dns_server)
    except ValueError as error:
        raise ConfigError(f"dnsServer: {error}") from error
