"""Echo service on one port of 127.0.0.1: `echo SOCK_STREAM` or `echo SOCK_DGRAM`; runs until it is ended."""

import contextlib
import select
import socket
import sys

from .slice import many_files, say

BACKLOG = 1024
ACCEPTS = 16  # per event
PACKET = 65536


def main() -> None:
    many_files()
    kind = socket.SocketKind[sys.argv[1]]
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            sock.listen(BACKLOG)
        say(port=sock.getsockname()[1])
        (serve_stream if kind == socket.SOCK_STREAM else serve_datagrams)(sock)


def serve_datagrams(sock: socket.socket) -> None:
    buffer = memoryview(bytearray(PACKET))
    receive, send = sock.recvfrom_into, sock.sendto
    while True:
        size, address = receive(buffer)
        with contextlib.suppress(OSError):  # the sender is gone, or our buffer is full: a datagram may be lost
            send(buffer[:size], address)


def serve_stream(listener: socket.socket) -> None:
    listener.setblocking(False)
    streams: dict[int, socket.socket] = {}
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            stream = streams.get(descriptor)
            if stream is None:
                accept(listener, poll, streams)
            elif not echo(stream):
                del streams[descriptor]
                stream.close()  # epoll forgets it


def accept(listener: socket.socket, poll: select.epoll, streams: dict[int, socket.socket]) -> None:
    with contextlib.suppress(BlockingIOError):
        for _ in range(ACCEPTS):
            stream, _address = listener.accept()
            stream.setblocking(True)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            streams[stream.fileno()] = stream
            poll.register(stream, select.EPOLLIN)


def echo(stream: socket.socket) -> bool:
    """Send back what has come; False when the stream has ended."""
    try:
        data = stream.recv(PACKET)
        stream.sendall(data)
    except OSError:
        return False
    return bool(data)


if __name__ == "__main__":
    main()
