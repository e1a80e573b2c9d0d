"""Free ports of 127.0.0.1, and waiting until something answers there."""

import contextlib
import random
import socket
import time
from collections.abc import Callable
from pathlib import Path

from .errors import ContenderFailed

HOST = "127.0.0.1"
_FIRST = 15000
_given: set[int] = set()  # by this run: a port given out may not be bound yet


def free_port() -> int:
    """A port that is free for TCP and UDP and that no outgoing connection can take before its owner binds it."""
    # Port 0 would give one out of the range from which the thousands of connections of a row take theirs.
    last = _first_ephemeral() - 1
    for _ in range(1000):
        port = random.randint(_FIRST, last)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise OSError(f"no free port from {_FIRST} to {last}")


def wait_accept(port: int, seconds: float, check: Callable[[], None]) -> None:
    """Return once a TCP connection to `port` is accepted; `check` is called in between and may raise.

    Raises:
        ContenderFailed: not in so many seconds.
    """
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection((HOST, port), timeout=seconds):
            return
        check()
        if time.monotonic() > deadline:
            raise ContenderFailed(f"port {port} does not accept within {seconds:.0f} s")
        time.sleep(0.001)


def wait_echo(port: int, kind: socket.SocketKind, seconds: float, check: Callable[[], None]) -> None:
    """Return once the service behind `port` has sent a message back; else as wait_accept()."""
    deadline = time.monotonic() + seconds
    while not _echoes(port, kind):
        check()
        if time.monotonic() > deadline:
            raise ContenderFailed(f"{kind.name} port {port} echoes nothing within {seconds:.0f} s")
        time.sleep(0.01)


def _echoes(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(1.0)
        try:
            sock.connect((HOST, port))
            sock.sendall(b"ready?")
            return sock.recv(64) == b"ready?"
        except OSError:  # refused, reset or timed out: it is not up yet
            return False


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as sock:
            try:
                sock.bind((HOST, port))
            except OSError:
                return False
    return True


def _first_ephemeral() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    except OSError:
        return 32768
