"""A client of a SOCKS server's associations, over real sockets."""

from __future__ import annotations

import socket
import struct

from frpg.client.plugins.socks5 import Socks5
from frpg.client.plugins.socks5_udp import Associations
from frpg.proto.socks5 import read_datagram, write_address, write_datagram
from tests.support.users import TIMEOUT, receive_exact
from tests.unit.client.plugins.plugged import Plugged

HERE = ("127.0.0.1", 4711)


class Client:
    """An association, and a socket to use it with."""

    def __init__(self, bench: Plugged, user: tuple[str, int] = HERE, stated: tuple[str, int] = ("0.0.0.0", 0)) -> None:
        self.connection = bench.user(user)
        self.connection.sendall(b"\5\1\0\5\3\0" + write_address(*stated))
        answer = receive_exact(self.connection, 12)
        assert answer[:6] == b"\5\0\5\0\0\1"
        self.told = socket.inet_ntoa(answer[6:10]), struct.unpack("!H", answer[10:])[0]
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(TIMEOUT)

    def send(self, data: bytes, to: tuple[str, int] | None = None) -> None:
        self.socket.sendto(data, to or self.told)

    def ask(self, target: tuple[str, int], content: bytes) -> tuple[tuple[str, int], bytes]:
        self.send(write_datagram(target, content))
        return self.answer()

    def answer(self) -> tuple[tuple[str, int], bytes]:
        return read_datagram(self.socket.recv(65535))


def associations(bench: Plugged) -> Associations:
    assert isinstance(bench.plugin, Socks5)
    return bench.plugin.associations
