"""The entrance of a shared listener: who a connection really comes from, told by the proxy in front of us."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent

from frpg.errors import ProtocolError
from frpg.net.address import join
from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from frpg.proto.proxy_protocol import parse_header
from frpg.server.users import Users
from frpg.server.vhost.trust import TrustedProxies

logger = logging.getLogger(__name__)

DEADLINE = 10.0  # seconds for a PROXY header

Admit = Callable[[TcpStream], None]


class Entrance:
    """In front of `admit`, which gets each connection with its visitor's address, and owns it.

    Args:
        users: has each connection while it waits here, so that the server can end it.
    """

    def __init__(self, trusted: TrustedProxies, admit: Admit, users: Users) -> None:
        self._trusted = trusted
        self._admit = admit
        self._users = users

    def enter(self, stream: TcpStream) -> None:
        """Own `stream`. Yields only as `admit` does: who is not trusted sends no header."""
        if self._trusted.judge(stream.remote_addr[0]):
            gevent.spawn(self._enter_proxied, stream)
        else:
            self._admit(stream)

    def _enter_proxied(self, stream: TcpStream) -> None:
        try:
            self._read_header(stream)
            self._admit(stream)
        except (OSError, ProtocolError) as error:
            logger.warning("connection of proxy [%s] refused: %s", join(stream.remote_addr), error)
            stream.close()
        except BaseException:
            stream.close()
            raise

    def _read_header(self, stream: TcpStream) -> None:
        self._users.add(stream)
        try:
            read_proxy_header(stream)
        finally:
            self._users.discard(stream)


def read_proxy_header(stream: TcpStream) -> None:
    """Take a PROXY header, if there is one, and the visitor's address from it. Raises OSError, ProtocolError."""
    data = b""
    with stream.deadline(DEADLINE):
        while (parsed := parse_header(data)) is None:
            data += _receive(stream)
    source, size = parsed
    if source is not None:
        stream.remote_addr = source
    stream.unread(data[size:])


def _receive(stream: Stream) -> bytes:
    data = stream.recv()
    if not data:
        raise ConnectionError("closed before its first request")
    return data
