"""tcpmux: connections on `tcpmuxHTTPConnectPort`, routed by the name that their HTTP CONNECT asks for."""

from __future__ import annotations

import logging
from typing import cast

from frpg.logs import prefixed
from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from frpg.proto.http1.credentials import credentials
from frpg.proto.http1.fields import BadMessage
from frpg.proto.http1.request import MAX_HEAD, Request, parse_request
from frpg.relay.http.pages import Pages, unauthorized
from frpg.relay.http.settings import Credentials
from frpg.server.context import Context
from frpg.server.visit import serve_user

logger = logging.getLogger(__name__)

DEADLINE = 30.0  # seconds for the request
_ESTABLISHED = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class TcpmuxVhost:
    """Each connection has a greenlet until it is relayed."""

    def __init__(self, context: Context, pages: Pages) -> None:
        self._context = context
        self._pages = pages
        self._log = prefixed(logger)

    def admit(self, stream: TcpStream) -> None:
        """Own a visitor's connection. Blocks until it is relayed, or sent away."""
        try:
            head, request = self._read(stream)
            self._connect(stream, head, request)
        except (OSError, BadMessage) as error:
            self._refuse(stream, str(error))
            stream.close()

    def _read(self, stream: TcpStream) -> tuple[bytes, Request]:
        users = self._context.users
        users.add(stream)  # so that the server can end it
        try:
            return _read_connect(stream)
        finally:
            users.discard(stream)

    def _connect(self, stream: TcpStream, head: bytes, request: Request) -> None:
        """Raises BadMessage."""
        user, password = credentials(request)
        entry = self._context.registry.match("tcpmux", request.host, user=user)
        if entry is None:
            self._refuse(stream, f"no route found for [{request.host}]")
            self._send_away(stream, self._pages.raw_not_found())
            return
        wanted = cast(Credentials, entry.settings)
        if wanted.user and not wanted.admits(user, password):
            self._refuse(stream, "wrong user or password" if user or password else "no password given")
            fields, _ = unauthorized(407, "Proxy-Authenticate")
            self._send_away(stream, self._pages.response(407, fields=fields, is_empty=True))
            return
        if self._context.config.tcpmux_passthrough:
            stream.unread(head)
        else:
            stream.write([_ESTABLISHED])
        serve_user(self._context, entry, stream, self._log)

    def _refuse(self, stream: Stream, why: str) -> None:
        self._context.refusals.add("tcpmux", stream.remote_addr, why)

    def _send_away(self, stream: Stream, answer: bytes) -> None:
        stream.write([answer])
        stream.close()


def _read_connect(stream: Stream) -> tuple[bytes, Request]:
    """(the head, the same parsed); what follows it stays to be read. Raises OSError, BadMessage."""
    data = b""
    with stream.deadline(DEADLINE):
        while (end := data.find(b"\r\n\r\n")) < 0:
            if len(data) > MAX_HEAD or not b"CONNECT ".startswith(data[:8]):
                raise BadMessage("no CONNECT request")
            piece = stream.recv()
            if not piece:
                raise ConnectionError("closed before its request")
            data += piece
    head = data[: end + 4]
    request = parse_request(head)
    if request.method != b"CONNECT":
        raise BadMessage("no CONNECT request")
    stream.unread(data[end + 4 :])
    return head, request
