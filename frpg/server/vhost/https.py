"""The HTTPS virtual hosts: TLS connections on `vhostHTTPSPort`, routed by the name in their hello, never opened."""

from __future__ import annotations

import logging

from frpg.logs import prefixed
from frpg.net.server_name import read_server_name
from frpg.net.tcp import TcpStream
from frpg.proto.sni import UNRECOGNIZED_NAME, NotTls
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
            name = read_server_name(stream, DEADLINE)
        except (OSError, NotTls) as error:
            self._context.refusals.add("https", stream.remote_addr, str(error))
            stream.close()
            return
        finally:
            users.discard(stream)
        entry = self._context.registry.match("https", name)
        if entry is None:
            self._context.refusals.add("https", stream.remote_addr, f"no route found for [{name}]")
            stream.write([UNRECOGNIZED_NAME])
            stream.close()
            return
        serve_user(self._context, entry, stream, self._log)
