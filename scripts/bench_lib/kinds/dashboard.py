"""What the dashboard costs: how long its answers take, and what an open page takes from the relay."""

import random
from dataclasses import dataclass

from ..bed import Bed
from ..contenders import TOKEN, Contender
from ..dashboard import answer_ms
from ..plans import ONE_SITE, Feature
from ..processes import answer, tool
from ..sample import Sample
from ..services import BULK
from ..transports import Transport
from ..tunnel import Tunnel
from .base import Kind

CLIENTS, PROXIES = 200, 10  # proxies of each
FLEET_SECONDS = 130.0
READY_SECONDS = 10.0
GRACE_SECONDS = 20.0
REQUESTS = 20
OVERVIEW = "/api/v2/system/info"
PAGES = (OVERVIEW, "/api/v2/clients?page=1&pageSize=10", "/api/v2/proxies?page=1&pageSize=50")


@dataclass(frozen=True)
class Answer(Kind):
    """One route, with 200 clients and 2 000 proxies logged in."""

    path: str
    about: str
    group = "Dashboard"
    unit = "ms"

    @property
    def title(self) -> str:
        return f"{self.about}, {CLIENTS} clients, {CLIENTS * PROXIES} proxies"

    @property
    def feature(self) -> Feature:
        return Feature.DASHBOARD

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        # The clients of the fleet bring their own proxies; the site is for the port of the virtual hosts.
        with bed.fresh(contender, transport, bed.services.sites(ONE_SITE), with_dashboard=True) as tunnel:
            tunnel.start_server()
            with tool("fleet", tunnel.plan.bind_port, CLIENTS, PROXIES, TOKEN) as fleet:
                answer(fleet, FLEET_SECONDS)
                port = tunnel.plan.dashboard_port
                first = answer_ms(port, self.path, 1)
                return Sample(answer_ms(port, self.path, REQUESTS), notes={"first": first})


@dataclass(frozen=True)
class Watched(Kind):
    """A download while pages are open, as a multiple of the same without; both in one slice, in random order."""

    group = "Dashboard"
    unit = "x of closed"

    @property
    def title(self) -> str:
        return "download, 1 stream, with the dashboard open"

    @property
    def feature(self) -> Feature:
        return Feature.DASHBOARD

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        with bed.fresh(contender, transport, [bed.services.forward(BULK)], with_dashboard=True) as tunnel:
            tunnel.start()
            self._download(bed, tunnel)  # warm
            halves = [True, False, False, True]
            if random.random() < 0.5:
                halves = [not is_open for is_open in halves]
            found: dict[bool, list[float]] = {True: [], False: []}
            for is_open in halves:
                found[is_open].append(self._half(bed, tunnel, is_open=is_open))
        return Sample(sum(found[True]) / sum(found[False]), notes={"GB/s closed": sum(found[False]) / 2})

    def _half(self, bed: Bed, tunnel: Tunnel, *, is_open: bool) -> float:
        if not is_open:
            return self._download(bed, tunnel)
        with tool("onlooker", tunnel.plan.dashboard_port, *PAGES) as onlooker:
            answer(onlooker, READY_SECONDS)
            return self._download(bed, tunnel)

    def _download(self, bed: Bed, tunnel: Tunnel) -> float:
        """GB/s."""
        common = (1, "random", bed.seconds, *tunnel.pids)
        with tool("bulk", "source", "listen", bed.services.ports[BULK], *common) as listening:
            answer(listening, READY_SECONDS)
            with tool("bulk", "sink", "connect", tunnel.ports[BULK], *common) as connecting:
                found = answer(connecting, bed.seconds + GRACE_SECONDS)
        return float(found["count"]) / 1e9 / float(found["seconds"])
