"""What Prometheus reads of frpc. Upstream has nothing of the kind: all names are our own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from flask import Response

from frpg.web.process import ProcessFigures
from frpg.web.prometheus import Family, exposition, labels, process_families


class Count(Protocol):
    """A number that only grows."""

    @property
    def value(self) -> int: ...


class ProxyFigures(Protocol):
    """One proxy of the configuration."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def is_running(self) -> bool: ...
    @property
    def traffic_in(self) -> Count: ...
    @property
    def traffic_out(self) -> Count: ...
    @property
    def connections(self) -> int: ...


class Observed(Protocol):
    """What a scrape needs of the client. Nothing of it may wait."""

    @property
    def process(self) -> ProcessFigures: ...
    @property
    def is_connected(self) -> bool:
        """A session is there."""

    @property
    def logins(self) -> int:
        """Sessions since the program started."""

    @property
    def login_failures(self) -> int:
        """Attempts that made no session: refused, or no server there."""

    def proxies(self) -> Iterable[ProxyFigures]:
        """Every name once."""


def metrics(observed: Observed) -> Response:
    """The answer to a scrape."""
    return exposition([*_session(observed), *_proxies(observed), *process_families(observed.process)])


def _session(observed: Observed) -> list[Family]:
    greenlets = observed.process.measure().greenlets
    failures = observed.login_failures
    return [
        Family("frpg_client_connected", "gauge", "1 while logged in to the server.", int(observed.is_connected)),
        Family("frpg_client_logins_total", "counter", "Logins that have succeeded.", observed.logins),
        Family("frpg_client_login_failures_total", "counter", "Attempts to log in that have failed.", failures),
        Family("frpg_client_greenlets", "gauge", "Greenlets alive, as of the last 15 s.", greenlets),
    ]


def _proxies(observed: Observed) -> tuple[Family, ...]:
    up = Family("frpg_client_proxy_up", "gauge", "1 for a proxy that runs on the server.")
    connections = Family("frpg_client_connections", "gauge", "User connections now open.")
    came = Family("frpg_client_traffic_in", "counter", "Bytes from users.")
    went = Family("frpg_client_traffic_out", "counter", "Bytes to users.")
    for proxy in observed.proxies():
        who = labels(name=proxy.name, type=proxy.type)
        up.add(int(proxy.is_running), who)
        connections.add(proxy.connections, who)
        came.add(proxy.traffic_in.value, who)
        went.add(proxy.traffic_out.value, who)
    return up, connections, came, went
