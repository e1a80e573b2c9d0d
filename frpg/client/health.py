"""Health checks: a proxy is announced while its local service answers, and only then."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import gevent

from frpg.config.proxies import HealthCheckConfig, ProxyConfig
from frpg.logs import PrefixedLogger
from frpg.net.address import Resolver
from frpg.net.dial import dial
from frpg.net.failure import describe

Check = Callable[[], None]  # one attempt within its deadline. Raises OSError
OnChange = Callable[[bool], None]


class Monitor:
    """Checks from `start` to `close` in a greenlet of its own. Ill until the first success.

    Args:
        on_change: told whether the service is well, in that greenlet; `max_failed` failures in a row make it ill. (frp
            counts all failures there ever were.)
    """

    def __init__(self, options: HealthCheckConfig, check: Check, on_change: OnChange, log: PrefixedLogger) -> None:
        self._options = options
        self._check = check
        self._on_change = on_change
        self._log = log
        self._is_well = False
        self._failures = 0  # in a row
        self._greenlet: Any = None

    def start(self) -> None:
        """The first check begins at once."""
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def close(self) -> None:
        """Stop checking. Never blocks."""
        if self._greenlet is not None:
            self._greenlet.kill(block=False)

    def _run(self) -> None:
        while True:
            try:
                self._check()
            except OSError as error:
                self._failed(error)
            else:
                self._succeeded()
            gevent.sleep(self._options.interval)

    def _failed(self, error: OSError) -> None:
        self._log.warning("do one health check failed: %s", describe(error))
        self._failures += 1
        if self._is_well and self._failures >= self._options.failures:
            self._is_well = False
            self._log.warning("health check status change to failed")
            self._on_change(False)

    def _succeeded(self) -> None:
        self._failures = 0
        if not self._is_well:
            self._is_well = True
            self._log.info("health check status change to success")
            self._on_change(True)


def make_monitor(
    config: ProxyConfig, resolver: Resolver | None, on_change: OnChange, log: PrefixedLogger
) -> Monitor | None:
    """The monitor that a proxy's options ask for; None when they do not, or have no port to check."""
    options = config.health_check
    if not options.type or config.local_port <= 0:
        return None
    return Monitor(options, _make_check(config, resolver), on_change, log)


def _make_check(config: ProxyConfig, resolver: Resolver | None) -> Check:
    if config.health_check.type == "http":
        from frpg.client.http_check import HttpCheck  # rarely wanted, and long to load

        return HttpCheck(config, resolver)
    return partial(_connect, config, resolver)


def _connect(config: ProxyConfig, resolver: Resolver | None) -> None:
    dial(config.local_ip, config.local_port, timeout=config.health_check.timeout, resolver=resolver).close()
