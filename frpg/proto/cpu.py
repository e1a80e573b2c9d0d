"""Whether this machine does AES-GCM in hardware; it decides which cipher a client offers first."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_FLAGS = (
    {"aes", "pclmulqdq", "sse4_1", "ssse3"},  # x86
    {"aes", "pmull"},  # arm64
)
_USUALLY = {"x86_64", "amd64", "arm64", "aarch64", "s390x", "ppc64", "ppc64le"}


@lru_cache(maxsize=4)
def has_fast_aes(cpuinfo: str = "/proc/cpuinfo") -> bool:
    """Read once. Where the system does not tell, the machine's kind decides."""
    try:
        lines = Path(cpuinfo).read_text("ascii", "replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return any(needed <= set(flags.split()) for needed in _FLAGS)
    import platform  # rarely needed

    return platform.machine().lower() in _USUALLY
