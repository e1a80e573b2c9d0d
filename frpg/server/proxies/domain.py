"""What http, https and tcpmux have in common: routes by domain, alone or as members of a group."""

from __future__ import annotations

import re
from typing import ClassVar

from frpg.errors import FrpgError, RouteConflict
from frpg.server.groups import Group
from frpg.server.proxies.base import Proxy
from frpg.server.routes import Kind, Route

_DOMAIN = re.compile(r"(\*|(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_.])?|[0-9a-f:.]{2,45})")
_WELL_KNOWN = (80, 443)  # ports left out of addresses


class DomainProxy(Proxy):
    """Source: server spec 2, 2.2, 4."""

    KIND: ClassVar[Kind]
    _settings: object = None

    def start(self) -> str:
        """See Proxy."""
        port = self._listener_port()
        self._settings = self._make_settings()
        domains = self._domains()
        routes = [route for domain in domains for route in self._routes(_canonical(domain))]
        address = ",".join(_address(domain, port) for domain in domains)
        if not self.message.group or not routes:
            for route in routes:
                self._take(route)
            self._tell(domains)
            return address
        if len(routes) > 1:
            raise RouteConflict(reason="group params invalid")

        def found(group: Group) -> None:
            group.address = address
            self._take(routes[0], group)

        address = self._join_group(self.KIND, (routes[0], self._group_terms()), "group params invalid", found)
        self._tell(domains)
        return address

    def _tell(self, domains: list[str]) -> None:
        more = f" locations {self.message.locations[:10]}" if self.message.locations else ""
        self.log.info("%s proxy listen for host [%s]%s", self.KIND, ",".join(domains), more)

    def _listener_port(self) -> int:
        """The port of the shared listener. Raises FrpgError when the server has none."""
        raise NotImplementedError

    def _routes(self, domain: str) -> list[Route]:
        return [Route(self.KIND, domain)]

    def _make_settings(self) -> object:
        """What the shared listener must know of the routes."""
        return None

    def _group_terms(self) -> tuple[str, ...]:
        """What the members of a group must agree on, besides the route."""
        return ()

    def _take(self, route: Route, group: Group | None = None) -> None:
        try:
            self._claim(route, group, self._settings)
        except RouteConflict as error:
            raise RouteConflict(f"{route}: {error}", reason="router config conflict") from error

    def _domains(self) -> list[str]:
        """Custom domains, then the subdomain. Raises FrpgError."""
        domains = [domain for domain in self.message.custom_domains if domain]
        for domain in domains:
            self._check_domain(domain)
        if self.message.subdomain:
            domains.append(self._full_subdomain())
        return domains

    def _check_domain(self, domain: str) -> None:
        if not _DOMAIN.fullmatch(domain.lower()):
            raise FrpgError(reason=f"custom domain [{domain}] is not a host name")
        parent = self._context.config.sub_domain_host
        if parent and _canonical(domain).endswith(f".{_canonical(parent)}"):
            raise FrpgError(reason=f"custom domain [{domain}] should not belong to subdomain host [{parent}]")

    def _full_subdomain(self) -> str:
        parent, subdomain = self._context.config.sub_domain_host, self.message.subdomain
        if not parent:
            raise FrpgError(reason="subdomain is not supported because this feature is not enabled in server")
        if "." in subdomain or "*" in subdomain:
            raise FrpgError(reason="'.' and '*' are not supported in subdomain")
        if not _DOMAIN.fullmatch(subdomain.lower()):
            raise FrpgError(reason=f"subdomain [{subdomain}] is not a host name")
        return f"{subdomain}.{parent}"


def _canonical(domain: str) -> str:
    """As visitors' hosts are before they are looked up: another spelling is no other domain."""
    return domain.lower().removesuffix(".")


def _address(domain: str, port: int) -> str:
    return domain if port in _WELL_KNOWN else f"{domain}:{port}"
