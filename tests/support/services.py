"""Local services behind the tunnels: TCP and UDP echo, and a listener whose connections a test takes itself."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
from gevent.pool import Pool
from gevent.queue import Queue
from gevent.server import StreamServer

ACCEPT_SECONDS = 10.0


@contextlib.contextmanager
def tcp_service(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve each connection of a free port with `handle`, which need not close it; gives the port."""

    def serve(connection: socket.socket, _address: object) -> None:
        with connection, contextlib.suppress(OSError):
            handle(connection)

    pool = Pool()
    server = StreamServer(("127.0.0.1", 0), serve, spawn=pool)
    server.start()
    try:
        yield server.server_port
    finally:
        server.stop()
        pool.kill()


@contextlib.contextmanager
def unix_service(path: Path, handle: Callable[[socket.socket], None]) -> Iterator[Path]:
    """As `tcp_service`, at a Unix socket; gives its path."""

    def serve(connection: socket.socket, _address: object) -> None:
        with connection, contextlib.suppress(OSError):
            handle(connection)

    pool = Pool()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        server = StreamServer(listener, serve, spawn=pool)
        server.start()
        try:
            yield path
        finally:
            server.stop()
            pool.kill()


def echo(connection: socket.socket) -> None:
    """Send back what comes until the peer has sent all."""
    while data := connection.recv(65536):
        connection.sendall(data)


@contextlib.contextmanager
def udp_echo() -> Iterator[int]:
    """Answer each datagram with itself; gives the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                # A user that has gone makes the next call fail with ECONNREFUSED.
                with contextlib.suppress(ConnectionError):
                    service.sendto(*service.recvfrom(65536))

        server = gevent.spawn(serve)
        try:
            yield service.getsockname()[1]
        finally:
            server.kill()


class Backlog:
    """A listener whose accepted connections wait for the test; see `backlog`."""

    def __init__(self) -> None:
        self.port = 0
        self._accepted: Queue[socket.socket] = Queue()

    def accept(self) -> socket.socket:
        """The next connection; the caller owns and closes it."""
        return self._accepted.get(timeout=ACCEPT_SECONDS)

    def is_idle(self) -> bool:
        return self._accepted.empty()

    def run(self, listener: socket.socket) -> None:
        while True:
            self._accepted.put(listener.accept()[0])

    def drop(self) -> None:
        while not self._accepted.empty():
            self._accepted.get().close()


@contextlib.contextmanager
def backlog() -> Iterator[Backlog]:
    """A local service played by the test."""
    taken = Backlog()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken.port = listener.getsockname()[1]
        acceptor = gevent.spawn(taken.run, listener)
        try:
            yield taken
        finally:
            acceptor.kill()
            taken.drop()
