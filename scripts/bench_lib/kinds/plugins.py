"""What the client answers by itself: files over HTTP, and connections that a forward proxy opens."""

from dataclasses import dataclass, field

from .. import nginx, web, wrk
from ..bed import Bed
from ..contenders import Contender
from ..errors import ContenderFailed
from ..plans import PLUGINS, Feature, Plugins
from ..ports import HOST
from ..sample import Sample
from ..services import BULK, HTTP_PROXY, SOCKS5, STATIC
from ..transports import Transport
from .base import Kind
from .bulk import Bulk
from .http import web_missing

GROUP = "Client plugins"
_BY = {HTTP_PROXY: "http", SOCKS5: "socks5"}


@dataclass(frozen=True)
class StaticFiles(Kind):
    """One file of a folder, on connections that stay or one for each request; any error fails the slice."""

    closes: bool = False
    routes: Plugins = PLUGINS
    group = GROUP
    unit = "req/s"
    cpu_unit = "us/req"

    @property
    def feature(self) -> Feature:
        return Feature.PLUGINS

    @property
    def title(self) -> str:
        way = "Connection: close" if self.closes else "keep-alive"
        return f"wrk to static_file, {nginx.LARGE // 1024} KiB file, {way}, {wrk.CONNECTIONS} at once"

    def missing(self) -> str:
        return web_missing()

    def measure(self, bed: Bed, contender: Contender, transport: Transport) -> Sample:
        tunnel = bed.tunnel(contender, transport, self.routes)
        port = tunnel.ports[STATIC]
        if (size := len(web.fetch(port, HOST, nginx.LARGE_PATH))) != nginx.LARGE:
            raise ContenderFailed(f"{nginx.LARGE_PATH}: {size} bytes, not {nginx.LARGE}")
        before = tunnel.cpu()
        found = wrk.run(port, bed.seconds, nginx.LARGE_PATH, wrk.CLOSE if self.closes else None)
        cpu = tunnel.cpu() - before
        if found.errors:
            raise ContenderFailed(f"wrk: {found.errors} socket errors beside {found.requests} requests")
        return Sample(found.requests / found.seconds, cpu / found.requests * 1e6)


@dataclass(frozen=True)
class PluginBulk(Bulk):
    """A download through a forward proxy, which is a plain relay once it has opened the connection."""

    plugin: str = field(kw_only=True)
    routes: Plugins = PLUGINS
    group = GROUP
    base = "download-1"

    @property
    def title(self) -> str:
        return f"{super().title} through {self.plugin}"

    @property
    def feature(self) -> Feature:
        return Feature.PLUGINS

    @property
    def forward(self) -> str:
        return self.plugin

    def way(self, bed: Bed) -> tuple[str | int, ...]:
        return "--by", _BY[self.plugin], "--to", bed.services.ports[BULK]
