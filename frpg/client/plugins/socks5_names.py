"""Names in datagrams: each is looked up once, and those who asked meanwhile wait."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from gevent import Timeout
from gevent.pool import Group

from frpg.net.address import Resolver, numeric, resolve

LOOKUP_SECONDS = 10.0
KEPT_SECONDS = 60.0  # that an answer counts
FAILURE_SECONDS = 5.0  # that a failure does
MAX_KEPT = 256  # answers
MAX_LOOKUPS = 32  # under way; more are dropped
MAX_WAITING = 64  # datagrams for one name

Then = Callable[[str], None]  # takes a numeric address


class Names:
    """Nothing here yields. Whoever made it closes it."""

    def __init__(self, resolver: Resolver | None = None) -> None:
        self._resolver = resolver
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()  # name to address ("": none), and until when
        self._waiting: dict[str, list[Then]] = {}
        self._lookups = Group()

    def find(self, host: str, then: Then) -> None:
        """Call `then` with an address of `host`, at once where it is known; never when there is none, or no room."""
        if numeric(host, 0) is not None:
            then(host)
            return
        known = self._known.get(host)
        if known is not None and known[1] > time.monotonic():
            if known[0]:
                then(known[0])
            return
        if host in self._waiting:
            if len(self._waiting[host]) < MAX_WAITING:
                self._waiting[host].append(then)
        elif len(self._waiting) < MAX_LOOKUPS:
            self._waiting[host] = [then]
            self._lookups.spawn(self._look_up, host)

    def _look_up(self, host: str) -> None:
        """In a greenlet."""
        ip = ""
        try:
            with Timeout(LOOKUP_SECONDS, TimeoutError("i/o timeout")):
                ip = _first_ipv4([sockaddr[0] for _, sockaddr in resolve(host, 0, self._resolver)])
        except OSError:
            pass
        waiting = self._waiting.pop(host)
        self._keep(host, ip)
        if ip:
            for then in waiting:
                then(ip)

    def _keep(self, host: str, ip: str) -> None:
        self._known[host] = ip, time.monotonic() + (KEPT_SECONDS if ip else FAILURE_SECONDS)
        self._known.move_to_end(host)
        if len(self._known) > MAX_KEPT:
            self._known.popitem(last=False)

    def close(self) -> None:
        """Those who wait hear nothing."""
        self._lookups.kill(block=False)


def _first_ipv4(ips: list[str]) -> str:
    return next((ip for ip in ips if ":" not in ip), ips[0] if ips else "")
