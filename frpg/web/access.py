"""Who may use a web port: the password, and from which pages a browser may ask."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

import gevent
from flask import Flask, Response, request
from flask_httpauth import HTTPBasicAuth

from frpg.auth.token import keys_equal
from frpg.web.answers import plain

DELAY = 0.2  # seconds that a failure takes
HEALTH = "/healthz"
_READING = ("GET", "HEAD", "OPTIONS")
_OWN_SITES = ("same-origin", "none")  # none: typed in by the user

Refuse = Callable[[tuple[str, int], str], None]  # (who asked, why not)


class Access:
    """Guards every path of an application but the health check.

    Args:
        user, password: both empty lets everybody in.
        refuse: told of every refusal.
        changing: paths whose GET changes something.
    """

    def __init__(self, user: str, password: str, refuse: Refuse, changing: frozenset[str] = frozenset()) -> None:
        self._user = user
        self._password = password
        self._refuse = refuse
        self._changing = changing

    @property
    def is_open(self) -> bool:
        """No password is asked for."""
        return not (self._user or self._password)

    def change(self, user: str, password: str) -> None:
        """From now on."""
        self._user, self._password = user, password

    def guard(self, site: Flask) -> None:
        """Ask before anything else, also for paths that do not exist."""
        basic = HTTPBasicAuth(realm="Restricted")
        basic.verify_password(self._is_known)
        basic.error_handler(self._turn_away)

        @site.before_request
        def check() -> Response | None:
            if request.path == HEALTH:
                return None
            # Not its decorator, which asks nothing of OPTIONS.
            if not (self.is_open or basic.authenticate(basic.get_auth(), None)):
                refusal: Response = basic.auth_error_callback(401)
                return refusal
            return self._check_browser()

    def _is_known(self, user: str, password: str) -> bool:
        # Both are compared, whatever the first comparison says.
        return keys_equal(self._user, user) & keys_equal(self._password, password)

    def _turn_away(self, status: int) -> Response:
        gevent.sleep(DELAY)
        asked = request.authorization is not None
        self._refuse(_asker(), "wrong user or password" if asked else "no password given")
        return plain("Unauthorized\n", status)

    def _check_browser(self) -> Response | None:
        """Browsers send along where a request comes from; a page of somebody else must not drive this one."""
        why = ""
        if self._changes_something() and _is_foreign():
            why = "the request comes from a page of another site"
        elif self.is_open and _is_browser() and not _is_direct(request.host):
            why = "set a password in webServer to use this name"
        if not why:
            return None
        self._refuse(_asker(), why)
        return plain(f"Forbidden: {why}\n", 403)

    def _changes_something(self) -> bool:
        return request.method not in _READING or request.path in self._changing


def _asker() -> tuple[str, int]:
    return request.remote_addr or "", int(request.environ.get("REMOTE_PORT", 0))


def _is_browser() -> bool:
    # A page that came by plain HTTP from a name sends neither of the first two when it reads; no page can leave the
    # last one out, and few programs send it.
    return any(name in request.headers for name in ("Sec-Fetch-Site", "Origin", "Accept-Language"))


def _is_foreign() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:  # the browser itself compares, whatever name a proxy in front has put into Host
        return site not in _OWN_SITES
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.host


def _is_direct(host: str) -> bool:
    """Whether `host` is one that no stranger's name server can make lead here."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name == "localhost" or name.endswith(".localhost"):
            return True
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
