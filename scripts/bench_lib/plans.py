"""What a tunnel is to carry, in words that every contender can turn into its own configuration."""

from dataclasses import dataclass
from enum import Enum, auto

from .transports import Transport


class Feature(Enum):
    """What a row or a proxy needs that not every contender has."""

    PORTS = auto()  # TCP and UDP by port
    STAGES = auto()  # encryption or compression of a proxy
    WEB = auto()  # HTTP by host name
    DASHBOARD = auto()  # a web port that tells what goes on
    PLUGINS = auto()  # the client answers by itself
    ROUTES = auto()  # HTTP by thousands of host names and locations, registered by the client


@dataclass(frozen=True)
class Forward:
    """One proxy of a tunnel."""

    name: str
    protocol: str  # "tcp", "udp" or "http"
    local_port: int  # of the service
    remote_port: int  # that users connect to; of "http", the one port of all virtual hosts
    encryption: bool = False
    compression: bool = False
    domain: str = ""  # of "http"
    locations: tuple[str, ...] = ()  # of "http"; none means every path
    plugin: tuple[tuple[str, str], ...] = ()  # its options, with its type; then the local port counts for nothing

    @property
    def feature(self) -> Feature:
        if self.protocol == "http":
            return Feature.WEB
        if self.plugin:
            return Feature.PLUGINS
        return Feature.STAGES if self.encryption or self.compression else Feature.PORTS

    @property
    def path(self) -> str:
        """A path that the location in the middle leads to."""
        return self.locations[len(self.locations) // 2] if self.locations else "/"


@dataclass(frozen=True)
class Plugins:
    """Proxies without a service, one for each plugin that is measured, in a tunnel of their own."""


PLUGINS = Plugins()


@dataclass(frozen=True)
class Plan:
    """A tunnel to set up: a server, a client and its proxies."""

    bind_port: int
    transport: Transport
    forwards: tuple[Forward, ...]
    dashboard_port: int = 0  # of the server; 0: without one

    @property
    def sites(self) -> tuple[Forward, ...]:
        """The virtual hosts."""
        return tuple(forward for forward in self.forwards if forward.protocol == "http")

    @property
    def web_port(self) -> int:
        """The port of the virtual hosts, 0 without any."""
        return self.sites[0].remote_port if self.sites else 0


@dataclass(frozen=True)
class Routes:
    """So many virtual hosts with so many locations each."""

    domains: int
    locations: int = 0  # 0: every path, without naming any

    def __str__(self) -> str:
        return f"{self.domains} x {max(1, self.locations)} domains x locations"

    def sites(self, local_port: int, web_port: int) -> tuple[Forward, ...]:
        """One proxy for each domain, all to one web service."""
        locations = tuple(f"/part-{number:02}/" for number in range(self.locations))
        return tuple(
            Forward(domain, "http", local_port, web_port, domain=domain, locations=locations)
            for domain in map(_domain, range(self.domains))
        )

    @property
    def middle(self) -> str:
        """The name of the site in the middle, which is also its domain."""
        return _domain(self.domains // 2)


ONE_SITE = Routes(1)


def _domain(number: int) -> str:
    return f"site-{number}.example"
