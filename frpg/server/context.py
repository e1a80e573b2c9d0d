"""What the parts of one server share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from frpg.auth.token import TokenAuth
from frpg.config.server import ServerConfig
from frpg.errors import FrpgError
from frpg.net.listener import trial_bind
from frpg.net.tcp import TcpStream
from frpg.server.groups import Groups
from frpg.server.ports import PortManager
from frpg.server.registry import MemoryRegistry, Registry
from frpg.server.upstream import Upstream
from frpg.server.vhost.pool import Sweeper


@dataclass(slots=True, kw_only=True)
class Context:
    """Made once by the server, never replaced."""

    config: ServerConfig
    auth: TokenAuth
    registry: Registry[Upstream]
    tcp_ports: PortManager
    udp_ports: PortManager
    groups: Groups
    clock: Callable[[], float]  # monotonic seconds
    sweeper: Sweeper = field(default_factory=Sweeper)
    users: set[TcpStream] = field(default_factory=set)  # user connections; they may outlive their proxy

    def reason_for_client(self, error: Exception, otherwise: str) -> str:
        """What a client reads of a failure: `otherwise` when details are not for clients."""
        if not self.config.detailed_errors_to_client:
            return otherwise
        return reason(error)


def reason(error: Exception) -> str:
    """The failure in words for a peer."""
    return error.reason if isinstance(error, FrpgError) else str(error)


def make_context(config: ServerConfig, *, clock: Callable[[], float] = time.monotonic) -> Context:
    """The shared parts of a server with `config`."""
    return Context(
        config=config,
        auth=TokenAuth(config.auth.token, config.auth.additional_scopes),
        registry=MemoryRegistry(),
        tcp_ports=_ports(config, "tcp", clock),
        udp_ports=_ports(config, "udp", clock),
        groups=Groups(clock),
        clock=clock,
    )


def _ports(config: ServerConfig, kind: str, clock: Callable[[], float]) -> PortManager:
    def trial(port: int) -> bool:
        return trial_bind((config.proxy_bind_addr, port), kind)

    return PortManager(((ports.start, ports.end) for ports in config.allow_ports), trial=trial, clock=clock)
