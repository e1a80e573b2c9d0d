"""http2http, http2https, https2http, https2https: reverse proxies for one local web service."""

from __future__ import annotations

import ssl
from functools import partial
from typing import ClassVar

from frpg.client.plugins.base import Plugin, PluginContext, Rest
from frpg.client.plugins.bridge_site import BridgeSite, Upstreams
from frpg.client.plugins.local import parse_address
from frpg.client.plugins.upstream import Upstream
from frpg.client.plugins.user_tls import HANDSHAKE_TIMEOUT, user_context
from frpg.config.plugins import BridgePlugin, Https2HttpPlugin, Https2HttpsPlugin
from frpg.net.failure import describe
from frpg.net.server_name import read_server_name
from frpg.net.stream import Stream
from frpg.net.tls import client_context, tls_server
from frpg.proto.messages import StartWorkConn
from frpg.proto.sni import NotTls
from frpg.relay.http.pool import Sweeper
from frpg.relay.http.settings import make_settings


class Bridge(Plugin):
    """Owns the site that its users visit, and the connections to the local service."""

    USERS_TLS: ClassVar[bool] = False
    LOCAL_TLS: ClassVar[bool] = False

    def __init__(self, config: BridgePlugin, context: PluginContext) -> None:
        super().__init__(context)
        host, changes = config.host_header_rewrite, config.request_headers.set
        settings = make_settings(self.log, host=host, request=changes)
        self._upstreams = self._make_upstreams(config.local_addr)
        self._site = BridgeSite(self, settings, self._upstreams, is_tls=self.USERS_TLS)

    def _make_upstreams(self, local_addr: str) -> Upstreams:
        address = parse_address(local_addr, 443 if self.LOCAL_TLS else 80)
        resolver, sweeper = self.context.resolver, Sweeper()
        web, grpc = (
            Upstream(address, self.log, tls=self._local_tls(*protocols), resolver=resolver, sweeper=sweeper)
            for protocols in ((), ("h2",))
        )
        return Upstreams(web=web, grpc=grpc)

    def _local_tls(self, *protocols: str) -> ssl.SSLContext | None:
        """The service's certificate is not verified: most have one of their own making."""
        if not self.LOCAL_TLS:
            return None
        context = client_context()
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    def handle(self, user: Stream, start: StartWorkConn) -> Rest | None:
        """See Plugin."""
        self._site.admit(self.watch(user, start))
        return None

    def close(self) -> None:
        """See Plugin."""
        self._site.retire()
        self._upstreams.close()


class TlsBridge(Bridge):
    """Users speak TLS, and in it HTTP/1.1 or HTTP/2."""

    USERS_TLS = True

    def __init__(self, config: Https2HttpPlugin | Https2HttpsPlugin, context: PluginContext) -> None:
        super().__init__(config, context)
        protocols = ("h2", "http/1.1") if config.enable_http2 else ("http/1.1",)
        self._tls = user_context(config.crt_path, config.key_path, protocols, prefix="gen TLS config error: ")

    def handle(self, user: Stream, start: StartWorkConn) -> Rest | None:
        """See Plugin."""
        return partial(self._greet, user, start)

    def _greet(self, user: Stream, start: StartWorkConn) -> None:
        try:
            name = read_server_name(user, HANDSHAKE_TIMEOUT)
            stream = tls_server(self.watch(user, start), self._tls, timeout=HANDSHAKE_TIMEOUT)
        except (OSError, NotTls) as error:  # strangers knock at every port
            self.log.debug("tls handshake error: %s", describe(error))
            user.close()
            return
        stream.server_name = name
        self._site.admit(stream)


class Http2Http(Bridge):
    """See Bridge."""


class Http2Https(Bridge):
    """See Bridge."""

    LOCAL_TLS = True


class Https2Http(TlsBridge):
    """See TlsBridge."""


class Https2Https(TlsBridge):
    """See TlsBridge."""

    LOCAL_TLS = True
