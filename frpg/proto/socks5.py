"""SOCKS5 in bytes: greeting, password, request and answer, and what goes around datagrams.

Source: RFC 1928, RFC 1929.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from frpg.errors import AuthError, ProtocolError

VERSION = 5
PASSWORD_VERSION = 1

Address = tuple[str, int]  # numeric host or name, port

_NOWHERE: Address = ("0.0.0.0", 0)
ADDRESS_SIZES = {1: 4, 4: 16}  # bytes of an IPv4 and an IPv6 address, by their type
NAME = 3  # the type of a name, whose length comes first


class Method(IntEnum):
    """How a client proves who it is."""

    NONE = 0
    PASSWORD = 2
    NOT_ACCEPTABLE = 255


class Command(IntEnum):
    """What a client asks for."""

    CONNECT = 1
    BIND = 2
    UDP_ASSOCIATE = 3


class Reply(IntEnum):
    """How a request ended."""

    SUCCEEDED = 0
    GENERAL_FAILURE = 1
    NOT_ALLOWED = 2
    NETWORK_UNREACHABLE = 3
    HOST_UNREACHABLE = 4
    CONNECTION_REFUSED = 5
    TTL_EXPIRED = 6
    COMMAND_NOT_SUPPORTED = 7
    ADDRESS_TYPE_NOT_SUPPORTED = 8


REPLIES: dict[int, str] = {
    1: "general failure",
    2: "connection not allowed by ruleset",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
}


class UnknownAddressType(ProtocolError):
    """Reaction: say so, then close."""

    reason = REPLIES[Reply.ADDRESS_TYPE_NOT_SUPPORTED]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client wants; `command` may be one that nobody knows, `host` is an address or a name."""

    command: int
    host: str
    port: int


# --- addresses: type, address, port


def write_address(host: str, port: int) -> bytes:
    """A name stays one, for the peer to resolve. Raises ValueError: no name can look like that."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        name = _name(host)
        return bytes((NAME, len(name))) + name + port.to_bytes(2, "big")
    return bytes((1 if ip.version == 4 else 4,)) + ip.packed + port.to_bytes(2, "big")


def _name(host: str) -> bytes:
    try:
        name = host.encode("ascii") if host.isascii() else host.encode("idna")
    except UnicodeError as error:
        raise ValueError(f"no host name: {host[:40]}") from error
    if len(name) > 255:
        raise ValueError(f"host name too long: {host[:40]}…")
    return name


def read_address(data: bytes, start: int) -> tuple[Address, int] | None:
    """The address at `start` of `data`, and where it ends; None while it is not complete. Raises UnknownAddressType."""
    if len(data) < start + 2:
        return None
    kind = data[start]
    if kind != NAME and kind not in ADDRESS_SIZES:
        raise UnknownAddressType(f"address type {kind}")
    first = start + 2 if kind == NAME else start + 1
    end = first + (data[start + 1] if kind == NAME else ADDRESS_SIZES[kind])
    if len(data) < end + 2:
        return None
    raw = data[first:end]
    host = raw.decode("utf-8", "replace") if kind == NAME else str(ipaddress.ip_address(raw))
    return (host, int.from_bytes(data[end : end + 2], "big")), end + 2


# --- the server's side


class ServerHandshake:
    """From the first byte to the request. After each `receive_data` there may be something to send, also if it raised.

    Args:
        admits: whether a user may pass with a password; None: everybody may, and nobody is asked.
    """

    def __init__(self, admits: Callable[[str, str], bool] | None = None) -> None:
        self.request: Request | None = None
        self._admits = admits
        self._method = Method.NONE if admits is None else Method.PASSWORD
        self._buffer = b""
        self._out = b""
        self._step: Callable[[bytes], int] = self._read_greeting

    @property
    def rest(self) -> bytes:
        """What came behind the request."""
        return self._buffer if self.request is not None else b""

    def data_to_send(self) -> bytes:
        """The answer to what was received; asked for once."""
        out, self._out = self._out, b""
        return out

    def receive_data(self, data: bytes) -> None:
        """Take the next bytes, cut anywhere. Raises ProtocolError, AuthError: it is over when the answer is sent."""
        self._buffer += data
        while self.request is None and self._buffer:
            used = self._step(self._buffer)
            if not used:
                return
            self._buffer = self._buffer[used:]

    # Each of these reads one message of the client and gives its size, 0 while it is not complete.

    def _read_greeting(self, data: bytes) -> int:
        _check_version(data[0], VERSION)
        if len(data) < 2 or len(data) < 2 + data[1]:
            return 0
        is_offered = self._method in data[2 : 2 + data[1]]
        self._out += bytes((VERSION, self._method if is_offered else Method.NOT_ACCEPTABLE))
        if not is_offered:
            raise AuthError("no acceptable authentication method was offered")
        self._step = self._read_request if self._admits is None else self._read_password
        return 2 + data[1]

    def _read_password(self, data: bytes) -> int:
        _check_version(data[0], PASSWORD_VERSION)
        middle = 2 + data[1] if len(data) > 1 else len(data)
        if len(data) <= middle or len(data) <= middle + data[middle]:
            return 0
        end = middle + 1 + data[middle]
        user, password = (raw.decode("utf-8", "surrogateescape") for raw in (data[2:middle], data[middle + 1 : end]))
        is_right = self._admits is not None and self._admits(user, password)
        self._out += bytes((PASSWORD_VERSION, 0 if is_right else 1))
        if not is_right:
            raise AuthError("wrong user or password")
        self._step = self._read_request
        return end

    def _read_request(self, data: bytes) -> int:
        _check_version(data[0], VERSION)
        try:
            found = read_address(data, 3)
        except UnknownAddressType:
            self._out += write_reply(Reply.ADDRESS_TYPE_NOT_SUPPORTED)
            raise
        if found is None:
            return 0
        (host, port), end = found
        self.request = Request(data[1], host, port)
        return end


def _check_version(given: int, right: int) -> None:
    if given != right:
        raise ProtocolError(f"SOCKS version {given}")


def write_reply(reply: Reply, bound: Address = _NOWHERE) -> bytes:
    """The answer to a request; `bound` is the server's address towards the target, or for datagrams."""
    return bytes((VERSION, reply, 0)) + write_address(*bound)


# --- datagrams: two bytes of nothing, number of the fragment, address of the target or the sender, content


def write_datagram(address: Address, content: bytes) -> bytes:
    """For the client: what has come from `address`."""
    return b"\0\0\0" + write_address(*address) + content


def read_datagram(data: bytes) -> tuple[Address, bytes]:
    """(target, content) of what a client sends. Raises ProtocolError: it is none, or a part of one."""
    if data[:3] != b"\0\0\0":
        raise ProtocolError("not a whole SOCKS datagram")
    found = read_address(data, 3)
    if found is None:
        raise ProtocolError("truncated SOCKS datagram")
    address, end = found
    return address, data[end:]
