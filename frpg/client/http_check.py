"""The http health check: a GET, its redirects followed; an answer of 2xx is good.

What the environment says about HTTP proxies is not asked: the service is this client's own.
"""

from __future__ import annotations

import contextlib
import io
import re
import ssl
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from gevent import Timeout

from frpg import __version__
from frpg.config.common import HttpHeader
from frpg.config.proxies import ProxyConfig
from frpg.net.address import Resolver, join
from frpg.net.dial import dial
from frpg.net.failure import describe
from frpg.net.stream import Stream
from frpg.net.tls import tls_client

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_REDIRECTS = 10
MAX_BODY = 1 << 20  # bytes that are read before the connection is closed

_CHUNK = 65536
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_SECRETS = ("authorization", "cookie", "proxy-authorization", "www-authenticate")  # not for another host
_KEPT = "%/:;=@!$&'()*+,~?[]"  # of a request target

Fields = dict[str, tuple[str, str]]  # lower name: (name, value)


class Ill(OSError):
    """The service can be reached, but its answer is not good."""


class HttpCheck:
    """Call it for one check, on connections of its own. Raises OSError."""

    def __init__(self, config: ProxyConfig, resolver: Resolver | None) -> None:
        options = config.health_check
        path = options.path if options.path.startswith("/") else f"/{options.path}"
        self._url = f"http://{join((config.local_ip, config.local_port))}{path}"
        self._fields = _fields(options.http_headers)
        self._timeout = options.timeout  # seconds, redirects included
        self._resolver = resolver

    def __call__(self) -> None:
        with Timeout(self._timeout, TimeoutError(f"no answer within {self._timeout:g} s")):
            try:
                self._follow()
            except OSError:  # an SSLCertVerificationError is a ValueError as well
                raise
            except (HTTPException, ValueError) as error:  # a malformed answer, or a URL or header that none can be
                raise Ill(describe(error).strip()) from error

    def _follow(self) -> None:
        url, fields = self._url, dict(self._fields)
        for _ in range(1 + MAX_REDIRECTS):
            location = self._get(urlsplit(url), fields)
            if not location:
                return
            if urlsplit(location).netloc:
                fields.pop("host", None)
            target = urljoin(url, location)
            if urlsplit(target).hostname != urlsplit(url).hostname:
                for name in _SECRETS:
                    fields.pop(name, None)
            url = target
        raise Ill(f"more than {MAX_REDIRECTS} redirects")

    def _get(self, url: SplitResult, fields: Fields) -> str:
        """Where to go next; "" after a good answer."""
        stream = self._connect(url)
        try:
            response = _ask(stream, url, fields)
            status, location = response.status, response.getheader("Location")
            if status in _REDIRECTS and location:
                return location
            if not 200 <= status < 300:
                raise Ill(f"answered {status} {response.reason}".strip())
            _drop_body(response)
            return ""
        finally:
            stream.close()

    def _connect(self, url: SplitResult) -> Stream:
        if url.scheme not in ("http", "https") or not url.hostname:
            raise Ill(f"redirect to {url.geturl()}")
        port = url.port or (443 if url.scheme == "https" else 80)
        stream = dial(url.hostname, port, timeout=self._timeout, resolver=self._resolver)
        if url.scheme == "http":
            return stream
        try:
            context = ssl.create_default_context()
        except BaseException:
            stream.close()
            raise
        return tls_client(stream, context, url.hostname, timeout=self._timeout)


def _fields(headers: Iterable[HttpHeader]) -> Fields:
    fields = {"user-agent": ("User-Agent", f"frpg/{__version__}"), "connection": ("Connection", "close")}
    return fields | {header.name.lower(): (header.name, header.value) for header in headers}


def _ask(stream: Stream, url: SplitResult, fields: Fields) -> HTTPResponse:
    """Send the request, read the head of the answer. Raises OSError, HTTPException, ValueError."""
    connection = HTTPConnection("", 0)
    connection.sock = cast("Any", _Socket(stream))
    target = quote(urlunsplit(("", "", url.path or "/", url.query, "")), safe=_KEPT)
    connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
    host = url.netloc.rpartition("@")[2]
    for name, value in ({"host": ("Host", re.sub(r"%[^]]*", "", host))} | fields).values():  # without IPv6 zone
        connection.putheader(name, value.encode())
    connection.endheaders()
    return connection.getresponse()


def _drop_body(response: HTTPResponse) -> None:
    """So that the service can end in peace; the status has decided already."""
    with contextlib.suppress(OSError, HTTPException):
        for _ in range(MAX_BODY // _CHUNK):
            if not response.read(_CHUNK):
                break


class _Socket:
    """What http.client asks of a socket. Whoever holds the stream closes it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.sendall = stream.sendall

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._stream))

    def close(self) -> None:
        pass


class _Reader(io.RawIOBase):
    """A stream as a file to read from."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._stream.recv(len(view))
        view[: len(data)] = data
        return len(data)
