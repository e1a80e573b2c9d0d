"""wrk: running it, and reading what it prints."""

import math
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import ContenderFailed
from .ports import HOST

CONNECTIONS = 50
GRACE_SECONDS = 20.0
CLOSE = {"Connection": "close"}  # header of a visitor that wants one answer only
_DONE = re.compile(r"^\s*(\d+) requests in ([\d.]+)(us|ms|s|m),", re.MULTILINE)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_ERRORS = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")


@dataclass(frozen=True)
class Wrk:
    """What wrk has printed."""

    requests: int
    seconds: float
    errors: int  # of sockets
    bad: int  # answers of another status


def is_there() -> bool:
    return bool(shutil.which("wrk"))


def run(port: int, seconds: float, path: str = "/", headers: Mapping[str, str] | None = None) -> Wrk:
    """Request one page on 50 connections.

    Raises:
        ContenderFailed: no request came through, or an answer had another status.
    """
    whole = math.ceil(seconds)  # wrk takes no fractions
    options = [option for name, value in (headers or {}).items() for option in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{whole}s", *options, f"http://{HOST}:{port}{path}"]
    found = parse(_output(command, whole))
    if not found.requests or found.bad:
        raise ContenderFailed(f"wrk: {found.requests} requests, {found.bad} bad answers")
    return found


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


def _output(command: list[str], seconds: int) -> str:
    limit = seconds + GRACE_SECONDS
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True).stdout
    except subprocess.TimeoutExpired:
        raise ContenderFailed(f"wrk did not end within {limit:.0f} s") from None
    except subprocess.CalledProcessError as error:
        raise ContenderFailed(f"wrk: {(error.stderr or error.stdout)[-200:]}") from None
