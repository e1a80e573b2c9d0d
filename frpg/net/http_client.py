"""HTTP requests for frpg's own errands: asking a plugin, an issuer of tokens.

Over our own streams, so that it works in programs without monkey patching too. Follows no redirects, keeps no cookies.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from gevent import Timeout
from gevent.lock import BoundedSemaphore

from frpg import __version__
from frpg.errors import ConfigError
from frpg.net.address import Resolver
from frpg.net.dial import dial
from frpg.net.http_answer import Answer, HttpError, Stale, exchange
from frpg.net.http_pool import Pool
from frpg.net.http_url import Url, environment_proxy, parse_url
from frpg.net.outbound_proxy import OutboundProxy
from frpg.net.stream import Stream
from frpg.net.tls import client_context, tls_client
from frpg.proto.http1.fields import BadMessage, make_field

__all__ = ["Answer", "HttpClient", "HttpError", "verifying_context"]

MAX_BODY = 1 << 20  # bytes of an answer
MAX_IDLE = 8  # connections kept for later requests
IDLE_TIMEOUT = 30.0  # seconds that they are kept
MAX_REQUESTS = 64  # under way at one time; further ones wait, within their deadline


def verifying_context(trusted_ca_file: str = "") -> ssl.SSLContext:
    """Trusts that file's authorities, or else the system's. Raises ConfigError, OSError."""
    return client_context(trusted_ca_file=trusted_ca_file) if trusted_ca_file else ssl.create_default_context()


class HttpClient:
    """Shared by all greenlets that ask the same service; `close` gives back its connections.

    Args:
        base: what a URL that does not begin with a scheme is appended to, as text.
        tls: for https; None verifies with the system's authorities, `client_context()` does not verify.
        proxy: URL of an http, https or socks5 proxy, with user and password if it wants them.
        environ: asked for the proxy's URL when `proxy` is empty; None: nobody is asked.
        timeout: seconds for one request: waiting, dialling, the whole answer.
        max_body: bytes of an answer; one with more is an error.

    Raises ConfigError for a `proxy` that is none; its text does not name the option.
    """

    def __init__(
        self,
        base: str = "",
        *,
        tls: ssl.SSLContext | None = None,
        proxy: str = "",
        environ: Mapping[str, str] | None = None,
        timeout: float = 10.0,
        max_body: int = MAX_BODY,
        max_idle: int = MAX_IDLE,
        idle_timeout: float = IDLE_TIMEOUT,
        resolver: Resolver | None = None,
    ) -> None:
        self._base = base
        self._tls = tls
        self._proxy = _Proxy(proxy) if proxy else None
        self._environ = environ
        self._timeout = timeout
        self._max_body = max_body
        self._resolver = resolver
        self._slots = BoundedSemaphore(MAX_REQUESTS)
        self._pool = Pool(max_idle, idle_timeout)

    def request(
        self,
        method: str,
        url: str = "",
        *,
        fields: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float | None = None,
        may_repeat: bool = False,
    ) -> Answer:
        """The answer, whatever its status.

        Args:
            fields: header fields; Host, Content-Length and User-Agent are made here.
            may_repeat: asking twice does no harm. Without it, a kept connection that the service closes at the very
                moment it is used is an error.

        Raises:
            OSError: no answer, or none that is HTTP (HttpError), or not in time (TimeoutError).
            ValueError: neither the URL nor a field may look like that.
        """
        where = parse_url(url if url.startswith(("http://", "https://")) else self._base + url)
        proxy = self._proxy_for(where)
        data = _request(method, where, proxy, fields or {}, body)
        seconds = self._timeout if timeout is None else timeout
        with Timeout(seconds, TimeoutError(f"no answer within {seconds:g} s")), self._slots:
            stream = self._pool.take(where.origin)
            if stream is not None:
                try:
                    return self._exchange(stream, where, data, method)
                except Stale:
                    if not may_repeat:
                        raise
            return self._exchange(self._connect(where, proxy, seconds), where, data, method)

    @property
    def idle(self) -> int:
        """Connections that wait for a request."""
        return len(self._pool)

    def close(self) -> None:
        """Close the idle connections; requests under way end as they would. Idempotent, does not yield."""
        self._pool.close()

    def _exchange(self, stream: Stream, where: Url, data: bytes, method: str) -> Answer:
        """Own `stream`: it goes to the pool, or is closed."""
        try:
            answer = exchange(stream, data, method, self._max_body)
        except BaseException:
            stream.abort()
            raise
        if answer.keeps_alive:
            self._pool.put(where.origin, stream)
        else:
            stream.close()
        return answer

    def _proxy_for(self, where: Url) -> _Proxy | None:
        if self._proxy is None and self._environ is not None:
            url = environment_proxy(where, self._environ)
            return _Proxy(url) if url else None
        return self._proxy

    def _connect(self, where: Url, proxy: _Proxy | None, timeout: float) -> Stream:
        host, port = where.address if proxy is None else proxy.address
        stream: Stream = dial(host, port, timeout=timeout, resolver=self._resolver)
        if proxy is not None and not proxy.forwards(where):
            stream = proxy.tunnel(stream, where.address, timeout=timeout)
        if where.scheme == "http":
            return stream
        if self._tls is None:
            try:
                self._tls = verifying_context()
            except BaseException:
                stream.close()
                raise
        return tls_client(stream, self._tls, where.address[0], timeout=timeout)


class _Proxy(OutboundProxy):
    """One that forwards plain requests itself; to all else it opens a tunnel."""

    def __init__(self, url: str) -> None:
        try:
            super().__init__(url)
        except ConfigError as error:
            raise ConfigError(str(error).removeprefix("transport.proxyURL: ")) from None
        parts = urlsplit(url)
        has_user = parts.username is not None
        self.credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if has_user else ""

    def forwards(self, where: Url) -> bool:
        return self.scheme == where.scheme == "http"


def _request(method: str, where: Url, proxy: _Proxy | None, fields: Mapping[str, str], body: bytes) -> bytes:
    """Head and body as they are sent. Raises ValueError."""
    target, lines = where.target, {"Host": where.authority, "User-Agent": f"frpg/{__version__}"}
    if proxy is not None and proxy.forwards(where):
        target = f"http://{where.authority}{target}"
        if proxy.credentials:
            lines["Proxy-Authorization"] = _basic(proxy.credentials)
    if where.credentials:
        lines["Authorization"] = _basic(where.credentials)
    if body or method not in ("GET", "HEAD"):
        lines["Content-Length"] = str(len(body))
    try:
        block = [make_field(name.encode(), value.encode()).line for name, value in (lines | dict(fields)).items()]
    except BadMessage as error:
        raise ValueError(str(error)) from error
    return b"\r\n".join((f"{method} {target} HTTP/1.1".encode(), *block, b"", body))


def _basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"
