"""One end of a bulk transfer: `bulk source|sink listen|connect PORT STREAMS PAYLOAD SECONDS PIDS...`.

With `--by http` or `--by socks5`, and `--to`, the connecting end finds a forward proxy at PORT, and asks for that port.

The listening end prints {"listening": true}, then the sink prints its result: bytes received within SECONDS, after a
warm-up. A source sends PAYLOAD ("random" or "text") until its connections end.
"""

import argparse
import contextlib
import select
import socket
import time

from .payload import CHUNK, payload
from .slice import Slice, fault, say

WARM_UP = 0.2  # seconds
SET_UP_SECONDS = 10.0
_OPEN = b"HTTP/1.1 200 OK\r\n\r\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("source", "sink"))
    parser.add_argument("how", choices=("listen", "connect"))
    parser.add_argument("port", type=int)
    parser.add_argument("streams", type=int)
    parser.add_argument("payload", choices=("random", "text"))
    parser.add_argument("seconds", type=float)
    parser.add_argument("pids", type=int, nargs="*")
    parser.add_argument("--by", choices=tuple(_ASKING))
    parser.add_argument("--to", type=int)
    given = parser.parse_args()
    data = payload(given.payload) if given.role == "source" else b""
    streams = (listen if given.how == "listen" else connect)(given.port, given.streams)
    if given.by:
        for stream in streams:
            _ASKING[given.by](stream, given.to)
    if given.role == "source":
        source(streams, data)
    else:
        sink(streams, given.seconds, given.pids)


def listen(port: int, count: int) -> list[socket.socket]:
    with socket.create_server(("127.0.0.1", port), backlog=count + 8) as listener:
        say(listening=True)
        listener.settimeout(SET_UP_SECONDS)
        try:
            return [listener.accept()[0] for _ in range(count)]
        except TimeoutError:
            fault("fewer connections came out of the tunnel than went in")


def connect(port: int, count: int) -> list[socket.socket]:
    try:
        return [socket.create_connection(("127.0.0.1", port), timeout=SET_UP_SECONDS) for _ in range(count)]
    except OSError as error:
        fault(f"a new connection: {error}")


def ask_http(stream: socket.socket, port: int) -> None:
    stream.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % port)
    if (got := stream.recv(len(_OPEN), socket.MSG_WAITALL)) != _OPEN:
        fault(f"the proxy answered {got!r}")


def ask_socks5(stream: socket.socket, port: int) -> None:
    stream.sendall(b"\x05\x01\x00")
    chosen = stream.recv(2, socket.MSG_WAITALL)
    stream.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + port.to_bytes(2, "big"))
    if (got := chosen + stream.recv(10, socket.MSG_WAITALL))[:4] != b"\x05\x00\x05\x00":
        fault(f"the proxy answered {got!r}")


def source(streams: list[socket.socket], data: bytes) -> None:
    poll, by_descriptor = _watch(streams, select.EPOLLOUT)
    with contextlib.suppress(OSError):  # the sink has closed: the slice is over
        while True:
            for descriptor, _ in poll.poll():
                by_descriptor[descriptor].send(data)


def sink(streams: list[socket.socket], seconds: float, pids: list[int]) -> None:
    poll, by_descriptor = _watch(streams, select.EPOLLIN)
    take(poll, by_descriptor, time.perf_counter() + WARM_UP)
    measured = Slice(seconds, pids)
    measured.report(take(poll, by_descriptor, measured.end))


def take(poll: select.epoll, by_descriptor: dict[int, socket.socket], end: float) -> int:
    """Receive until time.perf_counter() is `end`; returns how many bytes."""
    buffer = bytearray(CHUNK)
    total = 0
    while (now := time.perf_counter()) < end:
        for descriptor, _ in poll.poll(end - now):
            # MSG_TRUNC: TCP drops the bytes without copying them, so that the tool leaves the cores to the tunnel.
            if not (got := by_descriptor[descriptor].recv_into(buffer, CHUNK, socket.MSG_TRUNC)):
                fault("a stream ended early")
            total += got
    return total


def _watch(streams: list[socket.socket], event: int) -> tuple[select.epoll, dict[int, socket.socket]]:
    poll = select.epoll()
    for stream in streams:
        stream.setblocking(False)
        poll.register(stream, event)
    return poll, {stream.fileno(): stream for stream in streams}


_ASKING = {"http": ask_http, "socks5": ask_socks5}

if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        fault(str(error))
