"""unix_domain_socket: users of a Unix socket of this machine, such as that of a container engine."""

from __future__ import annotations

from functools import partial

from frpg.client.plugins.base import Plugin, PluginContext, Rest
from frpg.config.plugins import UnixDomainSocketPlugin
from frpg.net.failure import describe
from frpg.net.stream import Stream
from frpg.net.unix import connect_unix, dial_unix
from frpg.proto.messages import StartWorkConn

DIAL_TIMEOUT = 10.0  # seconds


class UnixDomainSocket(Plugin):
    """Connects for each user, and leaves the rest to the relay."""

    def __init__(self, config: UnixDomainSocketPlugin, context: PluginContext) -> None:
        super().__init__(context)
        self._path = config.unix_path

    def handle(self, user: Stream, start: StartWorkConn) -> Rest | None:
        """See Plugin."""
        try:
            local = connect_unix(self._path)
        except (OSError, ValueError) as error:  # a NUL in the path is a ValueError
            self._give_up(user, error)
            return None
        if local is None:
            return partial(self._wait, user, start)
        self._join(user, local, start)
        return None

    def _wait(self, user: Stream, start: StartWorkConn) -> None:
        """In a greenlet: until the service takes more connections."""
        try:
            local = dial_unix(self._path, timeout=DIAL_TIMEOUT)
        except OSError as error:
            self._give_up(user, error)
        else:
            self._join(user, local, start)

    def _give_up(self, user: Stream, error: Exception) -> None:
        user.close()
        self.log.warning("dial to uds %s error: %s", self._path, describe(error))

    def _join(self, user: Stream, local: Stream, start: StartWorkConn) -> None:
        self.introduce(local, start)
        self.join(user, local)
