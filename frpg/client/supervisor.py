"""Keeps a client logged in: one session after the other, with the pauses that are due between them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import gevent
from gevent.event import Event

from frpg.client.backoff import FIRST_LOGIN_MAX, LOGIN_MAX, LoginBackoff, ReconnectBackoff
from frpg.client.control import Control
from frpg.client.login import Logins, Session
from frpg.errors import FrpgError
from frpg.logs import PrefixedLogger, prefixed
from frpg.net.failure import describe

logger = logging.getLogger(__name__)


class LoginFailed(FrpgError):
    """The first login failed and `loginFailExit` is on. Reaction: print the text, end the program with 1."""

    def __init__(self, error: Exception) -> None:
        rest = "With loginFailExit enabled, no additional retries will be attempted"
        super().__init__(f"login to the server failed: {describe(error)}. {rest}")


@dataclass(slots=True)
class Standing:
    """How the client stands with its server."""

    since: float = 0.0  # Unix seconds of the login of the present session; 0: there is none
    wire_protocol: str = ""  # of the present session
    error: str = ""  # what the last login failed with, or the last session ended with; "" while there is a session
    logins: int = 0  # that succeeded
    failures: int = 0  # of logins


class Supervisor:
    """`run` is the greenlet of a client; who kills it ends the session.

    Args:
        make_control: for a session that has just begun; must not yield.
    """

    def __init__(
        self, logins: Logins, make_control: Callable[[Session], Control], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.run_id = ""  # given by the server at the first login, kept for life
        self.standing = Standing()
        self.control: Control | None = None  # while there is a session
        self._logins = logins
        self._make_control = make_control
        self._clock = clock
        self._log: PrefixedLogger = prefixed(logger)
        self._logged_in = Event()  # also set when there will be no login any more
        self._is_closing = False

    def run(self, *, give_up: bool) -> LoginFailed | None:
        """Ends with the failure of the first login, if `give_up`, or after `close`."""
        try:
            control = self._log_in(FIRST_LOGIN_MAX, give_up=give_up)
            backoff = ReconnectBackoff()
            while True:
                lasted = self._serve(control)
                if self._is_closing:  # the server was faster
                    return None
                gevent.sleep(backoff.after_session(lasted, self._clock()))
                control = self._log_in(LOGIN_MAX, give_up=False)
        except LoginFailed as failure:
            return failure  # raised, the hub would print it
        finally:
            self._logged_in.set()

    def wait_logged_in(self, timeout: float | None) -> bool:
        """True when a session is there, False when none came within `timeout` seconds or will ever come."""
        self._logged_in.wait(timeout)
        return self.control is not None

    def close(self) -> None:
        """No session follows the present one. Idempotent, never blocks."""
        self._is_closing = True

    def ended(self) -> None:
        """`run` will not begin any more."""
        self._logged_in.set()

    def _log_in(self, longest_wait: float, *, give_up: bool) -> Control:
        backoff = LoginBackoff(longest_wait)
        while True:
            self._log.info("try to connect to server...")
            try:
                session = self._logins.log_in(self.run_id)
            except (OSError, FrpgError) as error:
                self._failed(error)
                if give_up:
                    raise LoginFailed(error) from error
            else:
                return self._succeeded(session)
            gevent.sleep(backoff.next_delay())

    def _failed(self, error: Exception) -> None:
        self.standing.error = describe(error)
        self.standing.failures += 1
        self._log.warning("connect to server error: %s", self.standing.error)

    def _succeeded(self, session: Session) -> Control:
        standing = self.standing
        standing.since, standing.wire_protocol, standing.error = time.time(), session.wire, ""
        standing.logins += 1
        self.run_id = session.run_id
        self._log = prefixed(logger, self.run_id)
        self._log.info("login to server success, get run id [%s]", self.run_id)
        return self._make_control(session)

    def _serve(self, control: Control) -> float:
        """Run a session to its end; returns how many seconds it lasted."""
        began = self._clock()
        self.control = control
        self._logged_in.set()
        try:
            control.run()
        finally:
            self.control = None
            self._logged_in.clear()
            self.standing.since, self.standing.wire_protocol, self.standing.error = 0.0, "", control.end
        return self._clock() - began
