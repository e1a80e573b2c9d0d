"""Paths below a folder: what is found, and that nothing leads out."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from frpg.client.plugins.static_file.folder import MAX_LINKS, Folder, split

SECRET = b"secret"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_bytes(SECRET)
    root = tmp_path / "www"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "file").write_bytes(b"inside")
    (root / "top").write_bytes(b"top")
    return root


def read(root: Path, path: str) -> bytes:
    found = Folder(str(root)).find(split(path.encode()))
    try:
        assert not found.is_folder
        return os.pread(found.descriptor, 100, 0)
    finally:
        found.close()


def test_files_and_folders(root: Path) -> None:
    assert read(root, "top") == b"top"
    assert read(root, "a/b/file") == b"inside"
    for path in ("", "a", "a/b"):
        found = Folder(str(root)).find(split(path.encode()))
        assert found.is_folder
        found.close()


@pytest.mark.parametrize("path", ["none", "a/none", "none/file", "top/file", "a/b/file/x", "a/" + "x" * 300])
def test_what_is_not_there(root: Path, path: str) -> None:
    with pytest.raises(OSError):
        read(root, path)


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../secret", "a/b/../../../secret", "..", "../www/top", "a/../../www/top"]
)
def test_dots_do_not_lead_out(root: Path, path: str) -> None:
    with pytest.raises(FileNotFoundError):
        read(root, path)


def test_a_nul_is_no_name(root: Path) -> None:
    with pytest.raises(ValueError):
        read(root, "top\0")


LINKS = {  # target, path, what is read there
    "beside": ("top", "link", b"top"),
    "below": ("a/b/file", "link", b"inside"),
    "a folder": ("a", "link/b/file", b"inside"),
    "dots inside": ("a/../a/./b//file", "link", b"inside"),
    "absolute": ("{root}/a/b", "link/file", b"inside"),
    "the folder itself": (".", "link/link/top", b"top"),
}
LEAVES = {
    "the parent": ("../secret", "link"),
    "a file far away": ("/etc/passwd", "link"),
    "a folder": ("..", "link/secret"),
    "absolute and back out": ("{root}/../secret", "link"),
    "its name goes on": ("{root}2/file", "link"),
    "the root of the system": ("/", "link/etc/passwd"),
    "out and in again": ("../www/top", "link"),
}


@pytest.mark.parametrize("name", LINKS)
def test_links_that_stay_inside(root: Path, name: str) -> None:
    target, path, content = LINKS[name]
    (root / "link").symlink_to(target.format(root=root))
    assert read(root, path) == content


def test_links_from_below_and_to_links(root: Path) -> None:
    (root / "a" / "up").symlink_to("../top")
    (root / "a" / "again").symlink_to("b/../up")
    assert read(root, "a/up") == read(root, "a/again") == b"top"


@pytest.mark.parametrize("name", LEAVES)
def test_links_that_lead_out(root: Path, name: str) -> None:
    target, path = LEAVES[name]
    (root.parent / "www2").mkdir()
    (root.parent / "www2" / "file").write_bytes(SECRET)
    (root / "link").symlink_to(target.format(root=root))
    with pytest.raises(FileNotFoundError):
        read(root, path)


def test_links_in_circles(root: Path) -> None:
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    with pytest.raises(OSError, match="symbolic links"):
        read(root, "one")
    for number in range(MAX_LINKS + 1):
        (root / f"l{number}").symlink_to(f"l{number + 1}" if number < MAX_LINKS else "top")
    assert read(root, "l2") == b"top"
    with pytest.raises(OSError, match="symbolic links"):
        read(root, "l0")


def test_only_files_are_opened(root: Path) -> None:
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "socket"))
        for name in ("fifo", "socket"):
            with pytest.raises(FileNotFoundError):
                read(root, name)


def test_a_link_instead_of_the_folder(root: Path) -> None:
    """A site may be put in place by a link, and exchanged."""
    other = root.parent / "other"
    other.mkdir()
    (other / "top").write_bytes(b"other")
    current = root.parent / "current"
    current.symlink_to("www")
    assert read(current, "top") == b"top"
    (current / "link").symlink_to(f"{current}/top")
    assert read(current, "link") == b"top"
    current.unlink()
    current.symlink_to("other")
    assert read(current, "top") == b"other"


@pytest.mark.parametrize("path", ["a/b/file", "top"])
@pytest.mark.parametrize("name", ["a", "top"])
def test_links_made_while_we_look(root: Path, monkeypatch: pytest.MonkeyPatch, path: str, name: str) -> None:
    """Between our look at a name and its opening it becomes a link to the outside."""
    (root.parent / "b").mkdir()
    (root.parent / "b" / "file").write_bytes(SECRET)
    real = os.stat

    def stat(*args: Any, **options: Any) -> os.stat_result:
        info = real(*args, **options)
        if args[0] == name.encode():
            (root / name).rename(root / "away")
            (root / name).symlink_to(".." if name == "a" else "../secret")
        return info

    monkeypatch.setattr(os, "stat", stat)
    if path.startswith(name):
        with pytest.raises(OSError):
            read(root, path)
    else:
        assert read(root, path) in (b"top", b"inside")


def test_a_fifo_made_while_we_look(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.stat

    def stat(*args: Any, **options: Any) -> os.stat_result:
        info = real(*args, **options)
        (root / "top").unlink()
        os.mkfifo(root / "top")
        return info

    monkeypatch.setattr(os, "stat", stat)
    with pytest.raises(FileNotFoundError):
        read(root, "top")
