"""Bulk transfers, with our own source and sink and with iperf3."""

import json
import math
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from ..bed import Bed
from ..contenders import Contender
from ..errors import ContenderFailed
from ..plans import Feature
from ..ports import HOST
from ..processes import Process, answer, tool
from ..sample import Sample
from ..services import BULK
from ..transports import Transport
from ..tunnel import Tunnel
from .base import Kind, per_gigabyte

READY_SECONDS = 10.0
END_SECONDS = 2.0  # for the iperf3 server to end after its client
GRACE_SECONDS = 20.0  # for a tool to start and end, beside its slice


@dataclass(frozen=True)
class Bulk(Kind):
    """As many bytes as go through, from a source that copies once to a sink that copies nothing."""

    streams: int
    is_upload: bool = False
    stage: str = ""  # "", "encryption", "compression" or "both"
    group = "Bulk"
    unit = "GB/s"
    cpu_unit = "s/GB"

    @property
    def title(self) -> str:
        way = "upload" if self.is_upload else "download"
        stage = {
            "": "",
            "both": ", encrypted and compressed",
            "encryption": ", encrypted",
            "compression": ", compressed",
        }
        return f"{way}, {self.streams} stream{'s' * (self.streams > 1)}{stage[self.stage]}"

    @property
    def feature(self) -> Feature:
        return Feature.STAGES if self.stage else Feature.PORTS

    @property
    def payload(self) -> str:
        return "text" if self.stage in ("compression", "both") else "random"

    @property
    def forward(self) -> str:
        """Name of the proxy that the user connects to."""
        return f"{BULK}-{self.stage}" if self.stage else BULK

    def way(self, bed: Bed) -> tuple[str | int, ...]:
        """Options for the user's tool: how it gets from there to the service."""
        return ()

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        tunnel = bed.tunnel(contender, transport, self.routes)
        # The service listens, the user connects; in a download the service is the source.
        service, user = ("sink", "source") if self.is_upload else ("source", "sink")
        common = (self.streams, self.payload, bed.seconds, *tunnel.pids)
        with tool("bulk", service, "listen", bed.services.ports[BULK], *common) as listening:
            answer(listening, READY_SECONDS)
            with tool("bulk", *self.way(bed), user, "connect", tunnel.ports[self.forward], *common) as connecting:
                sink = listening if self.is_upload else connecting
                found = answer(sink, bed.seconds + GRACE_SECONDS)
        return per_gigabyte(found["count"], found["seconds"], found["cpu"])


@dataclass(frozen=True)
class Iperf(Kind):
    """What iperf3 says. Its own two ends take a good part of the cores, so the tunnel gets less of them."""

    streams: int
    group = "Bulk"
    unit = "GB/s"
    cpu_unit = "s/GB"

    @property
    def title(self) -> str:
        return f"iperf3 upload, {self.streams} stream{'s' * (self.streams > 1)}"

    def missing(self) -> str:
        return "" if shutil.which("iperf3") else "iperf3"

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        tunnel = bed.tunnel(contender, transport)
        local = str(bed.services.ports[BULK])
        # One server for each slice: a slice that went wrong leaves nothing to the next one.
        command = ["iperf3", "-s", "-1", "--forceflush", "-B", HOST, "-p", local]
        with Process("iperf3 server", command, log=None) as server:
            deadline = time.monotonic() + READY_SECONDS
            while "listening" not in server.line(deadline):
                pass
            before = tunnel.cpu()
            found = self._run_client(tunnel, bed.seconds)
            cpu = tunnel.cpu() - before
            server.wait(END_SECONDS)
        return per_gigabyte(int(found["bytes"]), found["seconds"], cpu)

    def _run_client(self, tunnel: Tunnel, seconds: float) -> dict[str, Any]:
        whole = math.ceil(seconds)  # iperf3 takes no fractions
        port = str(tunnel.ports[BULK])
        command = ["iperf3", "-c", HOST, "-p", port, "-J", "-t", str(whole), "-P", str(self.streams)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=whole + GRACE_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise ContenderFailed(f"iperf3 did not end within {whole + GRACE_SECONDS:.0f} s") from None
        return received(done.stdout)


def received(text: str) -> dict[str, Any]:
    """What the receiver of an iperf3 run reports: bytes and seconds.

    Raises:
        ContenderFailed: iperf3 reports an error.
    """
    try:
        found = json.loads(text)
        if "error" in found:
            raise ContenderFailed(f"iperf3: {found['error']}")
        total: dict[str, Any] = found["end"]["sum_received"]
    except (ValueError, KeyError):
        raise ContenderFailed(f"iperf3 printed no result: {text[-200:]!r}") from None
    return total
