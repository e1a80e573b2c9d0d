"""Files that are kept: which, for how long, and never an old one."""

import os
from pathlib import Path

import pytest

from frpg.client.plugins.static_file import cache as cache_module
from frpg.client.plugins.static_file.cache import MAX_FILE, MAX_WEIGHT, OVERHEAD, Cache
from frpg.client.plugins.static_file.folder import Folder
from frpg.client.plugins.static_file.sources import KeptSource


@pytest.fixture(autouse=True)
def no_min_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of tests are all young."""
    monkeypatch.setattr(cache_module, "MIN_AGE", -3600.0)


def keep(cache: Cache, root: Path, *names: str, path: str = "") -> KeptSource | None:
    encoded = [name.encode() for name in names]
    found = Folder(str(root)).find(encoded)
    try:
        return cache.keep((path or "/" + "/".join(names)).encode(), encoded, found)
    finally:
        found.close()


def content(source: KeptSource | None) -> bytes | None:
    return None if source is None else bytes(source.body([range(source.facts.size)]).read() or b"")


def test_kept_until_it_changes(tmp_path: Path) -> None:
    cache, file = Cache(str(tmp_path)), tmp_path / "a"
    file.write_bytes(b"one")
    assert cache.find(b"/a") is None
    assert content(keep(cache, tmp_path, "a")) == b"one"
    assert content(cache.find(b"/a")) == b"one"
    before = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # looks the same, but for ctime
    assert cache.find(b"/a") is None
    assert content(keep(cache, tmp_path, "a")) == b"two"
    file.unlink()
    assert cache.find(b"/a") is None


def test_a_link_in_its_place(tmp_path: Path) -> None:
    root, cache = tmp_path / "www", Cache(str(tmp_path / "www"))
    root.mkdir()
    (root / "a").write_bytes(b"one")
    (tmp_path / "secret").write_bytes(b"two")
    keep(cache, root, "a")
    (root / "a").unlink()
    (root / "a").symlink_to("../secret")
    assert cache.find(b"/a") is None


def test_by_the_path_that_was_asked_for(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "index.html").write_bytes(b"index")
    keep(cache, tmp_path, "d", "index.html", path="/d/")
    assert content(cache.find(b"/d/")) == b"index"
    assert cache.find(b"/d/index.html") is None


def test_not_the_large_ones(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    (tmp_path / "large").write_bytes(b"x" * (MAX_FILE + 1))
    assert keep(cache, tmp_path, "large") is None
    (tmp_path / "large").write_bytes(b"x" * MAX_FILE)
    assert keep(cache, tmp_path, "large") is not None


def test_not_the_young_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MIN_AGE", 3600.0)
    (tmp_path / "a").write_bytes(b"one")
    assert keep(Cache(str(tmp_path)), tmp_path, "a") is None


def test_not_what_is_not_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"one")

    def preadv(*_: object) -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "preadv", preadv)
    assert keep(Cache(str(tmp_path)), tmp_path, "a") is None


def test_the_least_used_go_first(tmp_path: Path) -> None:
    cache, size = Cache(str(tmp_path)), MAX_FILE // 2
    fit = MAX_WEIGHT // (2 * size + OVERHEAD + 20)  # with what they may be compressed
    names = [f"{number}.txt" for number in range(fit + 1)]
    for name in names[:fit]:
        (tmp_path / name).write_bytes(b"x" * size)
        keep(cache, tmp_path, name)
    assert all(cache.find(f"/{name}".encode()) for name in names[:fit])
    assert cache.find(b"/0.txt")  # used last
    (tmp_path / names[fit]).write_bytes(b"x" * size)
    keep(cache, tmp_path, names[fit])
    kept = [name for name in names if cache.find(f"/{name}".encode())]
    assert kept == ["0.txt", *names[2:]]
    for name in kept:  # what is kept again does not count twice
        keep(cache, tmp_path, name)
    assert [name for name in names if cache.find(f"/{name}".encode())] == kept


def test_empty_files_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MAX_WEIGHT", 10 * (OVERHEAD + 20))
    cache = Cache(str(tmp_path))
    (tmp_path / "empty").touch()
    for number in range(100):
        keep(cache, tmp_path, "empty", path=f"/{number:03}")
    assert sum(cache.find(f"/{number:03}".encode()) is not None for number in range(100)) == 10
