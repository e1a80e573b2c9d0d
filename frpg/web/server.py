"""HTTP and HTTPS for a WSGI application, on gevent's server, with the deadlines and bounds that it leaves to us."""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import gevent
import gevent.socket
import gevent.ssl
from gevent import GreenletExit, Timeout
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from frpg.net.address import join
from frpg.net.listener import bind
from frpg.net.stream import Address
from frpg.net.tls import load_pair

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 256
HEAD_SECONDS = 10.0  # for a TLS handshake, and for a head that has begun
IDLE_SECONDS = 60.0  # for the next request to begin, behind one that was welcome
RESPONSE_SECONDS = 60.0  # for a body to come, and its answer to be read
MAX_HEAD = 65536  # bytes
LEAVE_SECONDS = 2.0  # for the last requests, when the port is given up

_HOST = re.compile("^https?://[^/?]*", re.IGNORECASE)  # in front of a path, where a proxy may be meant

WsgiApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


def tls_context(cert_file: str, key_file: str) -> ssl.SSLContext:
    """For a web server. Calling `load_pair` on it again changes the certificate. Raises ConfigError, OSError."""
    # gevent's own, so that a program that does not patch can have a web server too.
    context: ssl.SSLContext = gevent.ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_pair(context, cert_file, key_file)
    return context


class WebServer:
    """Owns its listener and its connections. Binds in the constructor, serves from `start` on.

    Args:
        tls: speak HTTPS with this.

    Raises NetError: cannot listen.
    """

    def __init__(self, address: Address, application: WsgiApplication, *, tls: ssl.SSLContext | None = None) -> None:
        raw = bind(address)
        self.port: int = raw.getsockname()[1]
        self.tls = tls
        self._address = address
        sock = gevent.socket.socket(raw.family, raw.type, raw.proto, fileno=raw.detach())
        self._connections = Pool(MAX_CONNECTIONS)
        self._leaving: Any = None  # the greenlet that will end the connections
        options: dict[str, Any] = {} if tls is None else {"ssl_context": tls}
        self._server: Any = _Server(
            sock, application, spawn=self._connections, log=None, error_log=None, handler_class=_Handler, **options
        )

    @property
    def url(self) -> str:
        """Where it is, for people."""
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://{join((self._address[0], self.port))}"

    @property
    def connections(self) -> int:
        """Open at this moment."""
        return len(self._connections)

    def start(self) -> None:
        """Serve from now on."""
        self._server.start()

    def change(self, application: WsgiApplication, tls: ssl.SSLContext | None) -> None:
        """Serve `application` from the next request on; a new connection gets the certificate of `tls`.

        What has begun without TLS cannot have it later, nor the other way round.
        """
        self._server.application = application
        if tls is not None and self.tls is not None:
            self.tls = tls
            self._server.wrap_socket = tls.wrap_socket

    def retire(self, application: WsgiApplication | None) -> None:
        """Free the port, and a moment later end the connections; `application` gets their requests from now on."""
        self._server.close()
        if application is not None:
            self._server.application = application
        self._leaving = gevent.spawn_later(LEAVE_SECONDS, self._connections.kill, block=False)

    def close(self) -> None:
        """Free the port and end the connections. Idempotent, does not yield."""
        self._server.close()
        if self._leaving is not None:
            self._leaving.kill(block=False)
        self._connections.kill(block=False)


class _Server(WSGIServer):
    def handle(self, sock: Any, address: Any) -> Any:
        with suppress(OSError):  # it has left
            # Head and body are two writes: the second would wait 40 ms for the peer's acknowledgement of the first.
            sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
        return super().handle(sock, address)

    def set_application(self, application: WsgiApplication) -> None:
        self.application = application

    def set_tls(self, tls: ssl.SSLContext) -> None:
        server: Any = self
        server.wrap_socket = tls.wrap_socket

    def wrap_socket_and_handle(self, client_socket: Any, address: Any) -> Any:
        """In the connection's greenlet: shake hands within the time for a head."""
        server: Any = self
        try:
            # Not in the constructor: killed there, it would forget the socket.
            tls_socket = server.wrap_socket(client_socket, do_handshake_on_connect=False, **server.ssl_args)
        except OSError:  # it has left
            client_socket.close()
            return None
        try:
            return self.handle(tls_socket, address) if _shake_hands(tls_socket, address) else None
        finally:
            with suppress(OSError):
                tls_socket.close()


def _shake_hands(tls_socket: Any, address: Any) -> bool:
    try:
        with Timeout(HEAD_SECONDS, TimeoutError("it stalled")):
            tls_socket.do_handshake()
    except OSError as error:  # SSLError is one
        logger.debug("TLS handshake with [%s] failed: %s", join(address[:2]), error)
        return False
    return True


class _Handler(WSGIHandler):
    """One connection. The path stays percent-encoded in PATH_INFO: a name may hold an encoded slash."""

    _is_welcome = False  # who is not, by the last answer, may not hold one of the few connections for long

    def read_requestline(self) -> Any:
        with Timeout(IDLE_SECONDS if self._is_welcome else HEAD_SECONDS, TimeoutError("no request")):
            return super().read_requestline()

    def read_request(self, raw_requestline: str) -> Any:
        with Timeout(HEAD_SECONDS, TimeoutError("the head stalled")):
            return super().read_request(raw_requestline)

    def MessageClass(self, rfile: Any, *rest: Any) -> Any:
        limited: Any = _Head(rfile)
        return super().MessageClass(limited, *rest)

    def get_environ(self) -> Any:
        environ = super().get_environ()
        environ["PATH_INFO"] = _HOST.sub("", self.path or "").partition("?")[0]
        return environ

    def handle_one_response(self) -> None:
        with Timeout(RESPONSE_SECONDS, TimeoutError("the request stalled")):
            super().handle_one_response()
        self._is_welcome = 200 <= (self.code or 0) < 400

    def run_application(self) -> None:
        try:
            super().run_application()
        except GreenletExit:
            handler: Any = self
            handler.wsgi_input = _NoBody()  # or it would wait for the rest
            raise

    def _handle_client_error(self, ex: Any) -> Any:
        """What comes is no request: 400, or nothing when no more of it came."""
        handler: Any = self
        handler_above: Any = super()
        logger.debug("no request from [%s]: %s", join(handler.client_address[:2]), ex)
        return None if isinstance(ex, OSError) else handler_above._handle_client_error(ex)

    def handle_error(self, kind: Any, error: Any, trace: Any) -> None:
        """What the application raised, and it has a handler for all: mostly a visitor that has left."""
        if issubclass(kind, GreenletExit):
            raise error
        if issubclass(kind, OSError):
            logger.debug("web connection ended: %s", error)
            self.close_connection = True
            return
        logger.error("a web request failed", exc_info=(kind, error, trace))
        handler: Any = self
        handler._send_error_response_if_possible(500)


class _NoBody:
    def _discard(self) -> None:
        pass


class _Head:
    """Lines of a head, up to MAX_HEAD bytes of them."""

    def __init__(self, rfile: Any) -> None:
        self._rfile = rfile
        self._left = MAX_HEAD

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._rfile.readline(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise ValueError("head too long")
        return line
