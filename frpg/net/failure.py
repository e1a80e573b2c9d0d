"""Network failures told the way operators know them."""

from __future__ import annotations

import os


class NetError(OSError):
    """An OSError whose text is `OPERATION: reason`, as in `dial tcp 192.0.2.1:22: connect: connection refused`."""

    def __init__(self, code: int, operation: str) -> None:
        super().__init__(code, os.strerror(code))
        self.operation = operation

    def __str__(self) -> str:
        reason = self.strerror or ""
        return f"{self.operation}: {reason[:1].lower()}{reason[1:]}"
