"""The web front between streams without a network: visitors on one side, services on the other."""

from typing import Any

import gevent
from gevent import get_hub
from gevent.event import Event

from frpg.logs import prefixed
from frpg.net.stream import NO_ADDRESS, Address
from frpg.proto.messages import NewProxy
from frpg.relay.counter import Counter
from frpg.relay.http.exchange import logger
from frpg.relay.http.pages import Pages
from frpg.relay.http.pool import BackendPool, Sweeper
from frpg.relay.recent import Recent
from frpg.server.context import make_context
from frpg.server.proxies.http import http_settings
from frpg.server.registry import Entry
from frpg.server.routes import Route
from frpg.server.vhost.http import HttpVhost
from frpg.server.vhost.trust import TrustedProxies
from tests.unit.server.conftest import server_config
from tests.unit.server.fakes import FakeStream

HOST = "a.test"
VISITOR = ("192.0.2.7", 4711)
FORWARDED = b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: a.test\r\nX-Forwarded-Proto: http\r\n"


PLAIN = b"GET / HTTP/1.1\r\nHost: a.test\r\n" + FORWARDED + b"\r\n"  # `get()`, as the service gets it


def settle() -> None:
    """Let greenlets and callbacks run that are ready."""
    for _ in range(8):
        gevent.sleep(0)


class Wire(FakeStream):
    """Pauses, and delivers from the hub only, as a real stream does; tells how it ended."""

    def __init__(self, address: Address = NO_ADDRESS) -> None:
        super().__init__()
        self.remote_addr = address
        self.is_paused = True
        self.is_finished = False
        self.was_aborted = False
        self.has_left = False
        self._end: OSError | bool = False  # comes after what is pending

    def has_lost_peer(self) -> bool:
        return self.has_left

    def feed(self, data: bytes) -> None:
        """The peer sends."""
        self._pending.append(data)
        self._deliver()

    def end(self) -> None:
        self._end = True
        self._deliver()

    def fail(self, error: OSError) -> None:
        self._end = error
        self._deliver()

    def take(self) -> bytes:
        """What the peer has got since the last time."""
        written, self.written = self.written, b""
        return written

    def resume(self) -> None:
        self.is_paused = False
        get_hub().loop.run_callback(self._deliver)

    def pause(self) -> None:
        self.is_paused = True

    def _deliver(self) -> None:
        while self._pending and self._sink is not None and not self.is_paused:
            data = self._pending.pop(0)
            self._sink.on_data([data], len(data))
        if not self._pending and self._end and self._sink is not None and not self.is_paused:
            end, self._end = self._end, False
            if isinstance(end, OSError):
                self._sink.on_error(end)
            else:
                self._sink.on_end()

    def finish(self) -> None:
        self.is_finished = True

    def abort(self) -> None:
        self.was_aborted = True
        self.close()


class FakeService:
    """An http proxy whose client is played by the test."""

    def __init__(self, name: str = "web", *, is_shared: bool = True) -> None:
        self.name = name
        self.log = prefixed(logger, name)
        self.connections = 0
        self.traffic_in, self.traffic_out = Counter(), Counter()
        self.half_close = True
        self.recent = Recent()
        self.backends = BackendPool(Sweeper(), is_shared=is_shared)
        self.opened: list[Wire] = []
        self.sources: list[Address] = []
        self.failures: list[Exception] = []  # of the next calls of `open`
        self.gate: Event | None = None  # `open` waits for it
        self.early = b""  # what a connection says without being asked

    def open(self, source: Address = NO_ADDRESS, destination: Address = NO_ADDRESS) -> Any:
        self.sources.append(source)
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.failures:
            raise self.failures.pop(0)
        wire = Wire()
        wire.unread(self.early)
        self.opened.append(wire)
        return wire

    @property
    def wire(self) -> Wire:
        """The newest connection."""
        return self.opened[-1]


class FakeTarget:
    """Leads to its services, always in the same order."""

    def __init__(self, *services: FakeService) -> None:
        self.services = services
        self.suspects: list[str] = []

    def candidates(self) -> Any:
        return self.services

    def failed(self, service: Any) -> None:
        self.suspects.append(service.name)


class World:
    """An http vhost with visitors and services. `close` checks that nothing is left."""

    def __init__(self, *, trusted: tuple[str, ...] = (), custom_404: str = "", **options: Any) -> None:
        self.context = make_context(server_config(**options))
        self.vhost = HttpVhost(self.context, Pages(custom_404), TrustedProxies(trusted))
        self.services: list[FakeService] = []

    def publish(self, *services: FakeService, host: str = HOST, location: str = "", **settings: Any) -> FakeTarget:
        """Claim a route for them."""
        target = FakeTarget(*services)
        self.services += services
        message = NewProxy(proxy_name="web", proxy_type="http", **settings)
        route = Route("http", host, location, message.route_by_http_user)
        entry: Entry[Any] = self.context.registry.claim(
            route, None, target=target, settings=http_settings(message, prefixed(logger))
        )
        assert entry.target is target
        return target

    def service(self, **settings: Any) -> FakeService:
        """A published one."""
        service = FakeService()
        self.publish(service, **settings)
        return service

    def visit(self, data: bytes = b"", address: Address = VISITOR) -> Wire:
        """A visitor that says `data`."""
        visitor = Wire(address)
        self.vhost.admit(visitor)  # type: ignore[arg-type]
        settle()
        if data:
            visitor.feed(data)
            settle()
        return visitor

    def close(self) -> None:
        self.vhost.close()
        for service in self.services:
            service.backends.close()
        for user in list(self.context.users):
            user.fail(ConnectionAbortedError())
        settle()
        assert not self.vhost.fronts
        assert [service.connections for service in self.services] == [0] * len(self.services)


def get(path: str = "/", *fields: str, host: str = HOST, method: str = "GET", minor: int = 1) -> bytes:
    """A request without a body."""
    return "".join(line + "\r\n" for line in (f"{method} {path} HTTP/1.{minor}", f"Host: {host}", *fields, "")).encode()


def post(size: int, *fields: str) -> bytes:
    """The head of a request with a body; CHUNKED for a size below 0."""
    framing = f"Content-Length: {size}" if size >= 0 else "Transfer-Encoding: chunked"
    return get("/", framing, *fields, method="POST")


def answer(body: bytes = b"", *fields: str, status: str = "200 OK") -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Date: then", *fields, "")
    return "".join(line + "\r\n" for line in lines).encode() + body
