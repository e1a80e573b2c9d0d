"""TCP within one machine: congestion control that paces has nothing to do there, and costs.

Many servers run with BBR as the system's default. On loopback its timers took a sixth of the CPU of bulk and a third of
its throughput, and most local services are reached that way.
"""

from __future__ import annotations

import _socket
from contextlib import suppress

_NAME_SIZE = 16  # bytes; TCP_CA_NAME_MAX
_PREFIXES = ("127.", "::ffff:127.")

_paces: bool | None = None  # the system's default does; None: nobody looked yet


def do_not_pace(sock: _socket.socket, host: str) -> None:
    """Take Reno for a connection with `host` (numeric) when that is this machine and the system's default is BBR."""
    if _paces is False or not (host.startswith(_PREFIXES) or host == "::1"):
        return
    with suppress(OSError):  # not allowed here: it works as it is, only slower
        if _default_paces(sock):
            sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_CONGESTION, b"reno")


def _default_paces(sock: _socket.socket) -> bool:
    global _paces
    if _paces is None:
        option = getattr(_socket, "TCP_CONGESTION", None)  # Linux, FreeBSD
        name = sock.getsockopt(_socket.IPPROTO_TCP, option, _NAME_SIZE) if option is not None else b""
        _paces = name.startswith(b"bbr")
    return _paces
