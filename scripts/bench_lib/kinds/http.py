"""HTTP requests with wrk to nginx, through a tcp proxy."""

from dataclasses import dataclass

from .. import nginx, wrk
from ..bed import Bed
from ..contenders import Contender
from ..sample import Sample
from ..services import HTTP
from ..transports import Transport
from .base import Kind


@dataclass(frozen=True)
class Requests(Kind):
    """A page of 1 KiB, on connections that stay or one for each request."""

    closes: bool
    group = "Connections and requests"
    unit = "req/s"
    cpu_unit = "us/req"

    @property
    def title(self) -> str:
        way = "Connection: close" if self.closes else "keep-alive"
        return f"wrk to nginx, 1 KiB page, {way}, {wrk.CONNECTIONS} at once"

    def missing(self) -> str:
        return web_missing()

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        tunnel = bed.tunnel(contender, transport)
        before = tunnel.cpu()
        found = wrk.run(tunnel.ports[HTTP], bed.seconds, headers=wrk.CLOSE if self.closes else None)
        cpu = tunnel.cpu() - before
        notes = {"socket errors": float(found.errors)} if found.errors else {}
        return Sample(found.requests / found.seconds, cpu / found.requests * 1e6, notes)


def web_missing() -> str:
    """What this machine has not of wrk and nginx."""
    programs = {"wrk": wrk.is_there(), "nginx": nginx.program()}
    return ", ".join(name for name, path in programs.items() if not path)
