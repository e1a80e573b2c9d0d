"""The port that clients connect to, and the certificate that they are shown."""

from __future__ import annotations

import logging
from ssl import SSLContext

from frpg.config.server import ServerConfig, ServerTlsConfig
from frpg.errors import ConfigError
from frpg.net.address import join
from frpg.net.listener import Handler, Listener
from frpg.net.tls import server_context
from frpg.server.reload import Step

logger = logging.getLogger(__name__)


class Door:
    """Owns the listener.

    Args:
        handler: gets each connection, and owns it.
        port: in place of the configured one; 0 lets the system choose.
    """

    def __init__(self, handler: Handler, port: int | None = None) -> None:
        self._handler = handler
        self._port = port
        self._listener: Listener | None = None
        self._asked: tuple[str, int] | None = None
        self._files = ServerTlsConfig()
        self._tls: SSLContext | None = None

    @property
    def port(self) -> int:
        """The real one; 0 before it was opened."""
        return self._listener.port if self._listener is not None else 0

    def tls_context(self) -> SSLContext:
        """With the certificate of the configuration, or one made for the first client that wants one."""
        if self._tls is None:  # x509 is slow to load
            self._tls = server_context(self._files.cert_file, self._files.key_file, self._files.trusted_ca_file)
        return self._tls

    def prepare(self, config: ServerConfig) -> Step:
        """See Part. The certificate's files are read again, whether their names have changed or not."""
        files = config.transport.tls
        tls = _load(files)
        if tls is None and not _has_files(self._files):
            tls = self._tls  # clients may have pinned the one that was made
        asked = config.bind_addr, config.bind_port if self._port is None else self._port
        listener = None if asked == self._asked else self._listen(asked, config)

        def commit() -> None:
            self._files, self._tls = files, tls
            if listener is not None:
                self._replace(asked, listener)

        return Step(commit, listener.close if listener is not None else lambda: None)

    def _listen(self, asked: tuple[str, int], config: ServerConfig) -> Listener:
        try:
            return Listener(asked, self._handler, keepalive=float(config.transport.tcp_keepalive))
        except OSError as error:
            raise ConfigError(f"create server listener error, {error}") from error

    def _replace(self, asked: tuple[str, int], listener: Listener) -> None:
        if self._listener is not None:
            self._listener.close()
        self._asked, self._listener = asked, listener
        listener.start()
        logger.info("frps tcp listen on %s", join((asked[0], listener.port)))

    def close(self) -> None:
        """Stop listening. Idempotent, does not yield."""
        if self._listener is not None:
            self._listener.close()


def _has_files(tls: ServerTlsConfig) -> bool:
    return bool(tls.trusted_ca_file or (tls.cert_file and tls.key_file))


def _load(tls: ServerTlsConfig) -> SSLContext | None:
    """None when there are no files. Raises ConfigError: faults of the operator's files show now."""
    if not _has_files(tls):
        return None
    try:
        return server_context(tls.cert_file, tls.key_file, tls.trusted_ca_file)
    except OSError as error:
        name = f" {error.filename}" if error.filename else ""
        raise ConfigError(f"open{name}: {(error.strerror or str(error)).lower()}") from error
