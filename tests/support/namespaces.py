"""Two network namespaces with a cable between them, made and removed by the test that uses them."""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SERVER_ADDRESS, CLIENT_ADDRESS = "10.199.0.1", "10.199.0.2"
_CLONE_NEWNET = 0x40000000
_FOLDER = Path("/var/run/netns")


@dataclass(frozen=True)
class Cable:
    """Namespaces of a server (SERVER_ADDRESS) and a client (CLIENT_ADDRESS)."""

    server: str
    client: str

    def cut(self) -> None:
        """From now on packets in both directions vanish, and nobody is told."""
        _ip("-n", self.client, "link", "set", "frpg1", "down")

    def mend(self) -> None:
        _ip("-n", self.client, "link", "set", "frpg1", "up")


def prefix(namespace: str) -> list[str]:
    """What to put before a command that is to run in this namespace."""
    return ["ip", "netns", "exec", namespace]


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


@contextlib.contextmanager
def cable() -> Iterator[Cable]:
    """Raises OSError where namespaces cannot be made."""
    if os.geteuid() != 0:
        raise PermissionError("network namespaces need root")
    if not shutil.which("ip"):
        raise FileNotFoundError("ip (iproute2) is not installed")
    names = Cable(f"frpg-server-{os.getpid()}", f"frpg-client-{os.getpid()}")
    with contextlib.ExitStack() as stack:
        for name in (names.server, names.client):
            _ip("netns", "add", name)
            stack.callback(_ip, "netns", "del", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", names.server, "link", "add", "frpg0", "type", "veth", "peer", "name", "frpg1", "netns", names.client)
        for name, device, address in ((names.server, "frpg0", SERVER_ADDRESS), (names.client, "frpg1", CLIENT_ADDRESS)):
            _ip("-n", name, "address", "add", f"{address}/24", "dev", device)
            _ip("-n", name, "link", "set", device, "up")
        yield names


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Sockets made in this block belong to `namespace`, for good. The block must not yield to other greenlets."""
    with Path("/proc/self/ns/net").open() as home, (_FOLDER / namespace).open() as other:
        _setns(other.fileno())
        try:
            yield
        finally:
            _setns(home.fileno())


def _setns(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def connect(namespace: str, host: str, port: int) -> socket.socket:
    """A connection made from within `namespace`; the caller closes it."""
    with inside(namespace):
        connection = socket.socket()
    connection.settimeout(10)
    try:
        connection.connect((host, port))
    except OSError:
        connection.close()
        raise
    return connection
