"""Listening: accepted TCP connections, one greenlet each; out of descriptors it slows down and recovers."""

from __future__ import annotations

import _socket
import errno
import logging
from collections.abc import Callable
from typing import Any

import gevent
from gevent import get_hub

from frpg.errors import FrpgError
from frpg.net.address import WILDCARDS, join, numeric, plain, resolve
from frpg.net.failure import NetError
from frpg.net.loopback import do_not_pace
from frpg.net.stream import Address
from frpg.net.tcp import TcpStream, set_keepalive

logger = logging.getLogger(__name__)

_READ = 1  # libev's EV_READ
_BATCH = 16  # accepts per readiness event
_BACKLOG = 4096
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_MAX_PAUSE = 1.0  # seconds

Handler = Callable[[TcpStream], None]


def bind(address: Address, kind: str = "tcp") -> _socket.socket:
    """A bound socket, dual-stack for a wildcard where the system can. Raises NetError."""
    host, port = address
    sock_type = _socket.SOCK_STREAM if kind == "tcp" else _socket.SOCK_DGRAM
    if host in WILDCARDS:
        try:
            return _bind(_socket.AF_INET6, sock_type, ("::", port, 0, 0), dual=True)
        except OSError as error:
            if error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EINVAL) or host == "::":
                raise NetError(error.errno or 0, f"listen {kind} {join(address)}: bind") from error
        endpoint: tuple[int, Any] = (_socket.AF_INET, ("0.0.0.0", port))
    else:
        endpoint = numeric(host, port) or resolve(host, port)[0]
    try:
        return _bind(endpoint[0], sock_type, endpoint[1])
    except OSError as error:
        raise NetError(error.errno or 0, f"listen {kind} {join(address)}: bind") from error


def _bind(family: int, sock_type: int, sockaddr: Any, *, dual: bool = False) -> _socket.socket:
    sock = _socket.socket(family, sock_type)
    try:
        if sock_type == _socket.SOCK_STREAM:
            sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)  # a restart binds the same port at once
        if family == _socket.AF_INET6:
            sock.setsockopt(_socket.IPPROTO_IPV6, _socket.IPV6_V6ONLY, 0 if dual else 1)
        sock.bind(sockaddr)
        if sock_type == _socket.SOCK_STREAM:
            sock.listen(_BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def trial_bind(address: Address, kind: str = "tcp") -> bool:
    """True when `address` can be bound now."""
    try:
        bind(address, kind).close()
    except OSError:
        return False
    return True


class Listener:
    """Binds in the constructor, accepts from `start` on; `handler` gets each stream in a greenlet and owns it.

    Args:
        keepalive: see `set_keepalive`.
        is_prompt: `handler` never yields, and needs no greenlet.
    """

    def __init__(
        self, address: Address, handler: Handler, *, keepalive: float | None = None, is_prompt: bool = False
    ) -> None:
        self._sock = bind(address)
        self.address = address
        self.port: int = self._sock.getsockname()[1]
        self._family = self._sock.family
        self._handler = handler
        self._keepalive = keepalive
        self._is_prompt = is_prompt
        self._watcher: Any = None
        self._timer: Any = None
        self._pause = 0.0  # seconds, while descriptors are short
        self.is_closed = False

    def start(self) -> None:
        self._watcher = get_hub().loop.io(self._sock.fileno(), _READ)
        self._watcher.start(self._on_ready)

    def _on_ready(self) -> None:
        try:
            for _ in range(_BATCH):
                fd, sockaddr = self._sock._accept()  # type: ignore[attr-defined]
                self._admit(fd, sockaddr)
                self._pause = 0.0
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._slow_down(error)
            # else: that one visitor left before it was accepted

    def _admit(self, fd: int, sockaddr: Any) -> None:
        sock = _socket.socket(self._family, _socket.SOCK_STREAM, _socket.IPPROTO_TCP, fileno=fd)
        try:
            sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            do_not_pace(sock, sockaddr[0])
            set_keepalive(sock, self._keepalive)
            stream = TcpStream(sock, plain(sockaddr))
        except OSError:  # already gone
            sock.close()
            return
        if self._is_prompt:
            self._serve(stream)
        else:
            gevent.spawn(self._serve, stream)

    def _serve(self, stream: TcpStream) -> None:
        try:
            self._handler(stream)
        except (OSError, FrpgError) as error:
            logger.debug("connection of %s ended: %s", join(stream.remote_addr), error)
            stream.close()
        except Exception:
            logger.exception("the handler of %s failed", join(stream.remote_addr))
            stream.close()
        except BaseException:  # killed: nobody else holds the stream now
            stream.close()
            raise

    def _slow_down(self, error: OSError) -> None:
        if not self._pause:
            logger.warning("accept on port %d: %s; slowing down until descriptors are free", self.port, error)
        self._pause = min(max(self._pause * 2, 0.005), _MAX_PAUSE)
        self._watcher.stop()
        self._timer = get_hub().loop.timer(self._pause)
        self._timer.start(self._go_on)

    def _go_on(self) -> None:
        self._timer.close()
        self._timer = None
        self._watcher.start(self._on_ready)

    def close(self) -> None:
        """Stop listening; connections already accepted go on. Idempotent."""
        if self.is_closed:
            return
        self.is_closed = True
        for watcher in (self._watcher, self._timer):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._sock.close()
