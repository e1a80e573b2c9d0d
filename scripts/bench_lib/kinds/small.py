"""Small messages: ping-pong, new connections, datagrams."""

from dataclasses import dataclass
from typing import Any

from ..bed import Bed
from ..contenders import Contender
from ..processes import answer, tool
from ..sample import Sample
from ..services import ECHO, UDP
from ..transports import Transport
from .base import Kind, per_second

GRACE_SECONDS = 20.0  # for a tool to start, to set up its connections and to end, beside its slice


@dataclass(frozen=True)
class PingPong(Kind):
    """64 B there and back, one message in flight on each connection."""

    connections: int
    group = "Ping-pong"
    unit = "rt/s"
    cpu_unit = "us/rt"

    @property
    def title(self) -> str:
        return f"64 B ping-pong, {self.connections} connection{'s' * (self.connections > 1)}"

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        return per_second(_run(bed, contender, transport, "pingpong", ECHO, self.connections))


@dataclass(frozen=True)
class NewConnections(Kind):
    """Connect, 64 B there and back, close; the next one at once."""

    at_once: int
    group = "Connections and requests"
    unit = "conn/s"
    cpu_unit = "us/conn"

    @property
    def title(self) -> str:
        return f"new connections with a 64 B echo, {self.at_once} at once"

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        return per_second(_run(bed, contender, transport, "connect", ECHO, self.at_once))


@dataclass(frozen=True)
class Datagrams(Kind):
    """UDP there and back, 8 sockets with 16 in flight on each."""

    size: int  # bytes
    group = "UDP"
    unit = "rt/s"
    cpu_unit = "us/rt"

    @property
    def title(self) -> str:
        return f"datagrams of {self.size} B, 8 sockets with 16 in flight"

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        return per_second(_run(bed, contender, transport, "udp", UDP, self.size))


def _run(
    bed: Bed, contender: Contender, transport: Transport, name: str, forward: str, argument: int
) -> dict[str, Any]:
    tunnel = bed.tunnel(contender, transport)
    with tool(name, tunnel.ports[forward], argument, bed.seconds, *tunnel.pids) as process:
        return answer(process, bed.seconds + GRACE_SECONDS)
