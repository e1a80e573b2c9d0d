"""Where the server asks its plugins: an attribute for each operation, None while no plugin wants to be asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from frpg.config.server import ServerConfig
from frpg.errors import ConfigError, FrpgError
from frpg.net.stream import Address
from frpg.proto.messages import Login, NewProxy, NewWorkConn, Ping
from frpg.server.notices import Notices
from frpg.server.reload import Step
from frpg.server.upstream import Owner

if TYPE_CHECKING:
    from frpg.server.plugins.load import Made
    from frpg.server.plugins.questions import Questions

logger = logging.getLogger(__name__)


class Refused(FrpgError):
    """A plugin refuses, or cannot be asked. Reaction: the operation fails, and nobody else is tried."""


class Hooks:
    """Owns the plugins. The calls wait and raise Refused, but for `close_proxy`, which does neither."""

    login: Callable[[Login, Address], Login] | None = None
    new_proxy: Callable[[Owner, NewProxy], NewProxy] | None = None
    close_proxy: Callable[[Owner, str], None] | None = None
    ping: Callable[[Owner, Ping], Ping] | None = None
    new_work_conn: Callable[[Owner, NewWorkConn], NewWorkConn] | None = None
    new_user_conn: Callable[[Owner, str, str, Address], None] | None = None

    def __init__(self) -> None:
        self._made: Made = []
        self._notices = Notices()
        self._is_closed = False

    def prepare(self, config: ServerConfig) -> Step:
        """See Part. Yields only where a new Python plugin does while it is made."""
        if not config.http_plugins and not config.python_plugins and not self._made:
            return Step(lambda: None, lambda: None)
        from frpg.server.plugins.load import make_plugins  # its classes take a few milliseconds

        running = self._made
        made = make_plugins(config, running)
        if self._is_closed:  # while one was made
            _end(made, running)
            raise ConfigError("frps has stopped")

        return Step(lambda: self._follow(made), lambda: _end(made, running))

    def _follow(self, made: Made) -> None:
        from frpg.server.plugins.questions import Questions

        before, self._made = self._made, made
        questions = Questions([plugin for _, plugin in made])
        self.login = questions.login if questions.has("Login") else None
        self.new_proxy = questions.new_proxy if questions.has("NewProxy") else None
        self.ping = questions.ping if questions.has("Ping") else None
        self.new_work_conn = questions.new_work_conn if questions.has("NewWorkConn") else None
        self.new_user_conn = questions.new_user_conn if questions.has("NewUserConn") else None
        self._tell_of_ends(questions)
        for pair in made:
            if pair not in before:
                logger.info("plugin [%s] has been registered", pair[1].name)
        for pair in before:
            if pair not in made:
                pair[1].retire()

    def _tell_of_ends(self, questions: Questions) -> None:
        self._notices.tell = questions.close_proxy
        self.close_proxy = self._notices.add if questions.has("CloseProxy") else None

    def close(self) -> None:
        """End the plugins. Idempotent; yields only where a Python plugin does."""
        self._is_closed = True
        self._notices.close()
        for _, plugin in self._made:
            plugin.close()


def _end(made: Made, kept: Made) -> None:
    for pair in made:
        if pair not in kept:
            pair[1].close()
