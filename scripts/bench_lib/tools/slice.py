"""The measured part of a tool's life: its wall clock, and the CPU time of the processes that it watches."""

import argparse
import json
import resource
import sys
import time
from typing import NoReturn

from ..cpu import cpu_seconds


class Slice:
    """Starts when it is made."""

    def __init__(self, seconds: float, pids: list[int]) -> None:
        self._pids = pids
        self._cpu = cpu_seconds(pids)
        self._begin = time.perf_counter()
        self.end = self._begin + seconds  # of time.perf_counter()

    def report(self, count: int, **more: float) -> None:
        """Print the result of the slice, which ends now; `count` is what the tool counts (bytes, round trips...)."""
        seconds = time.perf_counter() - self._begin
        cpu = cpu_seconds(self._pids) - self._cpu
        say(count=count, seconds=seconds, cpu=cpu, **more)


def say(**values: object) -> None:
    """Print one JSON object as a line."""
    print(json.dumps(values), flush=True)


def fault(text: str) -> NoReturn:
    """Tell the bench that what is measured does not work, and end."""
    say(fault=text)
    sys.exit(1)


def arguments(*names: str) -> argparse.Namespace:
    """Integers by name from the command line, then `seconds` (float) and `pids` (list of int)."""
    parser = argparse.ArgumentParser()
    for name in names:
        parser.add_argument(name, type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("pids", type=int, nargs="*")
    return parser.parse_args()


def many_files() -> None:
    """Allow this process as many descriptors as it may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
