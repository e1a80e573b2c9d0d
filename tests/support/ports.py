"""Ports for programs that want a number in their configuration file."""

import itertools
import os
import socket

# Below the range from which Linux takes ports of outgoing connections, so that none of those is in the way.
# FRPG_TEST_PORTS gives one of several runs at a time a part of them.
FIRST, LAST = map(int, os.environ.get("FRPG_TEST_PORTS", "10240-32000").split("-"))
_candidates = itertools.cycle(range(FIRST, LAST))
for _ in range(os.getpid() * 97 % (LAST - FIRST)):  # two test runs at a time start at different places
    next(_candidates)


def free_port() -> int:
    """A port that nobody holds at this moment, in TCP and in UDP, and that this process has not given out lately."""
    return next(port for port in _candidates if is_free(port))


def free_ports(count: int) -> list[int]:
    """`count` free ports in a row."""
    while True:
        first = free_port()
        following = range(first + 1, first + count)
        if all(is_free(port) for port in following):
            for _ in following:
                next(_candidates)
            return [first, *following]


def is_free(port: int) -> bool:
    return all(_can_bind(kind, port) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))


def _can_bind(kind: socket.SocketKind, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
