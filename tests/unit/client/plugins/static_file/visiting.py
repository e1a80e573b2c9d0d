"""Visitors of a folder, over real sockets."""

import socket
from pathlib import Path
from typing import Any

from frpg.config.plugins import StaticFilePlugin
from tests.support.web_message import Message, Reader
from tests.unit.client.plugins.plugged import Plugged


class Visit:
    """Owns a plugin that serves `root`, and one visitor of it."""

    def __init__(self, folder: Path) -> None:
        self.outside = folder
        self.root = folder / "www"
        self.root.mkdir()
        self._bench: Plugged | None = None
        self._user: socket.socket | None = None
        self._reader: Reader | None = None

    def options(self, **options: Any) -> None:
        """Other options of the plugin than none, before the first request."""
        assert self._bench is None
        self._bench = Plugged(StaticFilePlugin(local_path=str(self.root), **options))

    @property
    def bench(self) -> Plugged:
        if self._bench is None:
            self.options()
        assert self._bench is not None
        return self._bench

    def file(self, name: str, content: bytes = b"hello\n") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def ask(self, target: str | bytes, *fields: str, method: str = "GET") -> Message:
        """On the same connection each time, as long as that lasts."""
        if self._reader is None:
            self._user = self.bench.user()
            self._reader = Reader(self._user)
        assert self._user is not None
        path = target.encode() if isinstance(target, str) else target
        lines = [f"{method} ".encode() + path + b" HTTP/1.1", b"Host: a.test", *map(str.encode, fields), b"", b""]
        self._user.sendall(b"\r\n".join(lines))
        message = self._reader.message(has_body=method != "HEAD")
        if message.has_token("Connection", b"close"):
            assert self._reader.is_over()
            self._reader = None
        return message

    def body(self, target: str, *fields: str) -> bytes:
        """What a visitor reads, who has to get status 200."""
        message = self.ask(target, *fields)
        assert message.status == 200, message
        return message.body

    def close(self) -> None:
        if self._bench is not None:
            self._bench.close()


def value(message: Message, name: str) -> bytes:
    """Of a field that is there once, or else empty."""
    values = message.values(name)
    assert len(values) <= 1, values
    return values[0] if values else b""
