"""The admin interface of one client: its port, and what stands behind it."""

from __future__ import annotations

import ipaddress
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent

from frpg.client.web.config_api import ConfigApi
from frpg.client.web.live import Live
from frpg.client.web.status_api import StatusApi
from frpg.client.web.store_api import StoreApi
from frpg.config.common import WebServerConfig
from frpg.config.definition import PROXY, VISITOR
from frpg.errors import ConfigError, FrpgError
from frpg.logs.refusals import Refusals
from frpg.net.address import join
from frpg.net.failure import describe
from frpg.web.access import Access
from frpg.web.answers import empty
from frpg.web.server import WebServer, tls_context
from frpg.web.site import Site

if TYPE_CHECKING:
    from flask import Response

    from frpg.client.service import Client

logger = logging.getLogger(__name__)

STOP_DELAY = 0.1  # seconds between the answer to a stop and the stop

_PAGES = Path(__file__).parent / "static"
_CHANGING = frozenset({"/api/reload"})
_QUIET = ("/api/live",)


class Admin:
    """Binds in the constructor, serves from `start` to `close`."""

    def __init__(self, client: Client) -> None:
        """Raises ConfigError: the port cannot be had, or a certificate not be used."""
        web = client.config.web_server
        self._client = client
        self._address = (web.addr, web.port)
        self._stopping: Any = None
        self._access = Access(web.user, web.password, partial(Refusals().add, "admin"), _CHANGING)
        site = Site(self._access, _PAGES, assets_dir=web.assets_dir, quiet=_QUIET)
        self._live = Live(client)
        self._add_routes(site, web)
        try:
            self._server = _serve(web, site)
        except (OSError, FrpgError) as error:
            raise ConfigError(f"webServer: {describe(error)}") from None

    def _add_routes(self, site: Site, web: WebServerConfig) -> None:
        client = self._client
        ConfigApi(client.changes).add_to(site)
        StatusApi(client).add_to(site)
        if client.changes.store is not None:
            for kind in (PROXY, VISITOR):
                StoreApi(client.changes, kind).add_to(site)
        self._live.add_to(site)
        site.route("/api/stop", self._stop, "POST")
        if web.pprof_enable:
            from frpg.web.diagnosis import Diagnosis

            Diagnosis(site)

    def start(self) -> None:
        """Serve from now on."""
        self._server.start()
        self._live.start()
        logger.info("admin server listen on %s", join(self._address))
        if self._access.is_open and not _is_local(self._address[0]):
            logger.warning(
                "the admin server on %s can be reached from other machines and asks for no password: "
                "set webServer.user and webServer.password",
                join(self._address),
            )

    def close(self) -> None:
        """Free the port and end what it serves. Idempotent, never blocks."""
        self._server.close()
        self._live.close()
        if self._stopping is not None and self._stopping is not gevent.getcurrent():
            self._stopping.kill(block=False)

    def _stop(self) -> Response:
        """Answer first: closing takes this connection with it."""
        if self._stopping is None:
            self._stopping = gevent.spawn_later(STOP_DELAY, self._client.close)
        return empty()


def _serve(web: WebServerConfig, site: Site) -> WebServer:
    tls = tls_context(web.tls.cert_file, web.tls.key_file) if web.tls is not None else None
    return WebServer((web.addr, web.port), site.app, tls=tls)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
