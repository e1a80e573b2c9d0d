from collections.abc import Callable
from pathlib import Path

import gevent
import pytest

from frpg.client import changes
from frpg.client.changes import ApplyFailed, Changes, Conflict, NoFile, NotFound, StoreDisabled, common_options
from frpg.client.source import Entries
from frpg.client.store import Store, StoreError
from frpg.config.definition import PROXY
from frpg.config.load import load_client
from frpg.errors import ConfigError
from tests.unit.client.test_files import small_disk
from tests.unit.client.test_store import proxy

TEXT = """serverAddr = "127.0.0.1"
[[proxies]]
name = "{name}"
type = "tcp"
localPort = 1
"""


class Bench:
    """Changes over a file and a store, and what they have had applied."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "frpc.toml"
        self.write("a")
        self.applied: list[Entries] = []
        self.store = Store(folder / "store.json")
        config = load_client(self.file).config
        self.changes = Changes(config, self.store, self.applied.append, path=str(self.file))

    def write(self, name: str, rest: str = "") -> None:
        self.file.write_text(rest + TEXT.format(name=name))

    def names(self) -> list[list[str]]:
        return [[entry.name for entry in entries.proxies] for entries in self.applied]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_reload_applies_the_file_and_keeps_the_store(bench: Bench) -> None:
    bench.changes.create(proxy("s"))
    bench.write("b")
    bench.changes.reload(strict=True)
    assert bench.names() == [["a", "s"], ["b", "s"]]
    bench.write("b", 'start = ["s"]\n')
    bench.changes.reload(strict=True)
    assert bench.names()[-1] == ["s"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("serverPort = ", "toml: "),
        ('serverPort = "x"', "serverPort: expected integer"),
        ('[[proxies]]\nname = "v"\ntype = "stcp"\nlocalPort = 1', "proxy v, type stcp: not supported yet"),
    ],
)
def test_a_file_that_cannot_be_run_with_changes_nothing(bench: Bench, text: str, fault: str) -> None:
    bench.file.write_text(text)
    with pytest.raises(ConfigError, match=fault):
        bench.changes.reload(strict=False)
    assert bench.applied == []
    bench.changes.create(proxy("s"))
    assert bench.names() == [["a", "s"]]


def test_unknown_keys_are_faults_only_when_strict(bench: Bench) -> None:
    bench.write("b", "bogus = 1\n")
    with pytest.raises(ConfigError, match='unknown field "bogus"'):
        bench.changes.reload(strict=True)
    bench.changes.reload(strict=False)
    assert bench.names() == [["b"]]


def test_what_needs_a_restart_is_told_in_one_line(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bench.write("a", 'auth.token = "secret"\nserverPort = 70000\n')
    bench.changes.reload(strict=True)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"{bench.file}: serverPort: port number 70000 cannot be dialled, use 1..65535"),
        ("WARNING", "auth.token, serverPort: changed in the file, need a restart"),
        ("INFO", "success reload conf"),
    ]


def test_a_token_that_came_from_a_file_is_no_change(bench: Bench) -> None:
    config = load_client(bench.file).config
    written = common_options(config)
    config.auth.token = "resolved"
    assert written.auth.token == ""
    assert written.proxies == config.proxies


def test_without_a_file_there_is_nothing_to_read_again(bench: Bench) -> None:
    with pytest.raises(NoFile, match="frpc has no config file path"):
        Changes(load_client(bench.file).config, None, bench.applied.append).reload(strict=False)


def test_a_text_is_looked_at_without_being_applied(bench: Bench) -> None:
    loaded = bench.changes.load_text(TEXT.format(name="b"), strict=True)
    assert [entry.name for entry in loaded.config.proxies] == ["b"]
    with pytest.raises(ConfigError, match=rf"^{bench.file}: serverPort: "):
        bench.changes.load_text("serverPort = true", strict=True)
    assert bench.applied == []


def test_entries_of_the_store(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bench.changes.create(proxy("b"))
    with pytest.raises(Conflict, match=r'^already exists: proxy "b"$'):
        bench.changes.create(proxy("b"))
    bench.changes.update(proxy("b", enabled=False))
    bench.changes.delete(PROXY, "b")
    for change in (lambda: bench.changes.update(proxy("b")), lambda: bench.changes.delete(PROXY, "b")):
        with pytest.raises(NotFound, match=r'^not found: proxy "b"$'):
            change()
    assert bench.names() == [["a", "b"], ["a"], ["a"]]
    assert [record.getMessage() for record in caplog.records] == [
        'store: created proxy "b"',
        'store: updated proxy "b"',
        'store: deleted proxy "b"',
    ]


def test_what_the_disk_refuses_is_not_applied(bench: Bench) -> None:
    with small_disk(10), pytest.raises(StoreError):
        bench.changes.create(proxy("b"))
    assert bench.applied == []


def test_without_a_store_there_are_no_entries(bench: Bench) -> None:
    changes = Changes(load_client(bench.file).config, None, bench.applied.append)
    with pytest.raises(StoreDisabled):
        changes.create(proxy("b"))


def test_after_the_end_nothing_is_changed(bench: Bench) -> None:
    bench.changes.close()
    with pytest.raises(ApplyFailed, match="config source is not available"):
        bench.changes.reload(strict=False)
    with pytest.raises(StoreDisabled):
        bench.changes.create(proxy("b"))
    assert bench.store.all(PROXY) == []


def test_changes_at_the_same_moment_come_one_after_the_other(bench: Bench) -> None:
    calls: list[Callable[[], None]] = [lambda n=n: bench.changes.create(proxy(f"p{n}")) for n in range(20)]  # type: ignore[misc]
    calls[10:10] = [lambda: bench.changes.reload(strict=True)]
    gevent.joinall([gevent.spawn(call) for call in calls], raise_error=True, timeout=30)
    assert [len(names) for names in bench.names()] == [*range(2, 12), 11, *range(12, 22)]
    assert len(Store(bench.store.path).all(PROXY)) == 20


def test_a_change_does_not_wait_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "PATIENCE", 0.01)
    with bench.changes._turn(), pytest.raises(ApplyFailed, match="another change is still under way"):
        bench.changes.reload(strict=True)
    bench.changes.reload(strict=True)
