"""What Prometheus reads of frps: frp's families, name for name, the process and our own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from flask import Response

from frpg.web.process import ProcessFigures
from frpg.web.prometheus import Family, exposition, labels, process_families


class Count(Protocol):
    """A number that only grows."""

    @property
    def value(self) -> int: ...


class ProxyFigures(Protocol):
    """One proxy, running or not: each has its series, so there must be a bound on how many are kept."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def traffic_in(self) -> Count: ...
    @property
    def traffic_out(self) -> Count: ...
    @property
    def connections(self) -> int: ...
    @property
    def is_online(self) -> bool: ...


class WaitFigures(Protocol):
    """How users have waited for work connections."""

    @property
    def count(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def timeouts(self) -> int: ...


class Observed(Protocol):
    """What a scrape needs of the server. Nothing of it may wait."""

    @property
    def process(self) -> ProcessFigures: ...
    @property
    def clients(self) -> int:
        """Connected now."""

    @property
    def active(self) -> Mapping[str, int]:
        """How many proxies run, by type; a type that fell to 0 stays."""

    def proxies(self) -> Iterable[ProxyFigures]:
        """Every name once."""

    @property
    def total(self) -> tuple[int, int]:
        """Bytes (in, out) of all proxies since the server started, also of those that are forgotten."""

    @property
    def sessions(self) -> int:
        """Logins that have succeeded."""

    @property
    def refusals(self) -> Mapping[str, int]:
        """How often, by what was asked for: a handful of words of ours."""

    @property
    def strangers(self) -> int:
        """Connections that have not proven yet who they are."""

    @property
    def waiting_users(self) -> int: ...
    @property
    def idle_work_connections(self) -> int: ...
    @property
    def waits(self) -> WaitFigures: ...
    @property
    def log_lines_lost(self) -> int: ...


def metrics(observed: Observed) -> Response:
    """The answer to a scrape."""
    return exposition([*_counts(observed), *_proxies(observed), *_own(observed), *process_families(observed.process)])


def _counts(observed: Observed) -> list[Family]:
    proxies = Family("frp_server_proxy_counts", "gauge", "Running proxies by type.")
    for kind, count in observed.active.items():
        proxies.add(count, labels(type=kind))
    return [Family("frp_server_client_counts", "gauge", "Connected clients.", observed.clients), proxies]


def _proxies(observed: Observed) -> tuple[Family, ...]:
    """Source of the names and meanings: server spec 8."""
    running = Family("frp_server_proxy_counts_detailed", "gauge", "1 for a proxy that runs, 0 for one that has ended.")
    connections = Family("frp_server_connection_counts", "gauge", "User connections now open.")
    came = Family("frp_server_traffic_in", "counter", "Bytes from users.")
    went = Family("frp_server_traffic_out", "counter", "Bytes to users.")
    for proxy in observed.proxies():
        who = labels(name=proxy.name, type=proxy.type)
        running.add(int(proxy.is_online), who)
        connections.add(proxy.connections, who)
        came.add(proxy.traffic_in.value, who)
        went.add(proxy.traffic_out.value, who)
    return running, connections, came, went


def _own(observed: Observed) -> list[Family]:
    waits, greenlets = observed.waits, observed.process.measure().greenlets
    return [
        _gauge("greenlets", "Greenlets alive, as of the last 15 s.", greenlets),
        _gauge("strangers", "Connections to the bind port that have not logged in.", observed.strangers),
        _gauge("waiting_users", "User connections that wait for a work connection.", observed.waiting_users),
        _gauge("idle_work_connections", "Work connections in the pools.", observed.idle_work_connections),
        _counter("work_connection_waits_total", "Users that had to wait for a work connection.", waits.count),
        _counter("work_connection_wait_seconds_total", "Time that they waited.", waits.seconds),
        _counter("work_connection_timeouts_total", "Users that waited in vain.", waits.timeouts),
        _relayed(observed.total),
        _refusals(observed.refusals),
        _counter("sessions_total", "Logins that have succeeded.", observed.sessions),
        _counter("log_lines_lost_total", "Log lines dropped as nobody read them.", observed.log_lines_lost),
    ]


def _relayed(total: tuple[int, int]) -> Family:
    family = _counter("relay_bytes_total", "Bytes of all proxies, also of those that are gone: in is from users.")
    for direction, count in zip(("in", "out"), total, strict=True):
        family.add(count, labels(direction=direction))
    return family


def _refusals(counts: Mapping[str, int]) -> Family:
    family = _counter("refusals_total", "Connections and requests refused, by what was asked for.")
    for what, count in counts.items():
        family.add(count, labels(what=what))
    return family


def _gauge(name: str, about: str, value: float) -> Family:
    return Family(f"frpg_server_{name}", "gauge", about, value)


def _counter(name: str, about: str, value: float | None = None) -> Family:
    return Family(f"frpg_server_{name}", "counter", about, value)
