"""Resident memory: of both ends at rest, and for each idle connection."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

from ..bed import Bed
from ..contenders import Contender
from ..errors import ContenderFailed
from ..processes import answer, tool
from ..sample import Sample
from ..services import ECHO
from ..transports import Transport
from .base import Kind

SETTLE_SECONDS = 1.0  # after the last change, before memory is read
OPEN_SECONDS = 60.0  # for opening the idle connections
GRACE_SECONDS = 10.0  # for the tool to start, beside it
WARM_UP = 64  # connections opened first: what is loaded or allocated once is no cost of a connection


@dataclass(frozen=True)
class RestMemory(Kind):
    """A fresh server and client with one proxy that has carried one echo."""

    group = "Memory"
    unit = "MB"

    @property
    def title(self) -> str:
        return "RSS at rest, server + client"

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        with bed.fresh(contender, transport, [bed.services.forward(ECHO)]) as tunnel:
            tunnel.start()
            time.sleep(SETTLE_SECONDS)
            server, client = tunnel.rss()
        return Sample((server + client) / 1e6, notes={"server": server / 1e6, "client": client / 1e6})


@dataclass(frozen=True)
class IdleMemory(Kind):
    """What N idle user connections add to both ends, divided by N."""

    connections: int
    group = "Memory"
    unit = "KiB/conn"

    @property
    def title(self) -> str:
        return f"RSS per idle connection of {self.connections}, server + client"

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        with bed.fresh(contender, transport, [bed.services.forward(ECHO)]) as tunnel:
            tunnel.start()
            port = tunnel.ports[ECHO]
            with _hold(port, WARM_UP):
                pass
            time.sleep(SETTLE_SECONDS)
            before = tunnel.rss()
            with _hold(port, self.connections):
                time.sleep(SETTLE_SECONDS)
                after = tunnel.rss()
        server, client = ((b - a) / 1024 / self.connections for a, b in zip(before, after, strict=True))
        return Sample(server + client, notes={"server": server, "client": client})


@contextlib.contextmanager
def _hold(port: int, connections: int) -> Iterator[None]:
    """Idle connections, open within the `with` block."""
    with tool("idle", port, connections, OPEN_SECONDS) as process:
        found = answer(process, OPEN_SECONDS + GRACE_SECONDS)
        if found["open"] != connections:
            raise ContenderFailed(f"{found['open']} of {connections} connections open")
        yield
