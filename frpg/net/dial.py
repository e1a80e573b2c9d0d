"""Dialling: a TCP connection to a name or address, within a deadline."""

from __future__ import annotations

import _socket
import errno
import socket
import time

from gevent import Timeout, get_hub

from frpg.net.address import Endpoint, Resolver, join, numeric, plain, resolve
from frpg.net.failure import NetError, describe
from frpg.net.loopback import do_not_pace
from frpg.net.tcp import TcpStream, set_keepalive

_WRITE = 2  # libev's EV_WRITE
_UNDER_WAY = (errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK)


def dial(
    host: str,
    port: int,
    *,
    timeout: float = 10.0,
    local_ip: str = "",
    keepalive: float | None = None,
    resolver: Resolver | None = None,
) -> TcpStream:
    """Connect to the first address of `host` that answers, within `timeout` seconds for all of it. Raises OSError.

    Args:
        local_ip: address to connect from; "" lets the system choose.
        keepalive: TCP keep-alive idle time in seconds; None leaves it off.
        resolver: asked for names in place of the system's resolver.
    """
    literal = numeric(host, port)
    if literal is not None:  # the usual local service, dialled for every user connection
        return _connect(literal, timeout, local_ip, keepalive)
    limit = time.monotonic() + timeout
    target = f"dial tcp {join((host, port))}"
    failure: OSError = NetError(errno.EADDRNOTAVAIL, target)
    for endpoint in _look_up(host, port, timeout, resolver):
        try:
            return _connect(endpoint, limit - time.monotonic(), local_ip, keepalive)
        except OSError as error:
            failure = error
    raise failure


def _look_up(host: str, port: int, timeout: float, resolver: Resolver | None) -> list[Endpoint]:
    target = f"dial tcp: lookup {host}"
    try:
        with Timeout(timeout, TimeoutError(f"{target}: i/o timeout")):
            return resolve(host, port, resolver)
    except socket.gaierror as error:
        raise OSError(f"{target}: {describe(error)}") from error


def _connect(endpoint: Endpoint, timeout: float, local_ip: str, keepalive: float | None) -> TcpStream:
    return Dialling(endpoint, local_ip=local_ip, keepalive=keepalive).finish(timeout)


class Dialling:
    """A connection under way to a literal address; its constructor never yields. `finish` or `close` ends it."""

    __slots__ = ("_result", "_sock", "_sockaddr")

    def __init__(self, endpoint: Endpoint, *, local_ip: str = "", keepalive: float | None = None) -> None:
        """Raises OSError where there is no socket to be had, or `local_ip` is not ours."""
        family, self._sockaddr = endpoint
        self._sock = sock = _socket.socket(family, _socket.SOCK_STREAM, _socket.IPPROTO_TCP)
        try:
            sock.setblocking(False)
            sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            do_not_pace(sock, self._sockaddr[0])
            if keepalive is not None:
                set_keepalive(sock, keepalive)
            if local_ip:
                sock.bind((local_ip, 0))
            result = sock.connect_ex(self._sockaddr)
            if result == errno.EINPROGRESS:
                result = sock.connect_ex(self._sockaddr)  # on loopback it is done by now: saves a loop turn
        except BaseException:
            sock.close()
            raise
        self._result = result

    @property
    def is_under_way(self) -> bool:
        """True while `finish` would wait."""
        return self._result in _UNDER_WAY

    def finish(self, timeout: float) -> TcpStream:
        """The connection, within `timeout` seconds. Raises OSError."""
        try:
            if self.is_under_way:
                self._wait(timeout)
            if self._result not in (0, errno.EISCONN):
                raise NetError(self._result, f"{self._target()}: connect")
        except BaseException:
            self._sock.close()
            raise
        return TcpStream(self._sock, plain(self._sockaddr))

    def _wait(self, timeout: float) -> None:
        hub = get_hub()
        watcher = hub.loop.io(self._sock.fileno(), _WRITE)
        try:
            with Timeout(max(timeout, 0.001), TimeoutError(f"{self._target()}: i/o timeout")):
                hub.wait(watcher)
        finally:
            watcher.close()
        self._result = self._sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)

    def _target(self) -> str:
        return f"dial tcp {join(plain(self._sockaddr))}"

    def close(self) -> None:
        """Give up."""
        self._sock.close()
