"""CPU time and memory of other processes, from the Linux kernel."""

import time
from collections.abc import Iterable
from pathlib import Path


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time that these processes have used, all their threads, summed.

    Raises:
        OSError: one of them is gone.
    """
    return sum(time.clock_gettime_ns(_clock(pid)) for pid in pids) / 1e9


def rss(pid: int) -> int:
    """Resident memory of a process in bytes.

    Raises:
        OSError: it is gone.
    """
    # smaps_rollup counts pages; the counters behind VmRSS may be off by some hundred KiB per CPU since Linux 6.2.
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"), "Rss") * 1024


def _clock(pid: int) -> int:
    # MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of the kernel: utime + stime of /proc/PID/stat, but in nanoseconds
    # and not in ticks of 10 ms.
    return (~pid << 3) | 2


def _kilobytes(text: str, key: str) -> int:
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0])
    raise OSError(f"no {key} in smaps_rollup")
