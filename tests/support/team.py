"""A load-balancing group of one type: a server, and clients that join and leave."""

from typing import Any

import psutil

from tests.support.lab import Lab, Options, nest
from tests.support.names import Front, front, web_ports
from tests.support.ports import free_port
from tests.support.program import Program

HOST = "www.example.test"
GROUP = {"loadBalancer.group": "group", "loadBalancer.groupKey": "key"}


class Team:
    """A server, and members of one group at it.

    Args:
        common: options of the server and of all its clients.
    """

    def __init__(self, lab: Lab, kind: str, common: Options | None = None) -> None:
        self._lab, self._common = lab, dict(common or {})
        options = web_ports() | {"subDomainHost": "hosts.test"} | self._common
        self.front: Front = front(kind, options)
        self.server: Program = lab.frps(options)

    def proxy(self, name: str, **more: Any) -> dict[str, Any]:
        """A member whose service answers with `name`."""
        return self.front.proxy(name, self._lab.service(self.front.service(name)), HOST, **GROUP, **more)

    def join(self, *names: str) -> Program:
        """One client with these members, running."""
        return self._lab.frpc(self.server.port, [self.proxy(name) for name in names], self._common)

    def leave(self, client: Program) -> None:
        """End a client; the server knows when this returns."""
        ended = len(self.server.matching("client exit success"))
        if self._lab.ends.frpc.is_official:
            client.kill()
        else:
            assert client.stop() == 0
        self.server.wait_for("client exit success", count=ended + 1)

    def listening(self) -> set[int]:
        """All TCP ports that the server listens on."""
        connections = self.server.usage().net_connections("tcp")
        return {c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN}

    def refused(self, *proxies: dict[str, Any]) -> str:
        """Why the server refuses the first of these proxies; the others, and one that has no group, have to run."""
        single = Front("tcp", port := free_port()).proxy(f"single at {port}", self._lab.tcp_echo())
        client = self._lab.start_frpc(self.server.port, {"proxies": [nest(proxy) for proxy in (*proxies, single)]})
        reason = client.wait_for(f"[{proxies[0]['name']}] start error: ").partition("start error: ")[2]
        for proxy in (*proxies[1:], single):
            client.wait_for(f"[{proxy['name']}] start proxy success")
        return reason

    def visits(self, count: int = 10) -> list[str]:
        return [self.front.visit(HOST) for _ in range(count)]
