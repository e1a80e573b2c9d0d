import json
import re
from pathlib import Path

import pytest

from frpg.client.store import Store, StoreError
from frpg.config.definition import PROXY, VISITOR, Definition, parse_definition
from frpg.errors import ConfigError
from tests.unit.client.test_files import mode_of, small_disk


def proxy(name: str, **options: object) -> Definition:
    return parse_definition(PROXY, {"name": name, "type": "tcp", "tcp": {"localPort": 22, **options}})


def visitor(name: str) -> Definition:
    block = {"serverName": "s", "secretKey": "k", "bindPort": 9000}
    return parse_definition(VISITOR, {"name": name, "type": "stcp", "stcp": block})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "store.json"


def test_without_a_file_it_is_empty_and_makes_none(path: Path) -> None:
    store = Store(path)
    assert (store.all(PROXY), store.proxies(), store.all(VISITOR)) == ([], [], [])
    assert not path.parent.exists()


def test_what_is_put_is_on_disk_private_and_sorted_by_name(path: Path) -> None:
    store = Store(path)
    for name in ("b", "a", "ä"):
        store.put(proxy(name))
    store.put(visitor("v"))
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o755
    tree = json.loads(path.read_text(encoding="utf-8"))
    assert [entry["name"] for entry in tree["proxies"]] == ["a", "b", "ä"]
    assert tree["visitors"][0]["secretKey"] == "k"
    again = Store(path)
    assert again.all(PROXY) == store.all(PROXY)
    assert [config.name for config in again.visitors()] == ["v"]


def test_an_entry_is_replaced_and_removed(path: Path) -> None:
    store = Store(path)
    store.put(proxy("a"))
    store.put(proxy("a", localPort=23))
    assert [config.local_port for config in store.proxies()] == [23]
    store.remove(PROXY, "a")
    assert Store(path).all(PROXY) == []
    assert path.read_text() == "{}"


def test_a_disabled_entry_is_listed_and_does_not_run(path: Path) -> None:
    store = Store(path)
    store.put(proxy("a", enabled=False))
    assert (store.proxies(), store.runs(PROXY, "a")) == ([], False)
    assert [definition.name for definition in store.all(PROXY)] == ["a"]
    store.put(proxy("a", enabled=True))
    assert store.runs(PROXY, "a")


def test_a_change_that_cannot_be_written_has_not_happened(path: Path) -> None:
    store = Store(path)
    store.put(proxy("a"))
    before = path.read_bytes()
    with small_disk(len(before) + 10):
        with pytest.raises(StoreError, match=r"^failed to persist: file too large$"):
            store.put(proxy("b"))
        with pytest.raises(StoreError):
            store.put(proxy("a", metadatas={"x": "y" * 1000}))
    assert path.read_bytes() == before
    assert [definition.name for definition in store.all(PROXY)] == ["a"]
    assert [entry.name for entry in path.parent.iterdir()] == ["store.json"]
    store.put(proxy("b"))
    assert [config.name for config in Store(path).proxies()] == ["a", "b"]


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "file" / "store.json")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"^failed to persist: open .*/file: "):
        store.put(proxy("a"))
    assert store.all(PROXY) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "failed to parse JSON: "),
        (b'{"proxies": [', "failed to parse JSON: "),
        (b"[]", "failed to parse JSON: expected object, got list"),
        (b"\xff\xfe", "failed to parse JSON: is not text in UTF-8"),
        (b'{"proxies": [{"name": "a", "type": "x"}]}', "failed to decode proxy at index 0: unknown proxy type: x"),
        (b'{"visitors": [{"name": "", "type": "stcp"}]}', "visitor name cannot be empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_with_a_cure_and_is_left_alone(
    path: Path, content: bytes, reason: str
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        Store(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: failed to create store source: failed to load existing data: {reason}")
    assert text.endswith("; mend the file, or move it away to begin with an empty store")
    assert path.read_bytes() == content


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"open {tmp_path}: is a directory; make it readable, or move it")):
        Store(tmp_path)


def test_values_that_cannot_be_run_with_are_told_together(path: Path) -> None:
    path.parent.mkdir()
    entries = [
        {"name": "a", "type": "tcp", "localPort": 70000},
        {"name": "b", "type": "http", "localPort": 1},
        {"name": "c", "type": "tcp", "localPort": 70000, "enabled": False},
    ]
    path.write_text(json.dumps({"proxies": entries}))
    with pytest.raises(ConfigError) as caught:
        Store(path).check()
    assert [line.split(": ")[1] for line in caught.value.faults] == ["proxy a", "proxy b"]
    assert caught.value.faults[0].startswith(f"{path}: ")
