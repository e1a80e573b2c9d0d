"""What the server itself answers to visitors of its HTTP ports."""

from __future__ import annotations

import logging
import time
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path

from frpg import FRP_VERSION

logger = logging.getLogger(__name__)

_WORDS = {
    404: "The page you asked for was not found, or the service behind it is not connected. Please try again later.",
    502: "The service behind this address is not there, or has given no proper answer. Please try again later.",
    503: "The service behind this address cannot be reached at the moment. Please try again later.",
    504: "The service behind this address took too long to answer. Please try again later.",
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>body {{ max-width: 36em; margin: 4em auto; padding: 0 1em; font-family: sans-serif; color: #333 }}</style>
</head>
<body>
<h1>{title}</h1>
<p>{words}</p>
<p><small>{status} from the tunnel server (frp protocol), not from the service.</small></p>
</body>
</html>
"""


class Pages:
    """The pages of one server; `custom_404` is a file, read again for each use, in place of the built-in one."""

    def __init__(self, custom_404: str = "") -> None:
        self.change(custom_404)

    def change(self, custom_404: str) -> None:
        """This file from now on."""
        self._custom_404 = Path(custom_404) if custom_404 else None

    def body(self, status: int) -> tuple[bytes, bytes]:
        """(content type, content) for a visitor that gets `status`."""
        if status == 404 and self._custom_404 is not None:
            try:
                content = self._custom_404.read_bytes()
                is_html = content.lstrip()[:1] == b"<"
                return b"text/html; charset=utf-8" if is_html else b"text/plain; charset=utf-8", content
            except OSError as error:
                logger.warning("read custom 404 page error: %s", error)
        if status in _WORDS:
            text = _PAGE.format(title=_phrase(status), words=_WORDS[status], status=status)
            return b"text/html; charset=utf-8", text.encode()
        return b"text/plain; charset=utf-8", f"{_phrase(status)}\n".encode()

    def response(
        self,
        status: int,
        *,
        minor: int = 1,
        text: str = "",
        fields: bytes = b"",
        hop: bytes = b"",
        is_head: bool = False,
        is_empty: bool = False,
    ) -> bytes:
        """A complete answer.

        Args:
            text: content in place of the page; `is_empty`: none.
            fields, hop: more header lines.
            is_head: the head of it only.
        """
        kind, content = (b"text/plain; charset=utf-8", text.encode()) if text or is_empty else self.body(status)
        start = f"HTTP/1.{minor} {status} {_phrase(status)}\r\nContent-Length: {len(content)}\r\nDate: ".encode()
        typed = b"Content-Type: %b\r\n" % kind if content else b""
        head = b"%b%b\r\n%b%b%b\r\n" % (start, date(), typed, fields, hop)
        return head if is_head else head + content

    def raw_not_found(self) -> bytes:
        """For those who asked to be connected."""
        _, content = self.body(404)
        head = f"HTTP/1.1 404 Not Found\r\nContent-Length: {len(content)}\r\nContent-Type: text/html\r\n"
        return head.encode() + f"Server: frp/{FRP_VERSION}\r\n\r\n".encode() + content


def unauthorized(status: int, what: str) -> tuple[bytes, str]:
    """(header lines, text) of an answer that asks for credentials: status 401 or 407."""
    lines = f'{what}: Basic realm="Restricted"\r\nX-Content-Type-Options: nosniff\r\n'
    return lines.encode(), f"{_phrase(status)}\n"


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


_date = (0, b"")


def date() -> bytes:
    """Now, as HTTP writes it; made once a second."""
    global _date
    second = int(time.time())
    if _date[0] != second:
        _date = second, formatdate(second, usegmt=True).encode()
    return _date[1]
