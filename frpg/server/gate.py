"""The gate: every connection on `bindPort`, from its first byte up to its streams."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from ssl import SSLContext, SSLError
from typing import Any

import gevent
from gevent.event import Event

from frpg.config.server import ServerConfig
from frpg.errors import FrpgError, NotSupported, ProtocolError
from frpg.net.mux import MuxSession
from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from frpg.net.tls import tls_server
from frpg.server.context import Context
from frpg.server.reception import Reception
from frpg.server.reload import Step
from frpg.server.sniff import CUSTOM_TLS_BYTE, SIZE, Sniffer, Target
from frpg.server.vhost.entrance import read_proxy_header
from frpg.server.vhost.trust import TrustedProxies

logger = logging.getLogger(__name__)

DEADLINE = 10.0  # seconds for each: the first bytes, the TLS handshake, a session's first login
STRANGER_STREAMS = 4  # streams of a session before one of them has proven who it is

# What a client with another setting of tcpMux looks like.
_MUX_MISMATCH = ("yamux: version", "message type error: 0x00")
_MUX_HINT = "; transport.tcpMux must be the same at both ends"


class _Probe(ConnectionError):
    """Somebody connected and left without a word: a port check, no fault."""


class Gate:
    """Each connection has a greenlet until it has proven who it is; every wait in it has a deadline.

    Args:
        tls_context: called at the first TLS connection.
        shared: own the connections that are for others on the same port.
        trusted: may say in a PROXY header who a connection is from, where the port is shared.
    """

    def __init__(
        self,
        context: Context,
        reception: Reception,
        tls_context: Callable[[], SSLContext],
        shared: Mapping[Target, Callable[[TcpStream], None]],
        trusted: TrustedProxies,
    ) -> None:
        self._refusals = context.refusals
        self._transport = context.config.transport
        self._sniffer = Sniffer(context.config)
        self._reception = reception
        self._tls_context = tls_context
        self._shared = shared
        self._trusted = trusted
        self._strangers: set[Any] = set()  # greenlets
        self.is_closed = False

    @property
    def strangers(self) -> int:
        """Connections that have not proven who they are."""
        return len(self._strangers)

    def handle(self, stream: TcpStream) -> None:
        """Own an accepted connection. Raises nothing a stranger could cause."""
        greenlet = gevent.getcurrent()
        self._strangers.add(greenlet)
        try:
            self._enter(stream)
        except _Probe:
            stream.close()
        except (OSError, FrpgError) as error:
            stream.close()
            self._report(stream, error)
        finally:
            self._strangers.discard(greenlet)

    def prepare(self, config: ServerConfig) -> Step:
        """See Part."""

        def commit() -> None:
            self._transport = config.transport
            self._sniffer = Sniffer(config)

        return Step(commit, lambda: None)

    def close(self) -> None:
        """Send the strangers away. Idempotent, does not yield."""
        self.is_closed = True
        gevent.killall(list(self._strangers), block=False)

    def _enter(self, raw: TcpStream) -> None:
        if self._sniffer.is_shared and self._trusted.judge(raw.remote_addr[0]):
            read_proxy_header(raw)
        first = _peek(raw)
        target = self._sniffer.target(first)
        if target in self._shared:
            self._shared[target](raw)
            return
        stream = self._open(raw, first, target)
        if not self._transport.tcp_mux:
            self._reception.receive(stream, None)
            return
        visit = _Visit(self._reception, stream, float(self._transport.tcp_mux_keepalive_interval), self._report)
        visit.wait()

    def _report(self, stream: Stream, error: Exception) -> None:
        """The one line that the log has of a refused connection."""
        text = str(error)
        hint = _MUX_HINT if text.startswith(_MUX_MISMATCH) else ""
        self._refusals.add("connection", stream.remote_addr, text + hint)

    def _open(self, raw: TcpStream, first: bytes, target: Target) -> Stream:
        """Stages A to C: route by the first bytes, shake hands if it is TLS."""
        if target is Target.TLS:
            return self._shake_hands(raw, first)
        if target is not Target.PLAIN:
            raise NotSupported(f"{target.value} on this port is not supported yet")
        if self._transport.tls.force:
            text = "non-TLS connection received on a TlsOnly server"
            raise ProtocolError(f"checkAndEnableTLSServerConnWithTimeout error: {text}")
        return raw

    def _shake_hands(self, raw: TcpStream, first: bytes) -> Stream:
        if first[0] == CUSTOM_TLS_BYTE:
            raw.recv_exact(1)
        try:
            return tls_server(raw, self._tls_context(), timeout=DEADLINE)
        except SSLError as error:
            raise ProtocolError(f"TLS handshake failed: {error.reason or error}") from error


class _Visit:
    """A multiplexed connection, until its client has proven who it is; then its session belongs to the control."""

    def __init__(
        self, reception: Reception, stream: Stream, keepalive: float, report: Callable[[Stream, Exception], None]
    ) -> None:
        self._report = report
        self._reception = reception
        self._settled = Event()  # trusted, or closed
        self._is_trusted = False
        self._is_answered = False  # a stream was refused, which the log knows
        self._why = ""  # it was closed
        self._session = MuxSession(
            stream,
            is_client=False,
            on_stream=self._serve,
            on_first=self._recognise,
            on_close=self._closed,
            keepalive=keepalive,
            max_streams=STRANGER_STREAMS,
        )

    def wait(self) -> None:
        """Return when the client has proven who it is. Raises ConnectionError: the session is closed."""
        in_time = False
        try:
            in_time = self._settled.wait(DEADLINE)
        finally:
            if not self._is_trusted:
                self._session.close()
        if not self._is_trusted and not self._is_answered:
            raise ConnectionError(self._why if in_time else f"no login within {DEADLINE:g} s")

    def _serve(self, stream: Stream) -> None:
        try:
            if not self._reception.receive(stream, self._session):
                self._is_answered = True
            elif not self._is_trusted:
                self._is_trusted = True
                self._session.trust()
                self._settled.set()
        except (OSError, FrpgError) as error:
            stream.close()
            if not self._session.is_closed:
                self._is_answered = True
                self._report(stream, error)

    def _recognise(self, stream: Stream) -> bool:
        return self._is_trusted and self._reception.recognise(stream, self._session)

    def _closed(self, why: str) -> None:
        self._why = why
        self._settled.set()


def _peek(stream: Stream) -> bytes:
    """The first bytes, SIZE or more, still to be read. Raises OSError."""
    with stream.deadline(DEADLINE):
        data = b""
        while len(data) < SIZE:
            piece = stream.recv()
            if not piece:
                raise ConnectionError(f"closed after {len(data)} bytes") if data else _Probe
            data += piece
    stream.unread(data)
    return data
