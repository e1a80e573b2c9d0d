"""The server: what starts, in which order, and what ends."""

from __future__ import annotations

import logging
from ssl import SSLContext

from gevent.event import Event

from frpg.config.server import ServerConfig
from frpg.config.supported import unsupported
from frpg.config.token_source import resolve_token
from frpg.errors import ConfigError, NotSupported
from frpg.net.address import join
from frpg.net.listener import Listener
from frpg.net.tls import server_context
from frpg.server.context import make_context
from frpg.server.controls import Controls
from frpg.server.gate import Gate
from frpg.server.reception import Reception
from frpg.server.sniff import Target
from frpg.server.vhost.listeners import VhostListeners

logger = logging.getLogger(__name__)


class Server:
    """frps as an object: `start` returns when clients can connect, `close` ends everything, `join` waits for that.

    Args:
        config: completed, as the loader returns it.
        bind_port: in place of the configured one; 0 lets the system choose.

    Raises:
        NotSupported: the configuration asks for what comes with a later release; a line for each.
        ConfigError: the token's file cannot be read.
    """

    def __init__(self, config: ServerConfig, *, bind_port: int | None = None) -> None:
        missing = unsupported(config)
        if missing:
            raise NotSupported("\n".join(missing))
        resolve_token(config.auth)
        self.config = config
        self.context = make_context(config)
        self.controls = Controls(self.context)
        self._asked_port = config.bind_port if bind_port is None else bind_port
        self._tls: SSLContext | None = None
        self._vhosts = VhostListeners(self.context)
        shared = {Target.HTTP_VHOST: self._vhosts.http.enter, Target.HTTPS_VHOST: self._vhosts.https.enter}
        reception = Reception(self.context, self.controls)
        self._gate = Gate(self.context, reception, self._tls_context, shared, self._vhosts.trusted)
        self._listener: Listener | None = None
        self._ended = Event()

    @property
    def bind_port(self) -> int:
        """The port that clients connect to; the real one while the server runs."""
        return self._listener.port if self._listener is not None else self._asked_port

    @property
    def strangers(self) -> int:
        """Connections on `bind_port` that have not proven who they are."""
        return self._gate.strangers

    def start(self) -> None:
        """Listen. Raises ConfigError: cannot start, with the lines to print; nothing is left open."""
        tls = self.config.transport.tls
        if tls.trusted_ca_file or (tls.cert_file and tls.key_file):
            self._load_tls()  # faults of the operator's files show now
        try:
            self._vhosts.start_tcpmux()
            self._listen()
            self._vhosts.start()
        except ConfigError:
            self.close()
            raise
        logger.info("frps started successfully")

    def _listen(self) -> None:
        try:
            listener = Listener(
                (self.config.bind_addr, self._asked_port),
                self._gate.handle,
                keepalive=float(self.config.transport.tcp_keepalive),
            )
        except OSError as error:
            raise ConfigError(f"create server listener error, {error}") from error
        self._listener = listener
        listener.start()
        logger.info("frps tcp listen on %s", join((self.config.bind_addr, self.bind_port)))

    def _load_tls(self) -> None:
        try:
            self._tls_context()
        except OSError as error:
            name = f" {error.filename}" if error.filename else ""
            raise ConfigError(f"open{name}: {(error.strerror or str(error)).lower()}") from error

    def _tls_context(self) -> SSLContext:
        # A self-signed certificate is made for the first client that wants one: x509 is slow to load.
        if self._tls is None:
            tls = self.config.transport.tls
            self._tls = server_context(tls.cert_file, tls.key_file, tls.trusted_ca_file)
        return self._tls

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the server was closed; False when `timeout` seconds have passed before that."""
        return bool(self._ended.wait(timeout))

    def close(self) -> None:
        """End all listeners, sessions and connections. Idempotent, does not yield."""
        if self._listener is not None:
            self._listener.close()
        self._gate.close()
        self._vhosts.close()
        self.controls.close()
        for user in list(self.context.users):
            user.fail(ConnectionAbortedError("the server closes"))
        self._ended.set()
