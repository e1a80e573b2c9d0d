"""tcp: a port of this server, joined to a service of the client, or of the members of a group."""

from __future__ import annotations

from typing import ClassVar

from frpg.net.listener import Listener
from frpg.net.tcp import TcpStream
from frpg.server.groups import Group
from frpg.server.proxies.base import Proxy
from frpg.server.visit import serve_user


class TcpProxy(Proxy):
    """Its listener knows a route only; who serves it, the registry tells for each user connection."""

    PORTS: ClassVar[int] = 1

    def start(self) -> str:
        """See Proxy."""
        if not self.message.group:
            return self._listen()

        def found(group: Group) -> None:
            group.address = self._listen(group)

        return self._join_group("tcp", self.message.remote_port, "group should have same remote port", found)

    def _listen(self, group: Group | None = None) -> str:
        """Open the port, for this proxy or for the group that it founds; returns the remote address."""
        context, undo = self._context, self._undo_of(group)
        port = context.tcp_ports.acquire(self.name, self.message.remote_port)
        undo.append(lambda: context.tcp_ports.release(port))
        route = self._port_route("tcp", port)
        self._claim(route, group)

        def serve(user: TcpStream) -> None:
            serve_user(context, context.registry.lookup(route), user, self.log)

        listener = Listener((context.config.proxy_bind_addr, port), serve)
        undo.append(listener.close)
        listener.start()
        self.log.info("tcp proxy listen port [%d]", port)
        return f":{port}"
