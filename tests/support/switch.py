"""A local service that a test turns off and on again, always at the same port."""

import contextlib
import socket
from collections.abc import Callable, Iterator

from gevent.pool import Pool
from gevent.server import StreamServer

from tests.support.ports import free_port


class Switch:
    """Serves each connection with `handle` while it is on; off, it refuses and has ended those that it had."""

    def __init__(self, handle: Callable[[socket.socket], None]) -> None:
        self.port = free_port()
        self.visits = 0  # connections served so far
        self._handle = handle
        self._pool = Pool()
        self._server: StreamServer | None = None
        self.on()

    def on(self) -> None:
        self._server = StreamServer(("127.0.0.1", self.port), self._serve, spawn=self._pool)
        self._server.start()

    def off(self, *, cut: bool = True) -> None:
        """Refuse from now on; `cut` says whether connections that are there end too."""
        if self._server:
            self._server.close()
            self._server = None
        if cut:
            self._pool.kill()

    def _serve(self, connection: socket.socket, _address: object) -> None:
        self.visits += 1
        with connection, contextlib.suppress(OSError):
            self._handle(connection)


@contextlib.contextmanager
def switch(handle: Callable[[socket.socket], None]) -> Iterator[Switch]:
    """A service that is on."""
    service = Switch(handle)
    try:
        yield service
    finally:
        service.off()
