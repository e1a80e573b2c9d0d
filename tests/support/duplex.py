"""Seeded random streams through a tunnel in both directions at once, read slowly and cut at random."""

import hashlib
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import gevent

from tests.support.services import Backlog
from tests.support.users import connect

PATIENCE = 60.0  # seconds for one whole exchange


def stream(seed: int, size: int) -> Iterator[bytes]:
    """Pieces of random length that join to `size` bytes; some compress well, some do not."""
    chance = random.Random(seed)
    while size:
        length = min(size, chance.choice((1, 7, 100, 1500, 4096, 16384, 65536, 100_000)))
        piece = chance.randbytes(length) if chance.random() < 0.7 else bytes([chance.randrange(256)]) * length
        yield piece
        size -= length


def digest(seed: int, size: int) -> str:
    whole = hashlib.sha256()
    for piece in stream(seed, size):
        whole.update(piece)
    return whole.hexdigest()


@dataclass
class Receipt:
    """What one side got."""

    size: int
    digest: str


def talk(connection: socket.socket, send_seed: int, send_size: int, receive_size: int) -> Receipt:
    """Send one stream while receiving another; returns when both are complete or the peer has ended."""
    sender = gevent.spawn(_send, connection, send_seed, send_size)
    try:
        receipt = _receive(connection, random.Random(send_seed + 1000), receive_size)
        sender.get(timeout=PATIENCE)
    finally:
        sender.kill()
    return receipt


def _send(connection: socket.socket, seed: int, size: int) -> None:
    for piece in stream(seed, size):
        connection.sendall(piece)


def _receive(connection: socket.socket, chance: random.Random, size: int) -> Receipt:
    """Read in portions of random size, with rests that let the buffers on the way fill up."""
    whole, received = hashlib.sha256(), 0
    while received < size:
        data = connection.recv(min(size - received, chance.choice((1, 100, 5000, 65536, 262_144))))
        if not data:
            break
        whole.update(data)
        received += len(data)
        gevent.sleep(chance.choice((0, 0, 0, 0, 0.001, 0.004)))
    return Receipt(received, whole.hexdigest())


def exchange(port: int, service: Backlog, *, seed: int, size: int) -> tuple[Receipt, Receipt]:
    """A user at `port` and the service behind it send each other `size` bytes; returns (user's, service's) receipts.

    The user's stream has `seed`, the service's `seed + 1`.
    """
    with connect(port) as user, service.accept() as served:
        user.settimeout(PATIENCE)
        served.settimeout(PATIENCE)
        answer = gevent.spawn(talk, served, seed + 1, size, size)
        try:
            got = talk(user, seed, size, size)
            return got, answer.get(timeout=PATIENCE)
        finally:
            answer.kill()


def expected(seed: int, size: int) -> tuple[Receipt, Receipt]:
    """What a faithful tunnel makes of `exchange`."""
    return Receipt(size, digest(seed + 1, size)), Receipt(size, digest(seed, size))
