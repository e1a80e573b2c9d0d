import errno
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frpg.client.files import replace_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: a write beyond is an error, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_and_its_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    replace_file(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert mode_of(path) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_what_is_there_is_replaced_and_not_written_over(file: Path) -> None:
    with file.open("rb") as reader:
        replace_file(file, b"new", mode=0o640)
        assert reader.read() == b"old"
    assert file.read_bytes() == b"new"
    assert mode_of(file) == 0o640


def test_a_link_stays_one(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    replace_file(link, b"new", mode=0o600)
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_what_a_crash_left_is_no_hindrance_and_a_link_laid_there_is_not_followed(file: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "file.tmp").symlink_to(victim)
    replace_file(file, b"new", mode=0o600)
    assert (file.read_bytes(), victim.read_bytes()) == (b"new", b"precious")
    assert not (tmp_path / "file.tmp").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_stays_the_same(file: Path) -> None:
    os.chown(file, 12345, 12346)
    replace_file(file, b"new", mode=0o600)
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 12346)


@pytest.mark.parametrize("may_overwrite", [False, True])
def test_on_a_full_disk_the_old_content_stays(file: Path, may_overwrite: bool) -> None:
    with small_disk(100), pytest.raises(OSError) as caught:
        replace_file(file, b"x" * 1000, mode=0o600, may_overwrite=may_overwrite)
    assert caught.value.errno == errno.EFBIG
    assert file.read_bytes() == b"old"
    assert [*file.parent.iterdir()] == [file]


def test_a_folder_in_the_place_of_a_parent_is_an_error(file: Path) -> None:
    with pytest.raises(OSError):
        replace_file(file / "below", b"new", mode=0o600, may_overwrite=True)
    assert file.read_bytes() == b"old"


def test_where_no_other_file_can_take_its_place_it_is_written_over_if_wanted(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise OSError(errno.EBUSY, "it is mounted", str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError):
        replace_file(file, b"new", mode=0o600)
    assert file.read_bytes() == b"old"
    replace_file(file, b"n", mode=0o600, may_overwrite=True)
    assert file.read_bytes() == b"n"
    file.write_bytes(b"o" * 50)
    with small_disk(60), pytest.raises(OSError):
        replace_file(file, b"x" * 1000, mode=0o600, may_overwrite=True)
    assert file.read_bytes() == b"o" * 50
    assert [*file.parent.iterdir()] == [file]
