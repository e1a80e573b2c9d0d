"""static_file: a folder of this machine as a web site, to be read only."""

from __future__ import annotations

from pathlib import Path

from frpg.client.plugins.base import Plugin, PluginContext, Rest
from frpg.client.plugins.static_file.site import FileSite
from frpg.config.plugins import StaticFilePlugin
from frpg.net.stream import Stream
from frpg.proto.messages import StartWorkConn
from frpg.relay.http.settings import Credentials


class StaticFile(Plugin):
    """Everybody reads what the user of this process can read in the folder."""

    def __init__(self, config: StaticFilePlugin, context: PluginContext) -> None:
        super().__init__(context)
        if not Path(config.local_path).is_dir():  # it may come later
            self.log.warning("localPath [%s] is not a folder", config.local_path)
        prefix = config.strip_prefix.strip("/")
        wanted = Credentials(config.http_user, config.http_password)
        self._site = FileSite(self, config.local_path, f"/{prefix}/".encode() if prefix else b"/", wanted)

    def handle(self, user: Stream, start: StartWorkConn) -> Rest | None:
        """See Plugin."""
        self._site.admit(self.watch(user, start))
        return None

    def close(self) -> None:
        """See Plugin."""
        self._site.retire()
