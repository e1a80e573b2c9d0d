"""HTTP requests with wrk to nginx, by host name through the HTTP virtual hosts."""

from dataclasses import dataclass, field

from .. import nginx, web, wrk
from ..bed import Bed
from ..contenders import Contender
from ..errors import ContenderFailed
from ..plans import ONE_SITE, Feature, Routes
from ..sample import Sample
from ..transports import Transport
from ..tunnel import Tunnel
from .base import Kind
from .http import web_missing


@dataclass(frozen=True)
class WebRequests(Kind):
    """One page of one site, on connections that stay or one for each request; any error fails the slice."""

    closes: bool = False
    is_large: bool = False
    routes: Routes = ONE_SITE
    group = "Virtual host"
    unit = "req/s"
    cpu_unit = "us/req"

    @property
    def feature(self) -> Feature:
        return Feature.WEB

    @property
    def title(self) -> str:
        way = "Connection: close" if self.closes else "keep-alive"
        size = nginx.LARGE if self.is_large else nginx.SMALL
        return f"wrk to nginx by host name, {size // 1024} KiB page, {way}, {wrk.CONNECTIONS} at once"

    def missing(self) -> str:
        return web_missing()

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        tunnel = bed.tunnel(contender, transport, self.routes)
        site, port = self.routes.middle, tunnel.plan.web_port
        path = nginx.LARGE_PATH if self.is_large else tunnel.site(site).path
        self._check_page(port, site, path)
        before = tunnel.cpu()
        found = wrk.run(port, bed.seconds, path, {"Host": site} | (wrk.CLOSE if self.closes else {}))
        cpu = tunnel.cpu() - before
        if found.errors:
            raise ContenderFailed(f"wrk: {found.errors} socket errors beside {found.requests} requests")
        return Sample(found.requests / found.seconds, cpu / found.requests * 1e6, self._notes(tunnel))

    def _check_page(self, port: int, site: str, path: str) -> None:
        # wrk looks at no body; this one visit shows that what it counts is the page.
        expected = nginx.LARGE if self.is_large else nginx.SMALL
        if (size := len(web.fetch(port, site, path))) != expected:
            raise ContenderFailed(f"{site}{path}: {size} bytes, not {expected}")

    def _notes(self, tunnel: Tunnel) -> dict[str, float]:
        return {}


@dataclass(frozen=True)
class Lookup(WebRequests):
    """The site and location in the middle of many."""

    routes: Routes = field(kw_only=True)
    group = "Virtual host, lookup"
    base = "lookup-1x1"

    @property
    def feature(self) -> Feature:
        return Feature.ROUTES

    @property
    def title(self) -> str:
        return f"wrk by host name, 1 KiB page, keep-alive, beside {self.routes}"

    def _notes(self, tunnel: Tunnel) -> dict[str, float]:
        return {"server MB": tunnel.rss()[0] / 1e6, "s to register": tunnel.ready_seconds}
