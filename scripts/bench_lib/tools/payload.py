"""The bytes that a bulk transfer repeats."""

import random

CHUNK = 1 << 20


def payload(kind: str) -> bytes:
    """1 MiB that does not shrink, or of log lines that snappy shrinks to 0.4."""
    dice = random.Random(1)
    if kind == "random":
        return dice.randbytes(CHUNK)
    lines = []
    size = 0
    while size < CHUNK:
        address = f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(256)}"
        path = f"/api/v1/items/{dice.randrange(10**6)}?page={dice.randrange(99)}"
        lines.append(
            f'{address} - - "GET {path} HTTP/1.1" {dice.choice((200, 200, 304, 404))} {dice.randrange(10**5)}\n'
        )
        size += len(lines[-1])
    return "".join(lines).encode()[:CHUNK]
