"""Network failures told the way operators know them."""

from __future__ import annotations

import os


class NetError(OSError):
    """An OSError whose text is `OPERATION: reason`, as in `dial tcp 192.0.2.1:22: connect: connection refused`."""

    def __init__(self, code: int, operation: str) -> None:
        super().__init__(code, os.strerror(code))
        self.operation = operation

    def __str__(self) -> str:
        return f"{self.operation}: {_uncapitalized(self.strerror or '')}"


def describe(error: BaseException) -> str:
    """`error` in words: what the system reports comes without its number, as in `connection reset by peer`."""
    if type(error).__str__ is OSError.__str__ and isinstance(error, OSError) and error.strerror:
        reason = _uncapitalized(error.strerror)
        return f"open {error.filename}: {reason}" if error.filename else reason
    return str(error) or type(error).__name__


def _uncapitalized(text: str) -> str:
    return text[:1].lower() + text[1:]
