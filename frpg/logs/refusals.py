"""Who was refused, and why: one line a case, the same for people, for fail2ban and for the counters."""

from __future__ import annotations

import logging

Address = tuple[str, int]

logger = logging.getLogger(__name__)


class Refusals:
    """Counts and logs the refusals of one program.

    The line is stable, `refused WHAT from IP port PORT: REASON`; conf/fail2ban/ has a filter for it.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}  # by what: a handful of words of ours

    def add(self, what: str, address: Address, reason: str) -> None:
        """`what` was asked for: login, connection, http, …; `address` is the one of who asked."""
        self.counts[what] = self.counts.get(what, 0) + 1
        if logger.isEnabledFor(logging.INFO):
            fields = {"refused": what, "ip": address[0], "port": address[1], "reason": reason}
            logger.info(
                "refused %s from %s port %d: %s", what, address[0], address[1], reason, extra={"fields": fields}
            )
