"""Opens connections, a fixed number at once, and has 64 B echoed on each."""

import errno
import select
import socket
import time
from collections.abc import Callable

from .slice import fault

MESSAGE = b"c" * 64


class Dialler:
    """`on_echo` gets each connection once its echo is complete, and owns it."""

    def __init__(self, port: int, on_echo: Callable[[socket.socket], None]) -> None:
        self._address = ("127.0.0.1", port)
        self._on_echo = on_echo
        self._poll = select.epoll()
        self._open: dict[int, tuple[socket.socket, int]] = {}  # with the bytes that are still to come

    def dial(self) -> None:
        """Start one more connection."""
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        code = stream.connect_ex(self._address)
        if code not in (0, errno.EINPROGRESS):
            fault(f"a new connection: {errno.errorcode.get(code, code)}")
        self._open[stream.fileno()] = (stream, len(MESSAGE))
        # On loopback the handshake is over when connect returns, whatever it says.
        self._poll.register(stream, select.EPOLLIN if self._send(stream) else select.EPOLLOUT)

    def turn(self, timeout: float) -> None:
        """Handle what is ready, waiting for it at most `timeout` seconds."""
        for descriptor, event in self._poll.poll(max(0.0, timeout)):
            if descriptor not in self._open:
                fault("an idle connection was closed")
            stream, missing = self._open[descriptor]
            if event & select.EPOLLOUT:
                self._send(stream)
                self._poll.modify(stream, select.EPOLLIN)
            elif (got := self._receive(stream, missing)) < missing:
                self._open[descriptor] = (stream, missing - got)
            else:
                del self._open[descriptor]
                self._on_echo(stream)

    def turn_until(self, end: float) -> None:
        """Handle what is ready until time.perf_counter() is `end`."""
        while (now := time.perf_counter()) < end:
            self.turn(end - now)

    def close(self) -> None:
        """Close the connections that have no echo yet."""
        for stream, _ in self._open.values():
            stream.close()

    @staticmethod
    def _send(stream: socket.socket) -> bool:
        try:
            stream.send(MESSAGE)
        except BlockingIOError:
            return False
        except OSError as error:
            fault(f"a new connection: {error}")
        return True

    @staticmethod
    def _receive(stream: socket.socket, size: int) -> int:
        try:
            got = len(stream.recv(size))
        except OSError as error:
            fault(f"a new connection: {error}")
        if not got:
            fault("a new connection was closed before its echo")
        return got
