"""What the parts of one server share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from frpg.auth.method import ServerAuth, make_server_auth
from frpg.config.server import ServerConfig
from frpg.errors import reason
from frpg.logs.refusals import Refusals
from frpg.net.listener import trial_bind
from frpg.relay.http.pool import Sweeper
from frpg.server.bans import Bans
from frpg.server.clients import Clients
from frpg.server.groups import Groups
from frpg.server.hooks import Hooks
from frpg.server.pool import Waits
from frpg.server.ports import PortManager
from frpg.server.registry import MemoryRegistry, Registry
from frpg.server.statistics import Statistics
from frpg.server.upstream import Upstream
from frpg.server.users import Users


@dataclass(slots=True, kw_only=True)
class Context:
    """Made once by the server. `config` and `auth` are replaced when it reads its file again."""

    config: ServerConfig
    auth: ServerAuth
    registry: Registry[Upstream]
    tcp_ports: PortManager
    udp_ports: PortManager
    groups: Groups
    clock: Callable[[], float]  # monotonic seconds
    sweeper: Sweeper = field(default_factory=Sweeper)
    users: Users = field(default_factory=Users)  # user connections; they may outlive their proxy
    clients: Clients = field(default_factory=Clients)
    bans: Bans = field(default_factory=Bans)
    refusals: Refusals = field(default_factory=Refusals)
    waits: Waits = field(default_factory=Waits)
    statistics: Statistics = field(default_factory=Statistics)
    hooks: Hooks = field(default_factory=Hooks)

    def follow(self, config: ServerConfig, auth: ServerAuth | None = None) -> None:
        """What is asked for anew goes by `config`; sessions keep the `auth` that they have logged in with.

        None: there is no other way to log in than before.
        """
        self.config = config
        self.auth = auth or self.auth
        self.tcp_ports.allow(_allowed(config))
        self.udp_ports.allow(_allowed(config))

    def reason_for_client(self, error: Exception, otherwise: str) -> str:
        """What a client reads of a failure: `otherwise` when details are not for clients."""
        if not self.config.detailed_errors_to_client:
            return otherwise
        return reason(error)


def make_context(config: ServerConfig, *, clock: Callable[[], float] = time.monotonic) -> Context:
    """The shared parts of a server with `config`."""

    def ports(kind: str) -> PortManager:
        def trial(port: int) -> bool:
            return trial_bind((context.config.proxy_bind_addr, port), kind)

        return PortManager(_allowed(config), trial=trial, clock=clock)

    context = Context(
        config=config,
        auth=make_server_auth(config),
        registry=MemoryRegistry(),
        tcp_ports=ports("tcp"),
        udp_ports=ports("udp"),
        groups=Groups(clock),
        clock=clock,
    )
    return context


def _allowed(config: ServerConfig) -> list[tuple[int, int]]:
    return [(ports.start, ports.end) for ports in config.allow_ports]
