"""What a user of a tunnel does: connect, send, expect the same back."""

import contextlib
import socket
import time

TIMEOUT = 10.0  # seconds per call of a user's socket


def connect(port: int) -> socket.socket:
    """A connection to a published port of this machine; the caller closes it."""
    return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)


def receive_exact(connection: socket.socket, size: int) -> bytes:
    """`size` bytes, fewer only when the peer ends before."""
    received = bytearray()
    while len(received) < size and (data := connection.recv(size - len(received))):
        received += data
    return bytes(received)


def receive_all(connection: socket.socket) -> bytes:
    """Everything until the peer's end or reset."""
    received = bytearray()
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(65536):
            received += data
    return bytes(received)


def tcp_echoes(port: int, payload: bytes = b"hello through the tunnel") -> bool:
    """Whether a TCP echo service answers at `port`."""
    try:
        with connect(port) as user:
            user.sendall(payload)
            return receive_exact(user, len(payload)) == payload
    except ConnectionError:
        return False


def udp_echoes(port: int, payload: bytes = b"datagram", timeout: float = TIMEOUT) -> bool:
    """Whether a UDP echo service answers at `port`; asks again each second, as datagrams may be lost."""
    deadline = time.monotonic() + timeout
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as user:
        user.settimeout(1)
        user.connect(("127.0.0.1", port))
        while time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError, ConnectionError):
                user.send(payload)
                return user.recv(65536) == payload
    return False


def refuses(port: int) -> bool:
    """Whether nobody listens at `port`."""
    with socket.socket() as user:
        return user.connect_ex(("127.0.0.1", port)) != 0
