"""tls2raw: users speak TLS, a local service gets what is inside."""

from __future__ import annotations

from functools import partial

from frpg.client.plugins.base import Plugin, PluginContext, Rest
from frpg.client.plugins.local import parse_address
from frpg.client.plugins.user_tls import HANDSHAKE_TIMEOUT, user_context
from frpg.config.plugins import Tls2RawPlugin
from frpg.net.address import join
from frpg.net.dial import dial
from frpg.net.failure import describe
from frpg.net.stream import Stream
from frpg.net.tls import tls_server
from frpg.proto.messages import StartWorkConn

DIAL_TIMEOUT = 10.0  # seconds


class Tls2Raw(Plugin):
    """Shakes hands, dials, and leaves the rest to the relay."""

    def __init__(self, config: Tls2RawPlugin, context: PluginContext) -> None:
        super().__init__(context)
        self._address = parse_address(config.local_addr)
        self._tls = user_context(config.crt_path, config.key_path)

    def handle(self, user: Stream, start: StartWorkConn) -> Rest | None:
        """See Plugin."""
        return partial(self._serve, user, start)

    def _serve(self, user: Stream, start: StartWorkConn) -> None:
        try:
            plain = tls_server(user, self._tls, timeout=HANDSHAKE_TIMEOUT)
        except OSError as error:
            self.log.warning("tls handshake error: %s", describe(error))
            return
        try:
            local = dial(*self._address, timeout=DIAL_TIMEOUT, resolver=self.context.resolver)
        except OSError as error:
            plain.close()
            self.log.warning("connect to local service [%s] error: %s", join(self._address), describe(error))
            return
        self.introduce(local, start)
        self.join(plain, local)
