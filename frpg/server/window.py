"""The place of the dashboard in the server: empty, or with the one that the configuration asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from frpg.config.server import ServerConfig
from frpg.server.reload import Step

if TYPE_CHECKING:
    from frpg.server.web.dashboard import Dashboard

MakeDashboard = Callable[[ServerConfig, "Dashboard | None"], "Dashboard"]


class Window:
    """Owns the dashboard.

    Args:
        make: for a configuration with a web port, taking over from the present dashboard, if any. Raises ConfigError.
    """

    def __init__(self, make: MakeDashboard) -> None:
        self._make = make
        self.dashboard: Dashboard | None = None

    def prepare(self, config: ServerConfig) -> Step:
        """See Part. The dashboard is always made anew: its certificate may have changed, whatever its options say."""
        new = self._make(config, self.dashboard) if config.web_server.port else None

        def commit() -> None:
            old, self.dashboard = self.dashboard, new
            if old is not None:
                old.retire(new)
            if new is not None:
                new.start()

        return Step(commit, new.abandon if new is not None else lambda: None)

    def close(self) -> None:
        """Idempotent, does not yield."""
        if self.dashboard is not None:
            self.dashboard.close()
