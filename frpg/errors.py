"""The errors of frpg, one class per reaction."""

from __future__ import annotations

from collections.abc import Sequence


class FrpgError(Exception):
    """Root. `reason` is what the peer may read; str() is for our log and may say more."""

    reason = "internal error"

    def __init__(self, message: str = "", *, reason: str | None = None) -> None:
        super().__init__(message or reason or self.reason)
        if reason is not None:
            self.reason = reason


class ConfigError(FrpgError):
    """Reaction: refuse to start. `faults` are complete lines, one per fault, ready to print."""

    reason = "invalid configuration"

    def __init__(self, faults: str | Sequence[str]) -> None:
        self.faults: list[str] = [faults] if isinstance(faults, str) else list(faults)
        super().__init__("\n".join(self.faults))


class AuthError(FrpgError):
    """Reaction: answer with the reason, then close the connection."""

    reason = "authorization failed"


class ProtocolError(FrpgError):
    """Reaction: close this one connection; the others go on."""

    reason = "protocol error"


class RouteConflict(FrpgError):
    """Reaction: answer NewProxyResp with the reason; the control goes on."""

    reason = "already in use"


class NotSupported(FrpgError):
    """A feature of a later release was asked for. Reaction: say so loudly, never go on without it."""

    reason = "not supported yet"


def reason(error: Exception) -> str:
    """The failure in words for a peer."""
    return error.reason if isinstance(error, FrpgError) else str(error)
