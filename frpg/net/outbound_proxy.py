"""Dialling through an outbound proxy (`transport.proxyURL`): HTTP CONNECT, plain or over TLS, and SOCKS5 (RFC 1928)."""

from __future__ import annotations

import base64
import re
import ssl
from urllib.parse import SplitResult, unquote, urlsplit

from frpg.errors import ConfigError, NotSupported
from frpg.net.address import join
from frpg.net.stream import Address, Stream
from frpg.net.tls import tls_client
from frpg.proto.socks5 import (
    ADDRESS_SIZES,
    NAME,
    PASSWORD_VERSION,
    REPLIES,
    VERSION,
    Command,
    Method,
    write_address,
)

SCHEMES = ("http", "https", "socks5")

_MAX_HEAD = 16384  # bytes of a proxy's answer to CONNECT
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?")


class OutboundProxy:
    """One proxy and its credentials, from `scheme://[user:password@]host:port`. Shared by all connections."""

    def __init__(self, url: str, *, context: ssl.SSLContext | None = None) -> None:
        """
        Args:
            context: verifies an https proxy; None trusts the system's authorities.

        Raises:
            ConfigError: `url` is not of that form. NotSupported: its scheme is ntlm.
        """
        parts, port = _split(url)
        self.scheme = parts.scheme
        self.address: Address = (parts.hostname or "", port)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._context = context
        if self.scheme == "socks5" and max(len(self._user.encode()), len(self._password.encode())) > 255:
            raise ConfigError("transport.proxyURL: user and password of a socks5 proxy have 255 bytes at most")

    def __str__(self) -> str:
        return f"{self.scheme}://{join(self.address)}"

    def tunnel(self, stream: Stream, target: Address, *, timeout: float = 10.0) -> Stream:
        """Ask the proxy at the other end of `stream` for a connection to `target`; return the stream to go on with.

        Owns `stream`, closes it on failure. Raises OSError; `timeout` seconds for the TLS handshake, then for the rest.
        """
        try:
            if self.scheme == "https":
                stream = tls_client(stream, self._tls(), self.address[0], timeout=timeout)
            with stream.deadline(timeout):
                if self.scheme == "socks5":
                    self._socks5(stream, target)
                else:
                    self._http_connect(stream, target)
        except BaseException:
            stream.close()
            raise
        return stream

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context

    def _failure(self, text: str) -> ConnectionError:
        return ConnectionError(f"outbound proxy {self}: {text}")

    # --- HTTP

    def _http_connect(self, stream: Stream, target: Address) -> None:
        authority = join(target)
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", "User-Agent: Mozilla/5.0"]
        if self._user or self._password:
            credentials = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {credentials}")
        stream.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        status = _STATUS_LINE.fullmatch(self._read_head(stream).partition(b"\r\n")[0])
        if status is None:
            raise self._failure("the answer is not HTTP")
        if status[1] != b"200":
            reason = (status[2] or b"").decode("ascii", "replace")
            raise self._failure(f"CONNECT was answered with status {status[1].decode()} {reason}".rstrip())

    def _read_head(self, stream: Stream) -> bytes:
        """The head of the answer; what follows it goes back to the stream."""
        data = b""
        while b"\r\n\r\n" not in data:
            if len(data) > _MAX_HEAD:
                raise self._failure("the head of the answer is too long")
            piece = stream.recv(4096)
            if not piece:
                raise self._failure("closed the connection without an answer to CONNECT")
            data += piece
        head, _, rest = data.partition(b"\r\n\r\n")
        stream.unread(rest)
        return head

    # --- SOCKS5

    def _socks5(self, stream: Stream, target: Address) -> None:
        has_credentials = bool(self._user or self._password)
        methods = (Method.NONE, Method.PASSWORD) if has_credentials else (Method.NONE,)
        stream.sendall(bytes((VERSION, len(methods), *methods)))
        version, method = stream.recv_exact(2)
        if version != VERSION:
            raise self._failure(f"answered with SOCKS version {version}")
        if method == Method.PASSWORD and has_credentials:
            self._socks5_log_in(stream)
        elif method != Method.NONE:
            raise self._failure("accepts none of our authentication methods")
        stream.sendall(bytes((VERSION, Command.CONNECT, 0)) + _socks5_address(target))
        self._socks5_answer(stream)

    def _socks5_log_in(self, stream: Stream) -> None:
        user, password = self._user.encode(), self._password.encode()
        stream.sendall(bytes((PASSWORD_VERSION, len(user))) + user + bytes((len(password),)) + password)
        if stream.recv_exact(2)[1] != 0:
            raise self._failure("user or password refused")

    def _socks5_answer(self, stream: Stream) -> None:
        version, code, _, kind = stream.recv_exact(4)
        if version != VERSION:
            raise self._failure(f"answered with SOCKS version {version}")
        if code:
            raise self._failure(REPLIES.get(code, f"failure {code}"))
        # The address from which the proxy connects: of no use to us, but it has to be read.
        if kind != NAME and kind not in ADDRESS_SIZES:
            raise self._failure(f"answered with address type {kind}")
        size = stream.recv_exact(1)[0] if kind == NAME else ADDRESS_SIZES[kind]
        stream.recv_exact(size + 2)


def _split(url: str) -> tuple[SplitResult, int]:
    """The parts of a proxy's URL, and its port."""
    # The URL may hold a password, so no error shows it.
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError("transport.proxyURL: not scheme://[user:password@]host:port") from error
    if parts.scheme == "ntlm":
        raise NotSupported("transport.proxyURL: proxies with NTLM authentication are not supported yet")
    if parts.scheme not in SCHEMES:
        raise ConfigError(
            f"transport.proxyURL: scheme {parts.scheme or '(none)'}, should be one of {' '.join(SCHEMES)}"
        )
    if not parts.hostname or not port:
        raise ConfigError("transport.proxyURL: host and port are needed, as in http://192.0.2.1:8080")
    return parts, port


def _socks5_address(target: Address) -> bytes:
    """A name is left to the proxy to resolve."""
    try:
        return write_address(*target)
    except ValueError as error:
        raise OSError(str(error)) from error
