"""The HTTPS virtual hosts: TLS connections on `vhostHTTPSPort`, routed by the name in their hello, never opened."""

from __future__ import annotations

import logging

from frpg.logs import prefixed
from frpg.net.address import join
from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from frpg.proto.sni import MAX_HELLO, UNRECOGNIZED_NAME, NotTls, server_name
from frpg.server.context import Context
from frpg.server.visit import serve_user

logger = logging.getLogger(__name__)

DEADLINE = 30.0  # seconds for the hello


class HttpsVhost:
    """Each connection has a greenlet until it is relayed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._log = prefixed(logger)

    def admit(self, stream: TcpStream) -> None:
        """Own a visitor's connection. Blocks until it is relayed, or sent away."""
        users = self._context.users
        users.add(stream)  # so that the server can end it
        try:
            name = _read_name(stream)
        except (OSError, NotTls) as error:
            logger.debug("https connection of [%s] ended: %s", join(stream.remote_addr), error)
            stream.close()
            return
        finally:
            users.discard(stream)
        entry = self._context.registry.match("https", name)
        if entry is None:
            logger.debug("https connection of [%s]: no route found for [%s]", join(stream.remote_addr), name)
            stream.write([UNRECOGNIZED_NAME])
            stream.close()
            return
        serve_user(self._context, entry, stream, self._log)


def _read_name(stream: Stream) -> str:
    """The server name; the bytes read stay to be read. Raises OSError, NotTls."""
    data = b""
    with stream.deadline(DEADLINE):
        while (name := server_name(data)) is None:
            if len(data) > MAX_HELLO:
                raise NotTls("hello too long")
            piece = stream.recv()
            if not piece:
                raise ConnectionError("closed before its hello")
            data += piece
    stream.unread(data)
    return name
