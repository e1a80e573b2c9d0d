"""Resident memory of a server for each idle visitor of a web site."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .. import nginx
from ..bed import Bed
from ..contenders import Contender
from ..errors import ContenderFailed
from ..plans import ONE_SITE, Feature
from ..processes import answer, tool
from ..sample import Sample
from ..transports import Transport
from .base import Kind
from .memory import GRACE_SECONDS, OPEN_SECONDS, SETTLE_SECONDS, WARM_UP


@dataclass(frozen=True)
class IdleVisitors(Kind):
    """What N keep-alive visitors, each with one request behind it, add to the server, divided by N."""

    visitors: int
    group = "Memory"
    unit = "KiB/visitor"

    @property
    def title(self) -> str:
        return f"RSS of the server per idle keep-alive visitor of {self.visitors}, by host name"

    @property
    def feature(self) -> Feature:
        return Feature.WEB

    def missing(self) -> str:
        return "" if nginx.program() else "nginx"

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        with bed.fresh(contender, transport, bed.services.sites(ONE_SITE)) as tunnel:
            tunnel.start()
            port = tunnel.plan.web_port
            with _hold(port, WARM_UP):
                pass
            time.sleep(SETTLE_SECONDS)
            before = tunnel.rss()
            with _hold(port, self.visitors):
                time.sleep(SETTLE_SECONDS)
                after = tunnel.rss()
        server, client = ((b - a) / 1024 / self.visitors for a, b in zip(before, after, strict=True))
        return Sample(server, notes={"client": client, "server MB": after[0] / 1e6})


@contextlib.contextmanager
def _hold(port: int, visitors: int) -> Iterator[None]:
    """Idle visitors, all there until the end of the `with` block."""
    with tool("visitors", port, visitors, OPEN_SECONDS, ONE_SITE.middle) as process:
        found = answer(process, OPEN_SECONDS + GRACE_SECONDS)
        if found["open"] != visitors:
            raise ContenderFailed(f"{found['open']} of {visitors} visitors open")
        yield
        if not process.is_alive:
            answer(process, GRACE_SECONDS)  # raises with what the tool saw
