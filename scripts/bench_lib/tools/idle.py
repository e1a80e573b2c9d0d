"""Holds N connections that have each echoed 64 B once, until standard input ends: `idle PORT N SECONDS`.

SECONDS is the time allowed for opening them. Prints {"open": N} when all are there.
"""

import socket
import sys
import time

from .dialler import Dialler
from .slice import arguments, fault, many_files, say

AT_ONCE = 64


def main() -> None:
    given = arguments("port", "connections")
    many_files()
    held: list[socket.socket] = []
    dialler = Dialler(given.port, held.append)
    deadline = time.monotonic() + given.seconds
    dialled = 0
    while len(held) < given.connections:
        while dialled < min(given.connections, len(held) + AT_ONCE):
            dialler.dial()
            dialled += 1
        dialler.turn(0.5)
        if time.monotonic() > deadline:
            fault(f"only {len(held)} of {given.connections} connections within {given.seconds:.0f} s")
    say(open=len(held))
    sys.stdin.read()


if __name__ == "__main__":
    main()
