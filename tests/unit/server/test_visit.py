"""A user connection on its way to a service: the first that gives a stream, and who closes what."""

from typing import Any

import gevent
import pytest

from frpg.errors import FrpgError
from frpg.logs import prefixed
from frpg.net.stream import NO_ADDRESS, Address
from frpg.relay.counter import Counter
from frpg.relay.recent import Recent
from frpg.server import visit
from frpg.server.context import Context, make_context
from frpg.server.registry import Entry
from frpg.server.routes import Route
from frpg.server.visit import open_first, serve_user
from tests.unit.server.conftest import server_config
from tests.unit.server.fakes import FakeStream

USER, HIT = ("192.0.2.1", 4711), ("198.51.100.1", 80)


class FakeService:
    """Gives a stream, or fails."""

    def __init__(self, name: str, failure: BaseException | None = None) -> None:
        self.name = name
        self.failure = failure
        self.log = prefixed(visit.logging.getLogger(__name__), name)
        self.connections = 0
        self.traffic_in, self.traffic_out = Counter(), Counter()
        self.half_close = True
        self.recent = Recent()
        self.asked: list[tuple[Address, Address]] = []
        self.stream = FakeStream()

    def open(self, source: Address = NO_ADDRESS, destination: Address = NO_ADDRESS) -> Any:
        self.asked.append((source, destination))
        if self.failure is not None:
            raise self.failure
        return self.stream


class FakeTarget:
    def __init__(self, *services: FakeService) -> None:
        self.services = services
        self.suspects: list[str] = []

    def candidates(self) -> Any:
        return self.services

    def failed(self, service: Any) -> None:
        self.suspects.append(service.name)


FAILURES = [FrpgError(reason="no work connection"), ConnectionError("reset"), TimeoutError("late")]


def test_the_first_that_gives_a_stream() -> None:
    services = [
        FakeService("one", FAILURES[0]),
        FakeService("two", FAILURES[1]),
        FakeService("three"),
        FakeService("four"),
    ]
    target = FakeTarget(*services)
    assert open_first(target, USER, HIT) == (services[2], services[2].stream)
    assert target.suspects == ["one", "two"]
    assert [service.asked for service in services] == [[(USER, HIT)], [(USER, HIT)], [(USER, HIT)], []]


@pytest.mark.parametrize("failure", FAILURES)
def test_the_last_failure_is_told_when_all_fail(failure: Exception) -> None:
    target = FakeTarget(FakeService("one", FAILURES[0]), FakeService("two", failure))
    with pytest.raises(type(failure)) as caught:
        open_first(target, USER, HIT)
    assert caught.value is failure
    assert target.suspects == ["one", "two"]


def test_a_group_without_members() -> None:
    with pytest.raises(FrpgError, match="no members"):
        open_first(FakeTarget(), USER, HIT)


@pytest.fixture
def context() -> Context:
    return make_context(server_config())


@pytest.fixture
def user() -> Any:
    user = FakeStream()
    user.remote_addr, user.local_addr = USER, HIT
    return user


def entry(target: Any) -> Entry[Any]:
    return Entry(Route("tcp", "x"), None, 1, target, None)


LOG = prefixed(visit.logging.getLogger(__name__))


def test_the_user_is_joined_and_counted_until_both_have_ended(context: Context, user: Any) -> None:
    service = FakeService("one")
    serve_user(context, entry(FakeTarget(service)), user, LOG)
    assert (service.connections, set(context.users)) == (1, {user})
    user.feed(b"ping")
    service.stream.feed(b"pong!")
    assert (service.stream.written, user.written) == (b"ping", b"pong!")
    assert (service.traffic_in.value, service.traffic_out.value) == (4, 5)
    user.end()
    service.stream.end()
    assert (service.connections, set(context.users)) == (0, set())
    assert user.is_closed
    assert service.stream.is_closed


@pytest.mark.parametrize(
    "target",
    [None, FakeTarget(), FakeTarget(FakeService("one", FAILURES[0])), FakeTarget(FakeService("one", FAILURES[1]))],
)
def test_a_user_that_nobody_serves_is_sent_away(
    context: Context, user: Any, target: Any, caplog: pytest.LogCaptureFixture
) -> None:
    serve_user(context, entry(target), user, LOG)
    assert user.is_closed
    assert set(context.users) == set()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert context.refusals.counts == {"user": 1}
    assert "failed to get work connection: " in caplog.text


def test_a_route_that_is_gone(context: Context, user: Any) -> None:
    serve_user(context, None, user, LOG)
    assert user.is_closed
    assert set(context.users) == set()


@pytest.mark.parametrize("failure", [ZeroDivisionError(), gevent.GreenletExit()])
def test_a_user_whose_greenlet_ends_is_closed(context: Context, user: Any, failure: BaseException) -> None:
    with pytest.raises(type(failure)):
        serve_user(context, entry(FakeTarget(FakeService("one", failure))), user, LOG)
    assert user.is_closed
    assert set(context.users) == set()
