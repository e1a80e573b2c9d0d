"""The page of a folder: what is on it, and that no name breaks out of it."""

import os
import re
from pathlib import Path

import pytest

from frpg.client.plugins.static_file import listing
from frpg.client.plugins.static_file.folder import Folder
from frpg.client.plugins.static_file.listing import Entry, human_size, list_folder, page


def listed(root: Path, *names: bytes) -> tuple[list[Entry], bool]:
    folder = Folder(str(root))
    found = folder.find(names)
    try:
        return list_folder(folder, names, found.descriptor)
    finally:
        found.close()


def links(text: bytes) -> list[str]:
    """Of the rows."""
    return re.findall(r'<tr><td><a href="([^"]*)">', text.decode())


def test_what_can_be_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    root = tmp_path / "www"
    (root / "folder").mkdir(parents=True)
    (root / "file").write_bytes(b"12345")
    (root / ".dot").write_bytes(b"")
    (root / "inside").symlink_to("folder")
    (root / "copy").symlink_to("file")
    (root / "out").symlink_to("../secret")
    (root / "dangling").symlink_to("none")
    os.mkfifo(root / "fifo")
    entries, is_all = listed(root)
    assert is_all
    found = {entry.name: (entry.is_folder, entry.size) for entry in entries if not entry.is_folder}
    assert found == {b"file": (False, 5), b".dot": (False, 0), b"copy": (False, 5)}
    assert {entry.name for entry in entries if entry.is_folder} == {b"folder", b"inside"}


def test_links_of_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "top").write_bytes(b"")
    (tmp_path / "a" / "up").symlink_to("../top")
    assert [entry.name for entry in listed(tmp_path, b"a")[0]] == [b"up"]


def test_folders_first_then_by_name() -> None:
    names = [(b"b", False), (b"C", False), (b"a", False), (b"z", True), (b"A", True)]
    text = page([], [Entry(name, is_folder, 0, 0.0) for name, is_folder in names])
    assert links(text) == ["./A/", "./z/", "./a", "./b", "./C"]


def test_sizes_and_times() -> None:
    text = page([], [Entry(b"file", False, 1234, 1_700_000_000.0)]).decode()
    assert '<td class="size">1.2 kB</td><td class="time">2023-11-14 22:13</td>' in text
    assert '<td class="time"></td>' in page([], [Entry(b"file", False, 0, 1e20)]).decode()


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (102_400, "102 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"),
     (99_940, "99.9 kB"), (99_950, "100 kB"), (5 * 10**9, "5.0 GB"), (2**63, "9223 PB")],
)  # fmt: skip
def test_human_size(size: int, text: str) -> None:
    assert human_size(size) == text


EVIL = [
    b'"><script>alert(1)</script>',
    b"'onmouseover='alert(1)",
    b"javascript:alert(1)",
    b"a&amp;b?c#d%41",
    b"\xff\xfe",
    b"new\nline\x1b",
    "grüße 😀".encode(),
]


def test_no_name_breaks_out() -> None:
    text = page([b"<b>", b"&"], [Entry(name, False, 1, 0.0) for name in EVIL]).decode()
    assert "<script" not in text
    assert "<b>" not in text
    hrefs = re.findall(r'href=("[^"]*"|[^"][^ >]*)', text)
    assert all(re.fullmatch(r'"(\.\.?/)*(\./[A-Za-z0-9/!$&#;()*+,=:@~._%-]*)?"', href) for href in hrefs), hrefs
    assert "grüße 😀" in text
    assert "./%FF%FE" in text
    assert "./javascript:alert(1)" in text
    assert "./a&amp;amp;b%3Fc%23d%2541" in text


def test_the_way_back() -> None:
    assert links(page([], [])) == []
    assert links(page([b"a"], [])) == ["../"]
    text = page([b"a", b"b"], []).decode()
    assert '<h1><a href="../../">/</a><a href="../"><bdi>a</bdi></a>/<a href="./"><bdi>b</bdi></a>/</h1>' in text
    assert "<title>/a/b/</title>" in text
    assert "This folder is empty." in text


def test_a_huge_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_ENTRIES", 3)
    for number in range(3):
        (tmp_path / str(number)).touch()
    assert listed(tmp_path)[1]
    (tmp_path / "3").touch()
    entries, is_all = listed(tmp_path)
    assert (len(entries), is_all) == (3, False)
    assert b"Only 3 of its files are shown." in page([], entries, is_all=is_all)
