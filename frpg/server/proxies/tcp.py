"""tcp: a port of this server, joined to a service of the client."""

from __future__ import annotations

import logging
from typing import ClassVar

from frpg.errors import FrpgError
from frpg.net.address import join
from frpg.net.listener import Listener
from frpg.net.stream import Stream
from frpg.net.tcp import TcpStream
from frpg.relay.relay import relay
from frpg.server.context import reason
from frpg.server.proxies.base import Proxy
from frpg.server.registry import Entry
from frpg.server.upstream import Upstream


class TcpProxy(Proxy):
    """Its listener knows a route only; who serves it, the registry tells for each user connection."""

    PORTS: ClassVar[int] = 1
    _entry: Entry[Upstream]

    def start(self) -> str:
        """See Proxy."""
        ports = self._context.tcp_ports
        port = ports.acquire(self.name, self.message.remote_port)
        self._undo.append(lambda: ports.release(port))
        self._entry = self._claim_port("tcp", port)
        listener = Listener((self._context.config.proxy_bind_addr, port), self._serve)
        self._undo.append(listener.close)
        listener.start()
        self._log.info("tcp proxy listen port [%d]", port)
        return f":{port}"

    def _serve(self, user: TcpStream) -> None:
        """One user connection; the relay goes on after this greenlet has ended."""
        if self._log.isEnabledFor(logging.INFO):
            self._log.info("get a user connection [%s]", join(user.remote_addr))
        users = self._context.users
        users.add(user)
        try:
            work = self._open(user)
        except (FrpgError, OSError) as error:
            users.discard(user)
            user.close()
            self._log.warning("failed to get work connection: %s", reason(error))
            return
        except BaseException:
            users.discard(user)
            user.close()
            raise
        self.connections += 1

        def done() -> None:
            self.connections -= 1
            users.discard(user)

        relay(user, work, counters=(self.traffic_in, self.traffic_out), done=done)

    def _open(self, user: TcpStream) -> Stream:
        entry = self._context.registry.lookup(self._entry.route)
        if entry is None:
            raise FrpgError(reason="the proxy was closed")
        return entry.holder.open(entry.proxy_name, user.remote_addr, user.local_addr)
