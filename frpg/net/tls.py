"""TLS over any stream, through memory buffers: as fast as an SSL socket, and not bound to one."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gevent import Timeout

from frpg.errors import ConfigError
from frpg.net.buffers import READ_SIZE, give_back, take_buffer
from frpg.net.layer import LayerStream
from frpg.net.stream import Stream
from frpg.proto.stage import Buffer

_RECORD = 16384  # bytes of plaintext in one TLS record


def server_context(cert_file: str = "", key_file: str = "", trusted_ca_file: str = "") -> ssl.SSLContext:
    """For a server; a self-signed certificate is made when either file is missing.

    With `trusted_ca_file` clients must present a certificate that it signed. Raises ConfigError, OSError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0  # nobody resumes
    if cert_file and key_file:
        load_pair(context, cert_file, key_file)
    else:
        from frpg.net.certificate import load_self_signed

        load_self_signed(context)
    if trusted_ca_file:
        context.verify_mode = ssl.CERT_REQUIRED
        _load_ca(context, trusted_ca_file)
    return context


def client_context(cert_file: str = "", key_file: str = "", trusted_ca_file: str = "") -> ssl.SSLContext:
    """For a client. Without `trusted_ca_file` the server is not verified, as in frp. Raises ConfigError, OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trusted_ca_file:
        _load_ca(context, trusted_ca_file)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert_file and key_file:
        load_pair(context, cert_file, key_file)
    return context


def load_pair(context: ssl.SSLContext, cert_file: str, key_file: str) -> None:
    for path in (cert_file, key_file):
        Path(path).open("rb").close()  # an OSError that names the file
    try:
        context.load_cert_chain(cert_file, key_file)
    except ssl.SSLError as error:
        raise ConfigError(f"load TLS key pair {cert_file}, {key_file}: {error.reason or error}") from error


def _load_ca(context: ssl.SSLContext, path: str) -> None:
    Path(path).open("rb").close()
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        text = f'failed to parse CA certificate from file "{path}": no valid PEM certificates found'
        raise ConfigError(text) from error


def tls_server(stream: Stream, context: ssl.SSLContext, *, timeout: float = 10.0) -> TlsStream:
    """Shake hands as the server within `timeout` seconds. Owns `stream`, closes it on failure. Raises OSError."""
    return _shake(stream, context, server_side=True, server_name=None, timeout=timeout)


def tls_client(stream: Stream, context: ssl.SSLContext, server_name: str, *, timeout: float = 10.0) -> TlsStream:
    """Shake hands as the client; `server_name` is verified when the context verifies. As `tls_server` otherwise."""
    return _shake(stream, context, server_side=False, server_name=server_name or None, timeout=timeout)


def _shake(
    stream: Stream, context: ssl.SSLContext, *, server_side: bool, server_name: str | None, timeout: float
) -> TlsStream:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=server_side, server_hostname=server_name)
    try:
        with Timeout(timeout, TimeoutError(f"TLS handshake not done within {timeout:g} s")):
            while not _step(stream, tls, incoming, outgoing):
                pass
    except BaseException:
        stream.close()
        raise
    return TlsStream(stream, tls, incoming, outgoing)


def _step(stream: Stream, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> bool:
    """One flight of the handshake; True when it is done."""
    try:
        tls.do_handshake()
        done = True
    except ssl.SSLWantReadError:
        done = False
    finally:  # an alert too must reach the peer
        if outgoing.pending:
            stream.sendall(outgoing.read())
    if not done:
        data = stream.recv()
        if not data:
            raise ConnectionError("connection closed during the TLS handshake")
        incoming.write(data)
    return done


class TlsStream(LayerStream):
    """Plaintext side of a TLS connection; owns the stream below it, and is that stream's sink."""

    __slots__ = ("_ended", "_incoming", "_outgoing", "_tls", "server_name")

    def __init__(self, inner: Stream, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
        super().__init__(inner)
        self._tls = tls
        self._incoming = incoming
        self._outgoing = outgoing
        self._ended = False  # the sink has heard the end
        self.server_name = ""  # that the client asked for, where somebody has looked: net/server_name.py

    @property
    def protocol(self) -> str:
        """That both ends agreed upon (ALPN)."""
        return self._tls.selected_alpn_protocol() or ""

    # --- towards the peer

    def write(self, views: Sequence[Buffer]) -> bool:
        if self.is_closed:
            return False
        if not self._started:
            self._begin()
        try:
            if len(views) > 1 and sum(map(len, views)) <= _RECORD:
                self._tls.write(b"".join(views))
            else:
                for view in views:
                    if len(view):
                        self._tls.write(view)
        except ssl.SSLError as error:  # the connection failed below, which the sink hears from there
            self._inner.abort()
            self.on_error(error)
            return False
        return self._inner.write([self._outgoing.read()])

    def resume(self) -> None:
        if self._started:
            self._inner.resume()
        elif not self.is_closed:
            self._started = True
            if self._incoming.pending or self._tls.pending():
                self._decrypt()
            if not self.is_closed:
                self._inner.attach(self)

    def finish(self) -> None:
        if not self.is_closed:
            self._say_goodbye()
            self._inner.finish()

    def _say_goodbye(self) -> None:
        with suppress(OSError, ValueError):
            self._tls.unwrap()  # sends close_notify; its answer is read like the rest
        if self._outgoing.pending:
            self._inner.write([self._outgoing.read()])

    def abort(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._drop_sink()
            self._inner.abort()

    def close(self) -> None:
        if not self.is_closed:
            self._say_goodbye()
            self.is_closed = True
            self._drop_sink()
            self._inner.close()

    # --- the sink of the stream below

    def on_data(self, views: list[Buffer], size: int) -> None:
        for view in views:
            self._incoming.write(view)
        self._decrypt()

    def _decrypt(self) -> None:
        buffer = take_buffer()
        try:
            more = True
            while more and self._sink is not None:
                size, more = self._fill(buffer)
                if size and self._sink is not None:
                    with buffer[:size] as view:
                        self._sink.on_data([view], size)
        except ssl.SSLError as error:
            self._inner.abort()
            self.on_error(error)
            return
        finally:
            give_back(buffer)
        if self._outgoing.pending:  # a key update
            self._inner.write([self._outgoing.read()])

    def _fill(self, buffer: memoryview) -> tuple[int, bool]:
        """Decrypt into `buffer`: (bytes, True when more may be there)."""
        size = 0
        try:
            while size < READ_SIZE:
                count = int(self._tls.read(READ_SIZE - size, buffer[size:]))  # bytes read, as a buffer is given
                if not count:
                    self._end_soon(size, buffer)
                    return 0, False
                size += count
                if not self._incoming.pending and not self._tls.pending():
                    return size, False
        except ssl.SSLWantReadError:
            return size, False
        except ssl.SSLZeroReturnError:
            self._end_soon(size, buffer)
            return 0, False
        return size, True

    def _end_soon(self, size: int, buffer: memoryview) -> None:
        """The peer said close_notify: the rest first, then the end."""
        if size and self._sink is not None:
            with buffer[:size] as view:
                self._sink.on_data([view], size)
        self.on_end()

    def on_end(self) -> None:
        # Many peers leave without close_notify; what they carry has its own framing.
        if self._sink is not None and not self._ended:
            self._ended = True
            self._sink.on_end()
