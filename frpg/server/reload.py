"""Reading the configuration again: what it changes in a server that runs, all of it or nothing.

Sessions, tunnels and visitors go on as they are. What is asked for anew goes by the new configuration: logins, proxies,
visitors' connections. A session keeps the token that it has logged in with.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from frpg.config.difference import changed_options
from frpg.config.server import ServerConfig
from frpg.errors import ConfigError


class Step(NamedTuple):
    """A part of the server is ready for the new configuration: one of the two is called, and must not fail."""

    commit: Callable[[], object]
    abandon: Callable[[], object]


class Part(Protocol):
    """What of the server follows the configuration by more than looking into it."""

    def prepare(self, config: ServerConfig) -> Step:
        """Raises ConfigError: it cannot, and nothing is left open."""


class Plan(NamedTuple):
    """What a new configuration comes to."""

    config: ServerConfig  # as far as it can be applied
    changed: list[str]  # v1 key paths
    restart: list[str]  # those that need one


def plan(running: ServerConfig, wanted: ServerConfig) -> Plan:
    """`wanted` is complete and valid, and its secrets are resolved."""
    config = copy.deepcopy(wanted)
    restart = []
    # A listener that stays on its port cannot move to another address: the new one would be in its own way.
    if running.bind_port == wanted.bind_port and running.bind_addr != wanted.bind_addr:
        config.bind_addr = running.bind_addr
        restart.append("bindAddr")
    if running.bind_port == wanted.bind_port and running.transport.tcp_keepalive != wanted.transport.tcp_keepalive:
        config.transport.tcp_keepalive = running.transport.tcp_keepalive
        restart.append("transport.tcpKeepalive")
    if running.transport.tcp_mux != wanted.transport.tcp_mux:  # work connections come as their session has begun
        config.transport.tcp_mux = running.transport.tcp_mux
        restart.append("transport.tcpMux")
    if running.proxy_bind_addr != wanted.proxy_bind_addr and any(
        port and port == other for port, other in zip(_shared_ports(running), _shared_ports(wanted), strict=True)
    ):
        config.proxy_bind_addr = running.proxy_bind_addr
        restart.append("proxyBindAddr")
    web, wanted_web = running.web_server, wanted.web_server
    if web.port == wanted_web.port != 0:
        if web.addr != wanted_web.addr:
            config.web_server.addr = web.addr
            restart.append("webServer.addr")
        if (web.tls is None) != (wanted_web.tls is None):
            config.web_server.tls = web.tls
            restart.append("webServer.tls")
    changed = [path for path in changed_options(running, config) if path != "version"]
    return Plan(config, changed, restart)


def _shared_ports(config: ServerConfig) -> tuple[int, ...]:
    return config.vhost_http_port, config.vhost_https_port, config.tcpmux_http_connect_port


def apply(parts: Iterable[Part], config: ServerConfig) -> None:
    """All of them, or none. Raises ConfigError."""
    steps: list[Step] = []
    try:
        for part in parts:
            steps.append(part.prepare(config))
    except ConfigError:
        for step in reversed(steps):
            step.abandon()
        raise
    for step in steps:
        step.commit()
