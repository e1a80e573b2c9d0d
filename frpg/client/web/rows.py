"""One line for each proxy and visitor: what is configured, and how it is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from frpg.client.phase import Phase
from frpg.client.tally import Tally
from frpg.config.definition import PROXY, VISITOR
from frpg.config.proxies import ProxyConfig
from frpg.config.visitors import VisitorConfig
from frpg.net.address import join

if TYPE_CHECKING:
    from frpg.client.proxies.base import Proxy
    from frpg.client.service import Client
    from frpg.client.visitors import Visitor

DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class ProxyRow:
    """A proxy of the configuration. `proxy` is the one of the present session, if there is one."""

    config: ProxyConfig
    proxy: Proxy | None
    tally: Tally
    server: str  # its address
    is_stored: bool
    overrides: bool = False  # an entry of the file

    @property
    def status(self) -> str:
        if not self.config.enabled:
            return DISABLED
        return self.proxy.phase if self.proxy is not None else Phase.NEW

    @property
    def error(self) -> str:
        return self.proxy.error if self.proxy is not None else ""

    @property
    def local_address(self) -> str:
        config = self.config
        return join((config.local_ip, config.local_port)) if config.local_port else ""

    @property
    def remote_address(self) -> str:
        """Where users find it, when it runs."""
        if self.proxy is None or self.error:
            return ""
        address = self.proxy.remote_addr
        if address and self.config.type in ("tcp", "udp"):
            return join((self.server, 0)).removesuffix(":0") + address  # the server sends `:PORT`
        return address

    @property
    def plugin(self) -> str:
        return self.config.plugin.type if self.config.plugin is not None else ""

    @property
    def connections(self) -> int:
        return self.proxy.connections if self.proxy is not None else self.tally.connections

    def status_json(self) -> dict[str, Any]:
        """For `/api/status`."""
        config = self.config
        tree = {"name": config.name, "type": config.type, "status": self.status, "err": self.error}
        tree |= {"local_addr": self.local_address, "plugin": self.plugin, "remote_addr": self.remote_address}
        return tree | {"source": "store"} if self.is_stored else tree

    def live_json(self) -> dict[str, Any]:
        """For `/api/live`."""
        config, tally = self.config, self.tally
        return {
            "name": config.name,
            "type": config.type,
            "status": self.status,
            "err": self.error,
            "localAddr": self.local_address,
            "plugin": self.plugin,
            "remoteAddr": self.remote_address,
            "source": _source(self.is_stored),
            "enabled": config.enabled,
            "trafficIn": tally.received.value,
            "trafficOut": tally.sent.value,
            "conns": self.connections,
        } | ({"overrides": True} if self.overrides else {})


def proxy_rows(client: Client) -> list[ProxyRow]:
    """All that are to run, sorted by name."""
    present = {proxy.config.name: proxy for proxy in client.proxies()}
    return [_proxy_row(client, config, present.get(config.name)) for config in client.entries.proxies]


def _proxy_row(client: Client, config: ProxyConfig, proxy: Proxy | None) -> ProxyRow:
    store = client.changes.store
    is_stored = store is not None and store.runs(PROXY, config.name)
    overrides = is_stored and client.changes.overrides(config.name)
    return ProxyRow(config, proxy, client.tallies.of(config.name), client.config.server_addr, is_stored, overrides)


def live_proxies(client: Client) -> list[dict[str, Any]]:
    """All rows, and those of the store that are disabled."""
    store = client.changes.store
    idle = store.proxies(enabled=False) if store is not None else []
    rows = [*proxy_rows(client), *(ProxyRow(config, None, Tally(), "", True) for config in idle)]
    return [row.live_json() for row in sorted(rows, key=lambda row: row.config.name.encode())]


def live_visitors(client: Client) -> list[dict[str, Any]]:
    """As `live_proxies`."""
    present = {visitor.config.name: visitor for visitor in client.visitors()}
    store = client.changes.store
    rows = [
        _visitor_json(config, present.get(config.name), store is not None and store.runs(VISITOR, config.name))
        for config in client.entries.visitors
    ]
    rows += [
        _visitor_json(config, None, True) for config in (store.visitors(enabled=False) if store is not None else ())
    ]
    return sorted(rows, key=lambda row: row["name"].encode())


def _visitor_json(config: VisitorConfig, visitor: Visitor | None, is_stored: bool) -> dict[str, Any]:
    waiting = Phase.NEW if config.enabled else DISABLED
    return {
        "name": config.name,
        "type": config.type,
        "status": visitor.phase if visitor is not None else waiting,
        "err": visitor.error if visitor is not None else "",
        "bindAddr": join((config.bind_addr, config.bind_port)) if config.bind_port > 0 else "",
        "plugin": config.plugin.type if config.plugin is not None else "",
        "serverName": config.server_name,
        "source": _source(is_stored),
        "enabled": config.enabled,
    }


def _source(is_stored: bool) -> str:
    return "store" if is_stored else "config"
