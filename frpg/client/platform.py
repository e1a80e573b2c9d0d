"""The operating system and processor, in the names Go has for them: servers show these of every client."""

from __future__ import annotations

import os
import sys

_SYSTEMS = {"win32": "windows", "cygwin": "windows", "sunos5": "solaris"}
_MACHINES = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "i386": "386",
    "i486": "386",
    "i586": "386",
    "i686": "386",
    "x86": "386",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv5tel": "arm",
    "armv6l": "arm",
    "armv7l": "arm",
    "armv8l": "arm",
    "loongarch64": "loong64",
    "mips": "mips",
    "mips64": "mips64",
    "ppc64": "ppc64",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}


def go_os(platform: str = sys.platform) -> str:
    """`linux`, `darwin`, `windows`, `freebsd` …"""
    return _SYSTEMS.get(platform, platform.rstrip("0123456789"))


def go_arch(machine: str | None = None) -> str:
    """`amd64`, `arm64`, `386` …; what Go has no name for stays as the system calls it."""
    if machine is None:
        machine = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    return _MACHINES.get(machine.lower(), machine.lower())
