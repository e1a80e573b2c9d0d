"""A SOCKS5 client for datagrams, written by RFC 1928 and not by the code under test."""

import ipaddress
import socket
import struct

import gevent

from tests.support.users import TIMEOUT, connect, receive_exact

Address = tuple[str, int]


def write_address(host: str, port: int) -> bytes:
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return bytes([3, len(host)]) + host.encode() + struct.pack("!H", port)
    return bytes([1 if ip.version == 4 else 4]) + ip.packed + struct.pack("!H", port)


def read_address(data: bytes) -> tuple[Address, bytes]:
    """(address, what follows it)"""
    end = 1 + {1: 4, 4: 16}[data[0]]
    (port,) = struct.unpack("!H", data[end : end + 2])
    return (str(ipaddress.ip_address(data[1:end])), port), data[end + 2 :]


class UdpAssociation:
    """An association with the SOCKS server at `port`; use as a context manager.

    `reply` is the server's answer, `relay` where it wants the datagrams.
    """

    def __init__(self, port: int, login: tuple[str, str] | None = None) -> None:
        self.connection = connect(port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(TIMEOUT)
        self._greet(login)
        self.connection.sendall(b"\5\3\0" + write_address("0.0.0.0", 0))
        _, self.reply, _, *rest = receive_exact(self.connection, 10)
        self.relay, _ = read_address(bytes(rest))

    def _greet(self, login: tuple[str, str] | None) -> None:
        self.connection.sendall(bytes([5, 1, 2 if login else 0]))
        assert receive_exact(self.connection, 2) == bytes([5, 2 if login else 0])
        if login:
            user, password = (text.encode() for text in login)
            self.connection.sendall(bytes([1, len(user)]) + user + bytes([len(password)]) + password)
            assert receive_exact(self.connection, 2) == b"\1\0"

    def __enter__(self) -> "UdpAssociation":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.connection.close()

    def ask(self, target: Address, content: bytes) -> bytes:
        """What the target answers, which sends it again when it is lost."""
        for _ in range(5):
            self.socket.sendto(b"\0\0\0" + write_address(*target) + content, self.relay)
            try:
                with gevent.Timeout(TIMEOUT / 5, TimeoutError):
                    data, source = self.socket.recvfrom(65535)
            except TimeoutError:
                continue
            assert source == self.relay
            assert data[:3] == b"\0\0\0"
            return read_address(data[3:])[1]
        raise TimeoutError(f"no answer of {target}")


class Bridge:
    """A UDP port of this machine whose datagrams go to one target by way of an association."""

    def __init__(self, association: UdpAssociation, target: Address) -> None:
        self._association, self._target = association, target
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        while True:
            data, source = self._socket.recvfrom(65535)
            self._socket.sendto(self._association.ask(self._target, data), source)

    def __enter__(self) -> "Bridge":
        return self

    def __exit__(self, *_: object) -> None:
        self._greenlet.kill()
        self._socket.close()
