"""Holds N keep-alive visitors of a web site that have each fetched its page once, until standard input ends.

`visitors PORT N SECONDS HOST`: SECONDS is the time allowed for the visits. Prints {"open": N} when all are there, and
then a fault as soon as the server closes one.
"""

import select
import socket
import sys
import time

from .slice import fault, many_files, say

VISIT_SECONDS = 5.0
READ = 65536


def main() -> None:
    port, visitors, host = int(sys.argv[1]), int(sys.argv[2]), sys.argv[4]
    many_files()
    deadline = time.monotonic() + float(sys.argv[3])
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    held: list[socket.socket] = []
    while len(held) < visitors:
        held.append(visit(port, request))
        if time.monotonic() > deadline:
            fault(f"only {len(held)} of {visitors} visitors within {sys.argv[3]} s")
    say(open=len(held))
    hold(held)


def visit(port: int, request: bytes) -> socket.socket:
    """A connection that has carried one request and all of its answer."""
    stream = socket.create_connection(("127.0.0.1", port), timeout=VISIT_SECONDS)
    try:
        ask(stream, request)
    except BaseException:
        stream.close()
        raise
    return stream


def ask(stream: socket.socket, request: bytes) -> None:
    stream.sendall(request)
    answer = b""
    while len(answer) < (size := answer_size(answer)):
        if not (data := stream.recv(READ)):
            fault("a visitor's connection was closed")
        answer += data
    if len(answer) > size or not answer.startswith(b"HTTP/1.1 200 "):
        fault(f"a visitor was answered {answer[:60]!r}")


def answer_size(text: bytes) -> int:
    """Bytes of a whole answer by its Content-Length; more than there are while its header is not complete."""
    head, end, _ = text.partition(b"\r\n\r\n")
    if not end:
        return len(text) + 1
    fields = dict(line.partition(b":")[::2] for line in head.lower().split(b"\r\n"))
    if b"content-length" not in fields:
        fault(f"an answer without Content-Length: {head[:60]!r}")
    return len(head) + len(end) + int(fields[b"content-length"])


def hold(streams: list[socket.socket]) -> None:
    """Return when standard input ends."""
    poll = select.poll()
    for stream in streams:
        poll.register(stream, select.POLLIN)
    poll.register(sys.stdin, select.POLLIN)
    if any(descriptor != sys.stdin.fileno() for descriptor, _ in poll.poll()):
        fault("an idle visitor was closed")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        fault(f"a visitor: {error}")
