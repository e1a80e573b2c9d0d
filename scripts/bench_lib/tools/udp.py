"""Round trips of datagrams on 8 sockets with 16 in flight on each: `udp PORT SIZE SECONDS PIDS...`."""

import select
import socket
import time

from .slice import Slice, arguments, fault

SOCKETS = 8
IN_FLIGHT = 16
SILENCE = 0.2  # seconds without an answer after which what a socket has in flight counts as lost
SET_UP_SECONDS = 10.0


class Flow:
    """One socket with its datagrams in flight."""

    def __init__(self, port: int, message: bytes) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.seen = 0.0  # time.perf_counter() of the last answer
        self._message = message

    def open(self) -> None:
        """Send one datagram until it is answered: the first one of a sender sets up its session."""
        self.socket.settimeout(0.5)
        end = time.perf_counter() + SET_UP_SECONDS
        while time.perf_counter() < end:
            self.socket.send(self._message)
            try:
                self.socket.recv(65536)
                break
            except TimeoutError:
                continue
        else:
            fault("no datagram was answered")
        self.socket.setblocking(False)

    def fill(self, now: float) -> None:
        self.seen = now
        for _ in range(IN_FLIGHT):
            self.socket.send(self._message)


def main() -> None:
    given = arguments("port", "size")
    message = b"u" * given.size
    flows = [Flow(given.port, message) for _ in range(SOCKETS)]
    poll = select.epoll()
    for flow in flows:
        flow.open()
        poll.register(flow.socket, select.EPOLLIN)
    run(poll, flows, message, Slice(given.seconds, given.pids))


def run(poll: select.epoll, flows: list[Flow], message: bytes, measured: Slice) -> None:
    clock = time.perf_counter
    by_descriptor = {flow.socket.fileno(): (flow, flow.socket.recv, flow.socket.send) for flow in flows}
    buffer_size = len(message) + 1
    count = lost = 0
    look = 0.0
    while (now := clock()) < measured.end:
        if now > look:
            look = now + SILENCE / 4
            for flow in flows:
                if now - flow.seen > SILENCE:
                    lost += IN_FLIGHT if flow.seen else 0
                    flow.fill(now)
        for descriptor, _ in poll.poll(SILENCE / 4):
            flow, receive, send = by_descriptor[descriptor]
            if len(receive(buffer_size)) != len(message):
                fault("an answer of another length")
            send(message)
            count += 1
            flow.seen = now
    measured.report(count, lost=lost)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        fault(str(error))
