"""Round trips of 64 B on N connections at once, one in flight on each: `pingpong PORT N SECONDS PIDS...`."""

import select
import socket
import time

from .slice import Slice, arguments, fault

MESSAGE = b"p" * 64
SET_UP_SECONDS = 10.0


def main() -> None:
    given = arguments("port", "connections")
    streams = [connect(given.port) for _ in range(given.connections)]
    poll = select.epoll()
    for stream in streams:
        poll.register(stream, select.EPOLLIN)
    run(poll, {stream.fileno(): stream for stream in streams}, Slice(given.seconds, given.pids))


def connect(port: int) -> socket.socket:
    """A connection that has carried one message there and back."""
    try:
        stream = socket.create_connection(("127.0.0.1", port), timeout=SET_UP_SECONDS)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.sendall(MESSAGE)
        if len(stream.recv(len(MESSAGE), socket.MSG_WAITALL)) < len(MESSAGE):
            fault("a new connection was closed")
    except OSError as error:
        fault(f"a new connection: {error}")
    stream.settimeout(None)
    return stream


def run(poll: select.epoll, streams: dict[int, socket.socket], measured: Slice) -> None:
    clock, end, size = time.perf_counter, measured.end, len(MESSAGE)
    calls = {descriptor: (stream.recv, stream.send) for descriptor, stream in streams.items()}
    missing = dict.fromkeys(streams, size)
    count = 0
    for descriptor in streams:
        calls[descriptor][1](MESSAGE)
    while (now := clock()) < end:
        for descriptor, _ in poll.poll(end - now):
            receive, send = calls[descriptor]
            got = len(receive(size))
            if got == missing[descriptor]:
                send(MESSAGE)
                count += 1
                missing[descriptor] = size
            elif got:
                missing[descriptor] -= got
            else:
                fault(f"a connection was closed after {count} round trips")
    measured.report(count)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        fault(str(error))
