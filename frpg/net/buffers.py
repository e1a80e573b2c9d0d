"""Read buffers, shared by all connections: an idle connection owns none."""

from __future__ import annotations

READ_SIZE = 262144  # bytes; measured best for both plain and TLS bulk

_pool: list[memoryview] = []


def take_buffer() -> memoryview:
    """A buffer of READ_SIZE bytes for the length of one callback."""
    try:
        return _pool.pop()
    except IndexError:  # several threads may have a hub each, so no look before the leap
        return memoryview(bytearray(READ_SIZE))


def give_back(buffer: memoryview) -> None:
    """Return what `take_buffer` gave; no view of it may live on."""
    _pool.append(buffer)
