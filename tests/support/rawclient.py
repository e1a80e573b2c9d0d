"""A client of the v1 protocol in a few lines, without TLS and multiplexing, that misbehaves as a test tells it.

It shares no code with the programs under test. Source: the published framing, one type byte, a 64-bit
big-endian length and JSON; after the login AES-128-CFB in both directions, each with its own IV.
"""

import hashlib
import json
import os
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES128

from tests.support.lab import TOKEN
from tests.support.users import TIMEOUT, receive_exact

LOGIN, LOGIN_RESP, NEW_PROXY, NEW_PROXY_RESP = b"o", b"1", b"p", b"2"
_HEADER = struct.Struct("!cq")


def frame(kind: bytes, fields: dict[str, Any]) -> bytes:
    content = json.dumps(fields, separators=(",", ":")).encode()
    return _HEADER.pack(kind, len(content)) + content


def login_frame(run_id: str = "", token: str = TOKEN) -> bytes:
    now = int(time.time())
    key = hashlib.md5(f"{token}{now}".encode()).hexdigest()
    spec = {"type": "", "always_auth_pass": False}
    fields = {"version": "0.70.1", "privilege_key": key, "timestamp": now, "run_id": run_id, "client_spec": spec}
    return frame(LOGIN, fields)


class RawClient:
    """A logged-in control connection over `connection`, which it owns.

    Raises ConnectionError when the server ends it, in the constructor too.
    """

    def __init__(self, connection: socket.socket, run_id: str = "") -> None:
        self.connection = connection
        self._key = AES128(hashlib.pbkdf2_hmac("sha1", TOKEN.encode(), b"frp", 64, 16))
        self._encryptor: CipherContext | None = None
        self._decryptor: CipherContext | None = None
        connection.settimeout(TIMEOUT)
        try:
            connection.sendall(login_frame(run_id))
            kind, self.answer = self._receive(self._read)
            assert kind == LOGIN_RESP
        except BaseException:
            connection.close()
            raise
        self.run_id = self.answer.get("run_id", "")

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def _read(self, size: int) -> bytes:
        data = receive_exact(self.connection, size)
        if len(data) < size:
            raise ConnectionError("the server ended the connection")
        return data

    def _receive(self, read: Callable[[int], bytes]) -> tuple[bytes, dict[str, Any]]:
        kind, size = _HEADER.unpack(read(_HEADER.size))
        return kind, json.loads(read(size))

    def send(self, kind: bytes, fields: dict[str, Any]) -> None:
        start = b""
        if self._encryptor is None:
            start = os.urandom(16)
            self._encryptor = Cipher(self._key, CFB(start)).encryptor()
        self.connection.sendall(start + self._encryptor.update(frame(kind, fields)))

    def receive(self) -> tuple[bytes, dict[str, Any]]:
        if self._decryptor is None:
            self._decryptor = Cipher(self._key, CFB(self._read(16))).decryptor()
        decryptor = self._decryptor
        return self._receive(lambda size: decryptor.update(self._read(size)))

    def new_tcp_proxy(self, name: str, port: int) -> str:
        """Ask for a port; the server's error text, "" when it gave it."""
        self.send(NEW_PROXY, {"proxy_name": name, "proxy_type": "tcp", "remote_port": port})
        while True:
            kind, fields = self.receive()
            if kind == NEW_PROXY_RESP:
                return fields.get("error", "")
