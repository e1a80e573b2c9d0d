"""How a proxy or a visitor is doing."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """The words that frp's status page shows."""

    NEW = "new"
    WAIT_START = "wait start"
    START_ERROR = "start error"
    RUNNING = "running"
    CHECK_FAILED = "check failed"
    CLOSED = "closed"
