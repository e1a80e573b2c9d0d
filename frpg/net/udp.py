"""UDP sockets: datagrams in batches, straight from the hub's readiness events."""

from __future__ import annotations

import _socket
import errno
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gevent import get_hub

from frpg.net.address import join, numeric, plain, resolve
from frpg.net.failure import NetError
from frpg.net.listener import bind as bind_socket
from frpg.net.stream import NO_ADDRESS, Address

_READ = 1  # libev's EV_READ
_BATCH = 64  # datagrams per event
_BUFFER = 4 << 20  # bytes asked of the kernel, which grants up to its limit
_GONE = (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH)

PacketHandler = Callable[[bytes, Address], None]


class UdpSocket:
    """Either bound, for everyone, or connected to one peer. `on_packet` is called from the hub and must not yield.

    Args:
        packet_size: longer datagrams are cut to this many bytes.
        on_error: hears that a connected peer refuses; the socket stays usable.
    """

    __slots__ = ("_dual", "_on_error", "_on_packet", "_packet_size", "_peer", "_sock", "_watcher", "is_closed", "port")

    def __init__(
        self,
        *,
        bind: Address | None = None,
        connect: Address | None = None,
        packet_size: int,
        on_packet: PacketHandler,
        on_error: Callable[[OSError], None] | None = None,
    ) -> None:
        self._sock = _connected(connect) if connect is not None else bind_socket(bind or ("", 0), "udp")
        self._dual = self._sock.family == _socket.AF_INET6 and connect is None
        self._peer = connect or NO_ADDRESS
        for option in (_socket.SO_RCVBUF, _socket.SO_SNDBUF):
            with suppress(OSError):
                self._sock.setsockopt(_socket.SOL_SOCKET, option, _BUFFER)
        self._packet_size = packet_size
        self._on_packet = on_packet
        self._on_error = on_error
        self.is_closed = False
        self.port: int = self._sock.getsockname()[1]
        self._watcher: Any = get_hub().loop.io(self._sock.fileno(), _READ)
        self._watcher.start(self._on_connected_ready if connect is not None else self._on_ready)

    @property
    def address(self) -> Address:
        return plain(self._sock.getsockname())

    def _on_ready(self) -> None:
        recvfrom, size, on_packet = self._sock.recvfrom, self._packet_size, self._on_packet
        try:
            for _ in range(_BATCH):
                data, sockaddr = recvfrom(size)
                on_packet(data, plain(sockaddr))
                if self.is_closed:
                    return
        except BlockingIOError:
            pass
        except OSError as error:
            self._report(error)

    def _on_connected_ready(self) -> None:
        recv, size, on_packet, peer = self._sock.recv, self._packet_size, self._on_packet, self._peer
        try:
            for _ in range(_BATCH):
                on_packet(recv(size), peer)
                if self.is_closed:
                    return
        except BlockingIOError:
            pass
        except OSError as error:
            self._report(error)

    def _report(self, error: OSError) -> None:
        if self._on_error is not None and not self.is_closed:
            self._on_error(error)

    def send(self, data: bytes, address: Address | None = None) -> None:
        """Send one datagram, to `address` from a bound socket; dropped, as UDP may, when the kernel is full."""
        try:
            if address is None:
                self._sock.send(data)
            elif self._dual:
                host, port = address
                self._sock.sendto(data, (host if ":" in host else f"::ffff:{host}", port))
            else:
                self._sock.sendto(data, address)
        except BlockingIOError:
            pass
        except OSError as error:
            self._report(error)

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._watcher.stop()
            self._watcher.close()
            self._sock.close()


def _connected(address: Address) -> _socket.socket:
    family, sockaddr = numeric(*address) or resolve(*address)[0]
    sock = _socket.socket(family, _socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(sockaddr)
    except OSError as error:
        sock.close()
        raise NetError(error.errno or 0, f"dial udp {join(address)}") from error
    return sock
