"""The web site of a plugin: its visitors are the users of the plugin's proxy."""

from __future__ import annotations

from frpg.client.plugins.base import Plugin
from frpg.net.address import join
from frpg.net.stream import Stream
from frpg.proto.http1.forward import Visitor
from frpg.relay.http.front import Front
from frpg.relay.http.pages import Pages
from frpg.relay.http.site import HttpSite
from frpg.relay.target import Service


class BlankPages(Pages):
    """Answers of our own are a status and no content."""

    def body(self, status: int) -> tuple[bytes, bytes]:
        """See Pages."""
        return b"", b""


class PluginSite(HttpSite):
    """Admit what `Plugin.watch` gave, maybe under TLS. A subclass says whom requests are for."""

    def __init__(self, plugin: Plugin, pages: Pages) -> None:
        super().__init__(pages)
        self._plugin = plugin

    def visitor(self, stream: Stream) -> Visitor:
        """See HttpSite."""
        return Visitor(stream.remote_addr[0].encode("ascii", "replace"))

    def refuse(self, stream: Stream, why: str) -> None:
        """See HttpSite."""
        self._plugin.log.debug("request of user [%s] refused: %s", join(stream.remote_addr), why)

    def join(self, front: Front, work: Stream, service: Service) -> None:
        """See HttpSite."""
        self.fronts.discard(front)

        def done() -> None:
            service.connections -= 1

        self._plugin.tunnel(front.stream, work, done)
