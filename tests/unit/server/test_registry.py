"""The registry of routes: one holder each, fences, no release by a predecessor."""

from typing import Any

import pytest

from frpg.errors import RouteConflict
from frpg.server.registry import HISTORY, Entry, MemoryRegistry
from frpg.server.routes import Route

PORT = Route("tcp", "127.0.0.1:6000")
NAME = Route("proxy", "web")


class Holder:
    """Stands for a session; two of them are equal in nothing but kind."""


class FakeTarget:
    """Leads nobody anywhere."""

    def candidates(self) -> list[Any]:
        return []

    def failed(self, service: object) -> None:
        pass


@pytest.fixture
def registry() -> MemoryRegistry[Holder]:
    return MemoryRegistry()


def test_claimed_route_is_found(registry: MemoryRegistry[Holder]) -> None:
    holder = Holder()
    target = FakeTarget()
    entry = registry.claim(PORT, holder, target=target, settings="settings")
    assert registry.lookup(PORT) is entry
    assert (entry.holder, entry.target, entry.settings) == (holder, target, "settings")
    assert registry.lookup(NAME) is None


def test_second_claim_is_refused_and_changes_nothing(registry: MemoryRegistry[Holder]) -> None:
    entry, version = registry.claim(PORT, Holder()), registry.version
    with pytest.raises(RouteConflict):
        registry.claim(PORT, Holder())
    with pytest.raises(RouteConflict):
        registry.claim(PORT, entry.holder)
    assert registry.lookup(PORT) is entry
    assert registry.version == version


def test_same_key_of_another_kind_is_another_route(registry: MemoryRegistry[Holder]) -> None:
    registry.claim(Route("tcp", "0.0.0.0:53"), Holder())
    registry.claim(Route("udp", "0.0.0.0:53"), Holder())


def test_late_release_does_not_free_the_successor(registry: MemoryRegistry[Holder]) -> None:
    old, new = Holder(), Holder()
    lost = registry.claim(PORT, old)
    registry.release(lost)
    kept = registry.claim(PORT, new)
    assert not registry.renew(lost)
    assert not registry.release(lost)
    assert registry.release_all(old) == []
    assert registry.lookup(PORT) is kept
    assert registry.renew(kept)


def test_generations_grow(registry: MemoryRegistry[Holder]) -> None:
    holder = Holder()
    entries = []
    for _ in range(3):
        entries.append(registry.claim(PORT, holder))
        registry.release(entries[-1])
    generations = [entry.generation for entry in entries]
    assert generations == sorted(set(generations))


def test_release_all_frees_one_holder_only(registry: MemoryRegistry[Holder]) -> None:
    one, other = Holder(), Holder()
    registry.claim(PORT, one)
    registry.claim(NAME, one)
    kept = registry.claim(Route("proxy", "other"), other)
    assert set(registry.release_all(one)) == {PORT, NAME}
    assert registry.snapshot() == [kept]


def test_nothing_of_a_released_holder_is_kept(registry: MemoryRegistry[Holder]) -> None:
    import weakref

    holder = Holder()
    registry.claim(PORT, holder)
    registry.release_all(holder)
    ref = weakref.ref(holder)
    del holder
    assert ref() is None


def test_snapshot_is_a_copy(registry: MemoryRegistry[Holder]) -> None:
    first = registry.claim(PORT, Holder())
    snapshot = registry.snapshot()
    registry.claim(NAME, Holder())
    registry.release(first)
    assert snapshot == [first]


def test_changes_since_a_version(registry: MemoryRegistry[Holder]) -> None:
    registry.claim(NAME, Holder())
    since = registry.version
    entry: Entry[Holder] = registry.claim(PORT, Holder())
    registry.release(entry)
    changes = registry.changes(since)
    assert changes is not None
    assert [(change.route, change.is_claimed, change.generation) for change in changes] == [
        (PORT, True, entry.generation),
        (PORT, False, entry.generation),
    ]
    assert registry.changes(registry.version) == []


def test_changes_of_long_ago_are_a_snapshot_s_business(registry: MemoryRegistry[Holder]) -> None:
    holder = Holder()
    for _ in range(HISTORY):
        registry.release(registry.claim(PORT, holder))
    assert registry.changes(0) is None
    since = registry.version - HISTORY
    changes = registry.changes(since)
    assert changes is not None
    assert len(changes) == HISTORY


def test_routes_by_name_are_found_while_they_are_held(registry: MemoryRegistry[Holder]) -> None:
    holder = Holder()
    entries = {kind: registry.claim(Route(kind, "*.a.test"), holder) for kind in ("http", "https", "tcpmux")}
    for kind, entry in entries.items():
        assert registry.match(kind, "x.a.test") is entry
        assert registry.match(kind, "a.test") is None
    registry.release(entries["http"])
    assert registry.match("http", "x.a.test") is None
    assert registry.match("https", "x.a.test") is entries["https"]
    registry.release_all(holder)
    assert registry.match("https", "x.a.test") is None


def test_match_heeds_path_and_user(registry: MemoryRegistry[Holder]) -> None:
    plain = registry.claim(Route("http", "a.test", "/api"), Holder())
    mine = registry.claim(Route("http", "a.test", "/api", "u"), Holder())
    assert registry.match("http", "a.test", "/api/x", "u") is mine
    assert registry.match("http", "a.test", "/api/x", "v") is plain
    assert registry.match("http", "a.test", "/", "u") is None


def test_a_refused_claim_changes_no_match(registry: MemoryRegistry[Holder]) -> None:
    kept = registry.claim(Route("http", "a.test"), Holder())
    with pytest.raises(RouteConflict):
        registry.claim(Route("http", "a.test"), Holder())
    assert registry.match("http", "a.test") is kept


def test_a_late_release_leaves_the_successor_s_match(registry: MemoryRegistry[Holder]) -> None:
    lost = registry.claim(Route("http", "a.test"), Holder())
    registry.release(lost)
    kept = registry.claim(Route("http", "a.test"), Holder())
    registry.release(lost)
    assert registry.match("http", "a.test") is kept


def test_routes_of_groups_have_no_holder(registry: MemoryRegistry[Holder]) -> None:
    one = registry.claim(Route("http", "a.test"), None)
    other = registry.claim(Route("http", "b.test"), None)
    registry.release_all(Holder())
    assert registry.release(one)
    assert registry.snapshot() == [other]
    assert registry.release(other)
    assert not registry.release(other)
