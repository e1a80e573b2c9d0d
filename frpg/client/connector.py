"""The way to the server: one multiplexed connection per session, or one connection per stream."""

from __future__ import annotations

import ipaddress
import ssl
from typing import TYPE_CHECKING

from frpg.config.client import ClientConfig
from frpg.errors import ConfigError
from frpg.net.address import Resolver
from frpg.net.dial import dial
from frpg.net.mux import MuxSession
from frpg.net.stream import Stream
from frpg.net.tls import client_context, tls_client

if TYPE_CHECKING:
    from frpg.net.outbound_proxy import OutboundProxy

HANDSHAKE_TIMEOUT = 10.0  # seconds, for TLS and for an outbound proxy, each

_CUSTOM_TLS_BYTE = b"\x17"


class Dialer:
    """Makes real connections to the server, as the configuration says; one for the life of a client."""

    def __init__(self, config: ClientConfig, resolver: Resolver | None) -> None:
        """Raises ConfigError, NotSupported for a proxy URL that cannot be used."""
        transport = config.transport
        self._address = (config.server_addr, config.server_port)
        self._transport = transport
        self._resolver = resolver
        self._local_ip = _literal(transport.connect_server_local_ip)
        self._proxy = _outbound_proxy(transport.proxy_url)
        self._tls_context: ssl.SSLContext | None = None  # made when first needed: a wrong file is a login error

    def dial(self) -> Stream:
        """A connection on which frp can be spoken: through the proxy, inside TLS. Raises OSError."""
        proxy = self._proxy
        if proxy is None:
            stream = self._dial_tcp(*self._address)
        else:
            stream = proxy.tunnel(self._dial_tcp(*proxy.address), self._address, timeout=HANDSHAKE_TIMEOUT)
        return self._encrypt(stream) if self._transport.tls.enable else stream

    def _dial_tcp(self, host: str, port: int) -> Stream:
        return dial(
            host,
            port,
            timeout=float(self._transport.dial_server_timeout),
            local_ip=self._local_ip,
            keepalive=float(self._transport.dial_server_keepalive),
            resolver=self._resolver,
        )

    def _encrypt(self, stream: Stream) -> Stream:
        options = self._transport.tls
        try:
            if self._tls_context is None:
                self._tls_context = _context(options.cert_file, options.key_file, options.trusted_ca_file)
            if not options.disable_custom_tls_first_byte:
                stream.sendall(_CUSTOM_TLS_BYTE)
        except BaseException:
            stream.close()
            raise
        name = options.server_name or self._address[0]
        return tls_client(stream, self._tls_context, name, timeout=HANDSHAKE_TIMEOUT)


def _context(cert_file: str, key_file: str, trusted_ca_file: str) -> ssl.SSLContext:
    try:
        return client_context(cert_file, key_file, trusted_ca_file)
    except ConfigError as error:  # read when connecting, as in frp: a reason to try again, not to give up
        raise OSError(str(error)) from error


def _outbound_proxy(url: str) -> OutboundProxy | None:
    if not url:
        return None
    from frpg.net.outbound_proxy import OutboundProxy

    return OutboundProxy(url)


def _literal(text: str) -> str:
    """As frp, ignore a connectServerLocalIP that is no address."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


class Connector:
    """The streams of one session with the server. Made for each login, closed with its session."""

    def __init__(self, dialer: Dialer, *, tcp_mux: bool, mux_keepalive: float) -> None:
        self._dialer = dialer
        self._tcp_mux = tcp_mux
        self._mux_keepalive = mux_keepalive  # seconds
        self._mux: MuxSession | None = None
        self.is_closed = False

    @property
    def opens_at_once(self) -> bool:
        """True when `connect` needs no connection of its own."""
        return self._tcp_mux

    def open(self) -> None:
        """Connect, where all streams share one connection. Raises OSError."""
        if not self._tcp_mux:
            return
        mux = MuxSession(self._dialer.dial(), is_client=True, keepalive=self._mux_keepalive)
        self._mux = mux
        if self.is_closed:  # while we dialled
            mux.close()

    def connect(self) -> Stream:
        """A new stream to the server, owned by the caller. Raises OSError."""
        if self.is_closed:
            raise ConnectionError("the session is closed")
        if self._mux is not None:
            return self._mux.open()
        return self._dialer.dial()

    def close(self) -> None:
        """Idempotent. Ends the shared connection and all its streams; streams with their own connection go on."""
        self.is_closed = True
        if self._mux is not None:
            self._mux.close()
