"""HTTP requests with wrk to nginx, through a tcp proxy."""

import math
import re
import shutil
import subprocess
from dataclasses import dataclass

from ..bed import Bed
from ..contenders import Contender
from ..errors import ContenderFailed
from ..ports import HOST
from ..sample import Sample
from ..services import HTTP, nginx
from ..transports import Transport
from .base import Kind

CONNECTIONS = 50
GRACE_SECONDS = 20.0
_DONE = re.compile(r"^\s*(\d+) requests in ([\d.]+)(us|ms|s|m),", re.MULTILINE)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_ERRORS = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")


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
        return f"wrk to nginx, 1 KiB page, {way}, {CONNECTIONS} at once"

    def missing(self) -> str:
        programs = {"wrk": shutil.which("wrk"), "nginx": nginx()}
        return ", ".join(name for name, path in programs.items() if not path)

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        tunnel = bed.tunnel(contender, transport)
        before = tunnel.cpu()
        text = self._run_wrk(tunnel.ports[HTTP], bed.seconds)
        cpu = tunnel.cpu() - before
        found = parse(text)
        if not found.requests or found.bad:
            raise ContenderFailed(f"wrk: {found.requests} requests, {found.bad} bad answers")
        notes = {"socket errors": float(found.errors)} if found.errors else {}
        return Sample(found.requests / found.seconds, cpu / found.requests * 1e6, notes)

    def _run_wrk(self, port: int, seconds: float) -> str:
        whole = math.ceil(seconds)  # wrk takes no fractions
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{whole}s"]
        header = ["-H", "Connection: close"] if self.closes else []
        try:
            return subprocess.run(
                [*command, *header, f"http://{HOST}:{port}/"],
                capture_output=True,
                text=True,
                timeout=whole + GRACE_SECONDS,
                check=True,
            ).stdout
        except subprocess.TimeoutExpired:
            raise ContenderFailed(f"wrk did not end within {whole + GRACE_SECONDS:.0f} s") from None
        except subprocess.CalledProcessError as error:
            raise ContenderFailed(f"wrk: {(error.stderr or error.stdout)[-200:]}") from None


@dataclass(frozen=True)
class Wrk:
    """What wrk has printed."""

    requests: int
    seconds: float
    errors: int  # of sockets
    bad: int  # answers of another status


def parse(text: str) -> Wrk:
    """Raises ContenderFailed for a text that is no result."""
    done = _DONE.search(text)
    if not done:
        raise ContenderFailed(f"wrk printed no result: {text[-200:]!r}")
    errors, bad = _ERRORS.search(text), _BAD.search(text)
    return Wrk(
        requests=int(done[1]),
        seconds=float(done[2]) * _SECONDS[done[3]],
        errors=sum(map(int, errors.groups())) if errors else 0,
        bad=int(bad[1]) if bad else 0,
    )
