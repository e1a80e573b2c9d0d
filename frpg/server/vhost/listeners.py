"""The shared listeners of one server: which there are, on which ports, and the entrances to them."""

from __future__ import annotations

import logging
from typing import NamedTuple

from frpg.config.server import ServerConfig
from frpg.errors import ConfigError
from frpg.net.address import join
from frpg.net.listener import Handler, Listener
from frpg.net.stream import Address
from frpg.relay.http.pages import Pages
from frpg.relay.http.site import Connection
from frpg.server.context import Context
from frpg.server.reload import Step
from frpg.server.sniff import shares_bind_port
from frpg.server.vhost.entrance import Entrance
from frpg.server.vhost.http import HttpVhost
from frpg.server.vhost.https import HttpsVhost
from frpg.server.vhost.tcpmux import TcpmuxVhost
from frpg.server.vhost.trust import TrustedProxies

logger = logging.getLogger(__name__)

_NAMES = {"tcpmux": "tcpmux httpconnect multiplexer", "http": "http service", "https": "https service"}


class _Wanted(NamedTuple):
    """One shared listener that the configuration asks for."""

    address: Address
    enter: Handler
    about: str  # for the log
    failure: str
    is_prompt: bool = False


class VhostListeners:
    """Owns the listeners of http, https and tcpmux; `prepare` opens the first ones too.

    A port equal to `bindPort` is left to the gate, which hands its visitors to `http` and `https`.
    """

    def __init__(self, context: Context) -> None:
        config = context.config
        self._context = context
        self._listeners: dict[str, Listener] = {}  # by what they are for
        self._pages = Pages(config.custom_404_page)
        trusted = self.trusted = TrustedProxies(config.vhost_trusted_proxies)
        self._http = HttpVhost(context, self._pages, trusted)
        self.http = Entrance(trusted, self._http.admit, context.users)
        self.https = Entrance(trusted, HttpsVhost(context).admit, context.users)
        self._tcpmux = Entrance(trusted, TcpmuxVhost(context, self._pages).admit, context.users)

    @property
    def fronts(self) -> set[Connection]:
        """The connections of visitors of http."""
        return self._http.fronts

    def prepare(self, config: ServerConfig) -> Step:
        """See Part. Visitors that are here stay."""
        wanted = self._wanted(config)
        opened: dict[str, Listener] = {}

        def abandon() -> None:
            for listener in opened.values():
                listener.close()

        for kind, one in wanted.items():
            present = self._listeners.get(kind)
            if present is None or present.address != one.address:
                try:
                    opened[kind] = Listener(one.address, one.enter, is_prompt=one.is_prompt)
                except OSError as error:
                    abandon()
                    raise ConfigError(f"{one.failure}, {error}") from error

        def commit() -> None:
            self._pages.change(config.custom_404_page)
            self.trusted.change(config.vhost_trusted_proxies)
            for kind in [kind for kind in self._listeners if kind not in wanted or kind in opened]:
                self._listeners.pop(kind).close()
            for kind, listener in opened.items():
                self._listeners[kind] = listener
                listener.start()
                logger.info("%s listen on %s%s", _NAMES[kind], join(listener.address), wanted[kind].about)
            if shares_bind_port(config, config.vhost_http_port) and "http" not in wanted and not self._is_shared:
                logger.info("http service listen on %s", join((config.proxy_bind_addr, config.vhost_http_port)))
            self._is_shared = "http" not in wanted

        return Step(commit, abandon)

    _is_shared = False  # http has the port of the clients

    def _wanted(self, config: ServerConfig) -> dict[str, _Wanted]:
        host, failure = config.proxy_bind_addr, "create server listener error"
        tcpmux, http, https = config.tcpmux_http_connect_port, config.vhost_http_port, config.vhost_https_port
        found = {}
        if tcpmux:
            about = f", passthrough: {str(config.tcpmux_passthrough).lower()}"
            found["tcpmux"] = _Wanted((host, tcpmux), self._tcpmux.enter, about, failure)
        if http and not shares_bind_port(config, http):
            web_failure = "create vhost http listener error"
            found["http"] = _Wanted((host, http), self.http.enter, "", web_failure, is_prompt=True)
        if https and not shares_bind_port(config, https):
            found["https"] = _Wanted((host, https), self.https.enter, "", failure)
        return found

    def close(self) -> None:
        """Stop listening, and end the visitors' connections that are no tunnels. Idempotent, does not yield."""
        for listener in self._listeners.values():
            listener.close()
        self._http.close()
