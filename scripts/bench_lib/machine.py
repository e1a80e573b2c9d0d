"""What the figures were measured on."""

import os
import platform
import re
import subprocess
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from .contenders import Contender


def describe(found: Iterable[Contender]) -> dict[str, str]:
    """The facts of this machine and of the contenders that a reader needs beside the figures."""
    return {
        "contenders": ", ".join(f"{contender.label} {version(contender)}".strip() for contender in found),
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "CPU": cpu_model(_read("/proc/cpuinfo")) or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory_gib(_read('/proc/meminfo')):.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "congestion control": _read("/proc/sys/net/ipv4/tcp_congestion_control").strip() or "unknown",
        "Python": platform.python_version(),
        "gevent": _version("gevent"),
        "cryptography": _version("cryptography"),
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def version(contender: Contender) -> str:
    """What it says of itself, empty when that has no version in it; a broken one fails in its rows."""
    try:
        done = subprocess.run(contender.version_command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    number = re.search(r"\d+\.\d+\.\d+\S*", done.stdout + done.stderr)  # nginx writes it to the latter
    return number[0] if number else ""


def cpu_model(cpuinfo: str) -> str:
    """The model of the first processor, empty where the kernel names none."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model", "Hardware"):
            return value.strip()
    return ""


def memory_gib(meminfo: str) -> float:
    for line in meminfo.splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) / 1024**2
    return 0.0


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
