"""Start-up time of both programs."""

import time
from dataclasses import dataclass

from ..bed import Bed
from ..contenders import Contender
from ..sample import Sample
from ..services import ECHO
from ..transports import Transport
from .base import Kind


@dataclass(frozen=True)
class ServerStart(Kind):
    """From the launch of the server until it accepts a connection."""

    group = "Start-up"
    unit = "ms"

    @property
    def title(self) -> str:
        return "server: launch to the first connection accepted"

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        with bed.fresh(contender, transport, [bed.services.forward(ECHO)]) as tunnel:
            begin = time.perf_counter()
            tunnel.start_server()
            return Sample((time.perf_counter() - begin) * 1e3)


@dataclass(frozen=True)
class ClientStart(Kind):
    """From the launch of the client until it is logged in and the server has opened the port of its proxy."""

    group = "Start-up"
    unit = "ms"

    @property
    def title(self) -> str:
        return "client: launch to logged in, port of the proxy open"

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        with bed.fresh(contender, transport, [bed.services.forward(ECHO)]) as tunnel:
            tunnel.start_server()
            begin = time.perf_counter()
            tunnel.start_client()
            return Sample((time.perf_counter() - begin) * 1e3)
