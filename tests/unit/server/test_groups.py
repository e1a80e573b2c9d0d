"""Groups: who may join, whose turn it is, and that nothing is left of one that has ended."""

from typing import Any

import pytest

from frpg.errors import AuthError, FrpgError, RouteConflict
from frpg.server.groups import SUSPECT_SECONDS, Group, Groups

MISMATCH = "group params invalid"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Setup:
    """A server's groups; `taken` is what their founders took."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.groups = Groups(self.clock)
        self.taken: list[str] = []

    def join(self, member: str, name: str = "g", key: str = "k", kind: Any = "http", terms: Any = "a.test") -> Group:
        def found(group: Group) -> None:
            group.address = f"{terms} of {member}"
            self.taken.append(member)
            group.undo.append(lambda: self.taken.remove(member))

        service: Any = member
        return self.groups.join(kind, name, key, service, terms=terms, mismatch=MISMATCH, found=found)


@pytest.fixture
def setup() -> Setup:
    return Setup()


def turns(group: Group, count: int) -> list[Any]:
    return [group.candidates()[0] for _ in range(count)]


def test_the_second_member_is_first_and_then_they_take_turns(setup: Setup) -> None:
    group = setup.join("one")
    assert setup.join("two") is group
    assert turns(group, 5) == ["two", "one", "two", "one", "two"]
    setup.join("three")
    assert sorted(turns(group, 3)) == ["one", "three", "two"]
    assert setup.taken == ["one"]
    assert group.address == "a.test of one"


def test_all_members_are_candidates(setup: Setup) -> None:
    group = setup.join("one")
    for name in ("two", "three"):
        setup.join(name)
    for _ in range(5):
        assert sorted(map(str, group.candidates())) == ["one", "three", "two"]


def test_who_may_join(setup: Setup) -> None:
    group = setup.join("one")
    with pytest.raises(RouteConflict) as caught:
        setup.join("two", terms="b.test", key="wrong")
    assert caught.value.reason == MISMATCH
    for key in ("wrong", "", "k ", "K"):
        with pytest.raises(AuthError) as refused:
            setup.join("two", key=key)
        assert refused.value.reason == "group auth failed"
    assert group.candidates() == ["one"]


def test_kinds_have_names_of_their_own(setup: Setup) -> None:
    one, other = setup.join("one"), setup.join("other", kind="https", key="other", terms="x")
    assert one is not other
    assert setup.join("third", name="h", key="third", terms="y") is not one


def test_the_group_outlives_its_founder_and_ends_with_its_last_member(setup: Setup) -> None:
    group = setup.join("one")
    setup.join("two")
    group.remove("one")  # type: ignore[arg-type]
    assert setup.taken == ["one"]
    assert turns(group, 2) == ["two", "two"]
    group.remove("two")  # type: ignore[arg-type]
    assert setup.taken == []
    assert group.candidates() == []
    group.close()
    again = setup.join("three", key="other", terms="b.test")
    assert again is not group
    assert again.address == "b.test of three"


@pytest.mark.parametrize("error", [RouteConflict(reason="taken"), OSError("in use"), FrpgError(), ValueError("a bug")])
def test_what_a_failed_founder_took_is_given_back(setup: Setup, error: Exception) -> None:
    released = []

    def found(group: Group) -> None:
        group.undo.append(lambda: released.append("port"))
        raise error

    member: Any = "one"
    with pytest.raises(type(error)):
        setup.groups.join("tcp", "g", "k", member, terms=1, mismatch=MISMATCH, found=found)
    assert released == ["port"]
    assert setup.groups._groups == {}
    setup.join("two", kind="tcp", key="other")  # founds it
    assert setup.taken == ["two"]


def test_suspects_come_last_for_a_while(setup: Setup) -> None:
    group = setup.join("one")
    for name in ("two", "three"):
        setup.join(name)
    bad: Any = "two"
    group.failed(bad)
    for _ in range(6):
        assert group.candidates()[-1] == "two"
    assert set(turns(group, 6)) == {"one", "three"}
    setup.clock.now += SUSPECT_SECONDS + 0.1
    assert set(turns(group, 3)) == {"one", "two", "three"}
    assert group._suspects == {}


def test_a_group_of_suspects_still_tries(setup: Setup) -> None:
    group = setup.join("one")
    setup.join("two")
    for name in ("one", "two"):
        bad: Any = name
        group.failed(bad)
    assert set(turns(group, 4)) == {"one", "two"}


def test_those_who_left_are_no_suspects(setup: Setup) -> None:
    group = setup.join("one")
    setup.join("two")
    gone: Any = "two"
    group.failed(gone)
    group.remove(gone)
    group.failed(gone)
    assert group._suspects == {}
    assert turns(group, 2) == ["one", "one"]


def test_members_come_and_go_and_everyone_gets_turns(setup: Setup) -> None:
    group = setup.join("stays")
    for number in range(50):
        setup.join(f"guest {number}")
        assert set(turns(group, 2)) == {"stays", f"guest {number}"}
        group.remove(f"guest {number}")  # type: ignore[arg-type]
        assert turns(group, 1) == ["stays"]
