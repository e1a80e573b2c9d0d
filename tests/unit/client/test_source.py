from pathlib import Path

import pytest

from frpg.client.source import Sources
from frpg.client.store import Store
from frpg.config.client import ClientConfig
from frpg.config.proxies import TcpProxyConfig
from tests.unit.client.test_store import proxy, visitor


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.json")


def config(*names: str, start: tuple[str, ...] = ()) -> ClientConfig:
    return ClientConfig(proxies=[TcpProxyConfig(name=name, local_port=1) for name in names], start=list(start))


def ports(sources: Sources) -> dict[str, int]:
    return {entry.name: entry.local_port for entry in sources.merged().proxies}


def test_without_a_store_the_file_counts() -> None:
    sources = Sources(config("a"), None)
    assert ports(sources) == {"a": 1}
    sources.replace(config("b"))
    assert ports(sources) == {"b": 1}


def test_the_store_stands_over_the_file_and_all_is_sorted(store: Store) -> None:
    store.put(proxy("a"))
    store.put(proxy("c"))
    store.put(visitor("v"))
    sources = Sources(config("b", "d", "a"), store)
    assert list(ports(sources).items()) == [("a", 22), ("b", 1), ("c", 22), ("d", 1)]
    assert [entry.name for entry in sources.merged().visitors] == ["v"]


def test_a_disabled_entry_of_the_store_hides_nothing(store: Store) -> None:
    store.put(proxy("a", enabled=False))
    assert ports(Sources(config("a"), store)) == {"a": 1}


def test_start_chooses_from_both(store: Store) -> None:
    store.put(proxy("a"))
    store.put(proxy("b"))
    store.put(visitor("v"))
    sources = Sources(config("c", start=("b", "c", "nobody")), store)
    assert ports(sources) == {"b": 22, "c": 1}
    assert sources.merged().visitors == []
