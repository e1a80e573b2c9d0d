"""New connections, each with one echo of 64 B, N at once: `connect PORT N SECONDS PIDS...`."""

import socket

from .dialler import Dialler
from .slice import Slice, arguments

WARM_UP = 0.1  # seconds


class Churn:
    """Closes each connection after its echo and opens the next one."""

    def __init__(self, port: int) -> None:
        self.count = 0
        self.dialler = Dialler(port, self._next)

    def _next(self, stream: socket.socket) -> None:
        self.count += 1
        stream.close()
        self.dialler.dial()


def main() -> None:
    given = arguments("port", "at_once")
    churn = Churn(given.port)
    for _ in range(given.at_once):
        churn.dialler.dial()
    churn.dialler.turn_until(Slice(WARM_UP, []).end)
    churn.count = 0
    measured = Slice(given.seconds, given.pids)
    churn.dialler.turn_until(measured.end)
    measured.report(churn.count)
    churn.dialler.close()


if __name__ == "__main__":
    main()
