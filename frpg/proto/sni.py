"""The server name in a TLS ClientHello, without taking part in TLS. Source: RFC 8446 4.1.2, RFC 6066 3."""

from __future__ import annotations

from frpg.errors import ProtocolError

MAX_HELLO = 65536  # bytes received before the hello must be complete
_MAX_RECORDS = 64  # of one hello
_MAX_NAME = 255  # bytes, as in DNS; a lookup costs the square of it
UNRECOGNIZED_NAME = bytes.fromhex("15 03 03 00 02 02 70")  # a fatal alert

_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME, _HOST_NAME = 22, 1, 0, 0


class NotTls(ProtocolError):
    """These bytes begin no TLS connection."""


def server_name(data: bytes) -> str | None:
    """In lower case, "" when the hello names none; None while it is not complete. Raises NotTls."""
    hello = _hello(data)
    if hello is None:
        return None
    try:
        return _find_name(hello)
    except (IndexError, UnicodeDecodeError) as error:
        raise NotTls("malformed ClientHello") from error


def _hello(data: bytes) -> bytes | None:
    """The body of the first handshake message, which may span records."""
    message, position, records = b"", 0, 0
    while len(data) - position >= 5:
        if data[position] != _HANDSHAKE or data[position + 1] != 3:
            raise NotTls("no TLS handshake")
        size = int.from_bytes(data[position + 3 : position + 5], "big")
        records += 1
        if not size or records > _MAX_RECORDS:
            raise NotTls("ClientHello in too small pieces")
        message += data[position + 5 : position + 5 + size]
        position += 5 + size
        if message and message[0] != _CLIENT_HELLO:
            raise NotTls("no ClientHello")
        if len(message) >= 4 and len(message) >= (end := 4 + int.from_bytes(message[1:4], "big")):
            return message[4:end]
    if data and data[0] != _HANDSHAKE:
        raise NotTls("no TLS handshake")
    return None


class _Reader:
    """Walks through length-prefixed fields. Raises IndexError where the data end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._data):
            raise IndexError("cut")
        taken, self._position = self._data[self._position : end], end
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def field(self, size: int) -> bytes:
        """A field behind a length of `size` bytes."""
        return self.take(self.number(size))

    @property
    def is_done(self) -> bool:
        return self._position >= len(self._data)


def _find_name(hello: bytes) -> str:
    reader = _Reader(hello)
    reader.take(2 + 32)  # version, random
    reader.field(1)  # session id
    reader.field(2)  # cipher suites
    reader.field(1)  # compression methods
    if reader.is_done:
        return ""
    extensions = _Reader(reader.field(2))
    while not extensions.is_done:
        kind, content = extensions.number(2), extensions.field(2)
        if kind == _SERVER_NAME:
            return _first_host(_Reader(_Reader(content).field(2)))
    return ""


def _first_host(names: _Reader) -> str:
    while not names.is_done:
        kind, name = names.number(1), names.field(2)
        if kind == _HOST_NAME:
            if len(name) > _MAX_NAME:
                raise NotTls("server name too long")
            return name.decode("ascii").lower().removesuffix(".")
    return ""
