"""The shared listeners of one server: which there are, on which ports, and the entrances to them."""

from __future__ import annotations

import logging

from frpg.errors import ConfigError
from frpg.net.address import join
from frpg.net.listener import Handler, Listener
from frpg.server.context import Context
from frpg.server.sniff import shares_bind_port
from frpg.server.vhost.entrance import Entrance
from frpg.server.vhost.http import HttpVhost
from frpg.server.vhost.https import HttpsVhost
from frpg.server.vhost.pages import Pages
from frpg.server.vhost.tcpmux import TcpmuxVhost
from frpg.server.vhost.trust import TrustedProxies

logger = logging.getLogger(__name__)


class VhostListeners:
    """Owns the listeners of http, https and tcpmux.

    A port equal to `bindPort` is left to the gate, which hands its visitors to `http` and `https`.
    """

    def __init__(self, context: Context) -> None:
        config = context.config
        self._config = config
        self._listeners: list[Listener] = []
        pages = Pages(config.custom_404_page)
        trusted = self.trusted = TrustedProxies(config.vhost_trusted_proxies)
        self._http = HttpVhost(context, pages, trusted)
        self.http = Entrance(trusted, self._http.admit, context.users)
        self.https = Entrance(trusted, HttpsVhost(context).admit, context.users)
        self._tcpmux = Entrance(trusted, TcpmuxVhost(context, pages).admit, context.users)

    def start_tcpmux(self) -> None:
        """Raises ConfigError: cannot listen."""
        port = self._config.tcpmux_http_connect_port
        if port:
            where = self._listen(port, self._tcpmux.enter, "create server listener error")
            passthrough = str(self._config.tcpmux_passthrough).lower()
            logger.info("tcpmux httpconnect multiplexer listen on %s, passthrough: %s", where, passthrough)

    def start(self) -> None:
        """Those of http and https. Raises ConfigError: cannot listen."""
        config = self._config
        http, https = config.vhost_http_port, config.vhost_https_port
        if http:
            if not shares_bind_port(config, http):
                self._listen(http, self.http.enter, "create vhost http listener error", is_prompt=True)
            logger.info("http service listen on %s", join((config.proxy_bind_addr, http)))
        if https and not shares_bind_port(config, https):
            where = self._listen(https, self.https.enter, "create server listener error")
            logger.info("https service listen on %s", where)

    def _listen(self, port: int, enter: Handler, failure: str, *, is_prompt: bool = False) -> str:
        address = self._config.proxy_bind_addr, port
        try:
            listener = Listener(address, enter, is_prompt=is_prompt)
        except OSError as error:
            raise ConfigError(f"{failure}, {error}") from error
        self._listeners.append(listener)
        listener.start()
        return join(address)

    def close(self) -> None:
        """Stop listening, and end the visitors' connections that are no tunnels. Idempotent, does not yield."""
        for listener in self._listeners:
            listener.close()
        self._http.close()
