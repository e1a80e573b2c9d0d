"""The visitors of one session: which there are to be, and how they are doing. None can run yet."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from frpg.client.difference import difference
from frpg.client.phase import Phase
from frpg.config.supported import gaps
from frpg.config.visitors import VisitorConfig
from frpg.logs import prefixed

logger = logging.getLogger(__name__)


class Visitor:
    """One visitor, and why it does not run."""

    def __init__(self, config: VisitorConfig, run_id: str) -> None:
        self.config = config
        self.phase = Phase.START_ERROR
        self.error = "; ".join(gaps(config))
        prefixed(logger, run_id, config.name).warning("start error: %s", self.error)

    def close(self) -> None:
        """Idempotent, never blocks."""
        self.phase = Phase.CLOSED


class VisitorManager:
    """Owns its visitors."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._log = prefixed(logger, run_id)
        self._visitors: dict[str, Visitor] = {}

    def update(self, configs: Iterable[VisitorConfig]) -> None:
        """Have these run from now on; one whose configuration is the same as before is left alone. Never blocks."""
        change = difference({name: visitor.config for name, visitor in self._visitors.items()}, configs)
        for name in change.gone:
            self._visitors.pop(name).close()
        if change.gone:
            self._log.info("visitor removed: [%s]", " ".join(change.gone))
        if change.new:
            self._log.info("visitor added: [%s]", " ".join(config.name for config in change.new))
        for config in change.new:
            self._visitors[config.name] = Visitor(config, self._run_id)

    def snapshot(self) -> list[Visitor]:
        """The visitors, sorted by name."""
        return sorted(self._visitors.values(), key=lambda visitor: visitor.config.name)

    def close(self) -> None:
        """Idempotent, never blocks."""
        for visitor in self._visitors.values():
            visitor.close()
