"""The dashboard: its routes over the server's board, its listener, its life."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from ssl import SSLContext

from frpg.config.common import WebServerConfig
from frpg.config.server import ServerConfig
from frpg.errors import ConfigError
from frpg.net.address import join
from frpg.server.web.api_v1 import ApiV1
from frpg.server.web.api_v2 import ApiV2
from frpg.server.web.board import Board
from frpg.server.web.metrics import metrics
from frpg.server.web.operate import Operate, Reloaded
from frpg.web.access import Access
from frpg.web.diagnosis import Diagnosis
from frpg.web.server import WebServer, tls_context
from frpg.web.site import Site

logger = logging.getLogger(__name__)

PAGES = Path(__file__).parent / "static"
_POLLED = ("/api/v2/system/live", "/api/v2/connections")


class Dashboard:
    """Owns its web server. Listens from the constructor on, serves from `start` on.

    Args:
        reload: see Operate.
        old: that it will take over from; where both have the same port, the listener too.

    Raises ConfigError: cannot listen, or the TLS files cannot be used.
    """

    def __init__(
        self, config: ServerConfig, board: Board, reload: Callable[[bool], Reloaded], old: Dashboard | None = None
    ) -> None:
        web = config.web_server
        self._web = web
        self._board = board
        refusals = board.context.refusals
        self._access = Access(web.user, web.password, lambda who, why: refusals.add("dashboard", who, why))
        site = Site(self._access, PAGES, assets_dir=web.assets_dir, quiet=_POLLED)
        ApiV1(board).add_to(site)
        ApiV2(board).add_to(site)
        Operate(board, reload).add_to(site)
        if config.enable_prometheus:
            site.route("/metrics", lambda: metrics(board), "GET", "POST")
        if web.pprof_enable:
            Diagnosis(site)
        self._site = site
        self._tls = _tls(web)
        self._inherits = old is not None and old._web.port == web.port
        self._server: WebServer = old._server if old is not None and self._inherits else _listen(web, site, self._tls)

    @property
    def port(self) -> int:
        """The real one."""
        return self._server.port

    def start(self) -> None:
        """Serve, from now on also those whose connection was made to the one before."""
        if self._inherits:
            self._server.change(self._site.app, self._tls)
            return
        self._board.sampler.start()
        self._server.start()
        logger.info("dashboard listen on %s", join((self._web.addr, self.port)))
        if self._access.is_open and not self._web.addr.startswith("127."):
            logger.warning("the dashboard on %s asks for no password: set webServer.user", self._server.url)

    def abandon(self) -> None:
        """It will not be needed."""
        if not self._inherits:
            self._server.close()

    def retire(self, successor: Dashboard | None) -> None:
        """`successor` takes over, or nobody; requests under way are answered."""
        if successor is None or successor._server is not self._server:
            self._board.sampler.close()
            self._server.retire(successor._site.app if successor is not None else None)

    def close(self) -> None:
        """Idempotent, does not yield."""
        self._board.sampler.close()
        self._server.close()


def _listen(web: WebServerConfig, site: Site, tls: SSLContext | None) -> WebServer:
    try:
        return WebServer((web.addr, web.port), site.app, tls=tls)
    except OSError as error:
        raise ConfigError(f"create dashboard listener error, {error}") from error


def _tls(web: WebServerConfig) -> SSLContext | None:
    """Raises ConfigError."""
    if web.tls is None:
        return None
    try:
        return tls_context(web.tls.cert_file, web.tls.key_file)
    except OSError as error:
        name = f" {error.filename}" if error.filename else ""
        raise ConfigError(f"webServer.tls: open{name}: {(error.strerror or str(error)).lower()}") from error
