"""What all types of proxies have in common on the server."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar

from frpg.config.values import Bandwidth
from frpg.errors import FrpgError
from frpg.logs import PrefixedLogger
from frpg.net.address import join
from frpg.net.staged import StagedStream
from frpg.net.stream import NO_ADDRESS, Address, Stream
from frpg.proto.messages import NewProxy
from frpg.proto.stage import Stage
from frpg.relay.counter import Counter
from frpg.relay.limit import LimitedStream, Limiter
from frpg.relay.recent import Recent
from frpg.relay.target import Service
from frpg.server.context import Context
from frpg.server.groups import Group
from frpg.server.routes import Kind, Route
from frpg.server.upstream import Upstream

Undo = list[Callable[[], object]]  # what gives back what was taken; called last first

_ASKED_ABOUT = frozenset(("tcp", "https", "tcpmux", "stcp", "sudp"))  # plugins hear of users of these types


class Proxy:
    """One registered proxy, from its NewProxy to its end. The control that registered it owns it.

    Implements Service, and Target for the routes that it has alone.

    Args:
        upstream: holder of the routes, which opens streams to the proxy's client.

    Raises FrpgError for a message that asks for what cannot be.
    """

    PORTS: ClassVar[int] = 0  # how many count towards max_ports_per_client

    def __init__(self, context: Context, upstream: Upstream, message: NewProxy, log: PrefixedLogger) -> None:
        self.name = message.proxy_name
        self.message = message
        self.is_closed = False
        self.connections = 0  # user connections at this moment
        self.traffic_in = Counter()  # bytes from users
        self.traffic_out = Counter()  # bytes to users
        self.recent = Recent()
        self.half_close = upstream.half_close
        self._context = context
        self._upstream = upstream
        self.log = log
        self._kind = message.proxy_type or "tcp"
        self._limiter = _limiter(message)
        self._undo: Undo = []  # what `close` calls

    def start(self) -> str:
        """Take the routes and listen; returns the remote address for the client. Raises FrpgError, OSError.

        After a failure `close` gives back what was taken so far.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Stop listening and free the routes; joined user connections go on. Idempotent, does not yield."""
        self.is_closed = True
        while self._undo:
            self._undo.pop()()

    def open(self, source: Address = NO_ADDRESS, destination: Address = NO_ADDRESS) -> Stream:
        """See Service."""
        ask = self._context.hooks.new_user_conn
        if ask is not None and self._kind in _ASKED_ABOUT:
            ask(self._upstream.owner, self.name, self._kind, source)
        return self._upstream.open(self.name, source, destination)

    def candidates(self) -> Sequence[Service]:
        """See Target."""
        return (self,)

    def failed(self, service: Service) -> None:
        """See Target: there is no better one."""

    def wrap(self, work: Stream) -> Stream:
        """The plaintext side of a started work connection, which it owns."""
        stages: list[Stage] = []
        if self.message.use_compression:
            from frpg.proto.snappy import Snappy

            stages.append(Snappy())
        if self.message.use_encryption:
            from frpg.proto.cfb import Cfb

            stages.append(Cfb(self._upstream.secret))
        stream = StagedStream(work, stages) if stages else work
        return LimitedStream(stream, self._limiter) if self._limiter is not None else stream

    def _claim(self, route: Route, group: Group | None = None, settings: object = None) -> None:
        """Take `route` for this proxy, or for the group that it founds. Raises RouteConflict."""
        registry = self._context.registry
        holder, target = (self._upstream, self) if group is None else (None, group)
        entry = registry.claim(route, holder, target=target, settings=settings)
        self._undo_of(group).append(lambda: registry.release(entry))

    def _undo_of(self, group: Group | None) -> Undo:
        return self._undo if group is None else group.undo

    def _join_group(self, kind: Kind, terms: Hashable, mismatch: str, found: Callable[[Group], None]) -> str:
        """Become a member of the group that the client has named; returns its address. See Groups.join."""
        name, key = self.message.group, self.message.group_key
        group = self._context.groups.join(kind, name, key, self, terms=terms, mismatch=mismatch, found=found)
        self._undo.append(lambda: group.remove(self))
        return group.address

    def _port_route(self, kind: Kind, port: int) -> Route:
        return Route(kind, join((self._context.config.proxy_bind_addr, port)))


def _limiter(message: NewProxy) -> Limiter | None:
    """The bucket that all connections of a proxy share, both directions together; None without a limit here."""
    if message.bandwidth_limit_mode != "server" or not message.bandwidth_limit:
        return None
    try:
        bandwidth = Bandwidth.parse(message.bandwidth_limit)
    except ValueError as error:
        raise FrpgError(reason=f"invalid bandwidth limit: {error}") from error
    return Limiter(bandwidth.bytes_per_second) if bandwidth.bytes_per_second > 0 else None
