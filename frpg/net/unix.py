"""Unix sockets of this machine as streams."""

from __future__ import annotations

import _socket
import time

import gevent

from frpg.net.stream import NO_ADDRESS, Address
from frpg.net.tcp import TcpStream

_PAUSE = 0.01  # seconds between two attempts at a service whose queue is full


class UnixStream(TcpStream):
    """Moves bytes as TCP does, also by splice; it has no addresses, and a reset looks like an end."""

    __slots__ = ()

    @property
    def local_addr(self) -> Address:  # type: ignore[override]
        return NO_ADDRESS


def connect_unix(path: str) -> UnixStream | None:
    """Connect to the socket at `path`; `@` begins an abstract name. Does not yield.

    None: the service is too busy at the moment. Raises OSError.
    """
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.connect(f"\0{path[1:]}" if path.startswith("@") else path)
    except BlockingIOError:
        sock.close()
        return None
    except BaseException:
        sock.close()
        raise
    return UnixStream(sock)


def dial_unix(path: str, *, timeout: float = 10.0) -> UnixStream:
    """As `connect_unix`, and wait up to `timeout` seconds for a busy service. Raises OSError."""
    # There is nothing to wait for: a socket that is not connected is always writable.
    limit = time.monotonic() + timeout
    while (stream := connect_unix(path)) is None:
        if time.monotonic() > limit:
            raise TimeoutError(f"dial unix {path}: i/o timeout")
        gevent.sleep(_PAUSE)
    return stream
