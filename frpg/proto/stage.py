"""A stage: one transformation of a byte stream, such as a cipher, with the state of both of its directions."""

from __future__ import annotations

from typing import Protocol, TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview


class Stage(Protocol):
    """Belongs to one stream. Every byte that goes in comes out as soon as it can."""

    def encode(self, data: Buffer) -> bytes:
        """Plaintext to wire. `data` may be reused by the caller afterwards."""

    def decode(self, data: Buffer) -> bytes:
        """Wire, cut anywhere, to plaintext; b"" when more is needed. Raises ProtocolError."""
