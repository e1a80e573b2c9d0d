"""User connections: numbers, who is served, and the cut of one."""

from typing import Any, cast

from frpg.server.users import Users
from tests.unit.server.fakes import FakeStream


class Heard:
    """A sink that keeps what it is told."""

    def __init__(self) -> None:
        self.errors: list[OSError] = []

    def on_data(self, views: Any, size: int) -> None: ...
    def on_drain(self) -> None: ...
    def on_end(self) -> None: ...

    def on_error(self, error: OSError) -> None:
        self.errors.append(error)


def user() -> Any:
    return cast(Any, FakeStream())


def test_from_the_way_in_to_the_end() -> None:
    users, stream, service = Users(), user(), cast(Any, object())
    users.add(stream)
    assert (len(users), users.served()) == (1, [])
    joined = users.join(stream, service)
    assert (joined.stream, joined.service, joined.relay) == (stream, service, None)
    assert users.served() == [joined]
    assert list(users) == [stream]
    users.discard(stream)
    users.discard(stream)
    assert (len(users), users.served()) == (0, [])


def test_every_connection_has_a_number_of_its_own() -> None:
    users = Users()
    numbers = [users.join(user(), cast(Any, None)).id for _ in range(3)]
    of_the_web_port = next(users.ids)
    assert [*numbers, of_the_web_port] == [1, 2, 3, 4]


def test_those_served_are_listed_the_longest_first() -> None:
    users = Users()
    joined = [users.join(user(), cast(Any, None)) for _ in range(3)]
    users.add(user())
    assert users.served() == joined


def test_one_may_end_while_all_are_ended() -> None:
    users = Users()
    streams = [user() for _ in range(3)]
    for stream in streams:
        users.add(stream)
    for stream in users:
        users.discard(stream)
        users.discard(streams[-1])
    assert len(users) == 0


def test_cut_tells_the_owner_of_the_stream() -> None:
    stream, heard = user(), Heard()
    stream.attach(heard)
    Users().join(stream, cast(Any, None)).cut()
    assert [str(error) for error in heard.errors] == ["cut by the operator"]
