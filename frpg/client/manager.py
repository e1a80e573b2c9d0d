"""The proxies of one session: announces them, hands them the server's answers, changes and withdraws them."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from gevent.event import Event

from frpg.client.difference import difference
from frpg.client.names import without_user
from frpg.client.proxies import make_proxy
from frpg.client.proxies.base import Proxy, ProxyContext
from frpg.client.work import Server
from frpg.config.proxies import ProxyConfig
from frpg.logs import prefixed
from frpg.proto.messages import NewProxyResp

logger = logging.getLogger(__name__)

CHECK_INTERVAL = 3.0  # seconds between two looks at every proxy's phase


class ProxyManager:
    """Owns its proxies. `run` is a greenlet of the session; all else may be called from any greenlet."""

    def __init__(self, context: ProxyContext) -> None:
        self._context = context
        self._log = prefixed(logger, context.run_id)
        self._proxies: dict[str, Proxy] = {}
        self._has_news = Event()

    def update(self, configs: Iterable[ProxyConfig]) -> None:
        """Have these run from now on, started in the order given. Never blocks.

        One whose configuration is the same as before is left alone. A changed one ends; its users' connections go on.
        """
        running = {name: proxy.config for name, proxy in self._proxies.items()}
        change = difference(running, configs)
        self._remove(change.gone)
        self._add(change.new)

    def _remove(self, names: list[str]) -> None:
        for name in names:
            self._proxies.pop(name).close()
        if names:
            self._log.info("proxy removed: [%s]", " ".join(names))

    def _add(self, configs: list[ProxyConfig]) -> None:
        for config in configs:
            proxy = self._proxies[config.name] = make_proxy(config, self._context)
            proxy.start()
        if configs:
            self._log.info("proxy added: [%s]", " ".join(config.name for config in configs))
            self._has_news.set()

    def run(self) -> None:
        """Do for ever what the proxies' phases ask for: announce those that are new, then look from time to time."""
        while True:
            self._has_news.clear()
            for proxy in list(self._proxies.values()):
                proxy.evaluate()
            self._has_news.wait(CHECK_INTERVAL)

    def answered(self, answer: NewProxyResp) -> None:
        """The server's answer to NewProxy. Blocks when the proxy's start does: see `start_blocks`."""
        name = without_user(self._context.user, answer.proxy_name)
        proxy = self._proxies.get(name)
        if proxy is None:
            self._log.warning("[%s] start error: proxy [%s] not found", name, name)
        else:
            proxy.answered(answer.remote_addr, answer.error)

    def start_blocks(self, answer: NewProxyResp) -> bool:
        """True when `answered` should run in a greenlet of its own."""
        proxy = self._proxies.get(without_user(self._context.user, answer.proxy_name))
        return proxy is not None and not answer.error and proxy.start_blocks

    def choose(self, wire_name: str) -> Server | None:
        """Who serves a work connection for this name; None when there is no such proxy."""
        proxy = self._proxies.get(without_user(self._context.user, wire_name))
        return proxy.serve if proxy is not None and proxy.is_serving else None

    def snapshot(self) -> list[Proxy]:
        """The proxies, sorted by name, to read their phases and counters from."""
        return sorted(self._proxies.values(), key=lambda proxy: proxy.config.name)

    def withdraw(self) -> None:
        """Tell the server that every proxy has ended; users that it sent before are served until `close`."""
        for proxy in self._proxies.values():
            proxy.withdraw()

    def close(self) -> None:
        """Withdraw and end every proxy. Idempotent, never blocks."""
        for proxy in self._proxies.values():
            proxy.close()
