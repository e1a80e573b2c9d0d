import os
from email.utils import formatdate
from pathlib import Path

import pytest

from frpg.client.plugins.static_file.conditions import Version, allows_range, judge

CHANGED = 1_700_000_000


@pytest.fixture
def info(tmp_path: Path) -> os.stat_result:
    path = tmp_path / "file"
    path.write_bytes(b"hello")
    os.utime(path, ns=(0, CHANGED * 10**9 + 5))
    return path.stat()


@pytest.fixture
def version(info: os.stat_result) -> Version:
    return Version(info)


def date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


def test_what_heads_say(info: os.stat_result, version: Version) -> None:
    assert version.lines == b"ETag: %b\r\nLast-Modified: %b\r\n" % (version.tag, date(CHANGED))
    assert Version(info, b"gz").tag == version.tag[:-1] + b'-gz"'


def test_a_date_that_http_cannot_say(tmp_path: Path) -> None:
    class Info:
        st_mtime_ns, st_size, st_ino = 10**21, 1, 1

    assert b"Last-Modified" not in Version(Info()).lines  # type: ignore[arg-type]


def test_another_content_is_another_version(tmp_path: Path) -> None:
    tags = set()
    for name, content, changed in (("a", b"x", 1), ("a", b"xy", 1), ("a", b"xy", 2), ("b", b"xy", 2)):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, ns=(0, changed))
        tags.add(Version((tmp_path / name).stat()).tag)
    assert len(tags) == 4


OURS, OTHER = b"{tag}", b'"other"'
OLDER, SAME, NEWER = date(CHANGED - 1), date(CHANGED), date(CHANGED + 1)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 200),
        ({b"if-none-match": OURS}, 304),
        ({b"if-none-match": b"W/" + OURS}, 304),
        ({b"if-none-match": b"*"}, 304),
        ({b"if-none-match": OTHER + b', "a,b" ,' + OURS}, 304),
        ({b"if-none-match": OTHER}, 200),
        ({b"if-none-match": b"rubbish"}, 200),
        ({b"if-modified-since": SAME}, 304),
        ({b"if-modified-since": NEWER}, 304),
        ({b"if-modified-since": OLDER}, 200),
        ({b"if-modified-since": b"Sunday, 06-Nov-94 08:49:37 GMT"}, 200),
        ({b"if-modified-since": b"yesterday"}, 200),
        ({b"if-modified-since": b"Thu, 99 Foo 99999999999 99:99:99 GMT"}, 200),
        ({b"if-modified-since": b"\xff"}, 200),
        ({b"if-none-match": OTHER, b"if-modified-since": NEWER}, 200),  # the tag says more
        ({b"if-match": OURS}, 200),
        ({b"if-match": b"*"}, 200),
        ({b"if-match": b"W/" + OURS}, 412),
        ({b"if-match": OTHER}, 412),
        ({b"if-unmodified-since": SAME}, 200),
        ({b"if-unmodified-since": OLDER}, 412),
        ({b"if-unmodified-since": b"yesterday"}, 200),
        ({b"if-match": OURS, b"if-unmodified-since": OLDER}, 200),
        ({b"if-match": OTHER, b"if-none-match": OURS}, 412),
    ],
)
def test_judge(version: Version, fields: dict[bytes, bytes], status: int) -> None:
    asked = {name: value.replace(b"{tag}", version.tag) for name, value in fields.items()}
    assert judge(asked, version) == status


@pytest.mark.parametrize(
    ("value", "is_allowed"),
    [(OURS, True), (SAME, True), (b"W/" + OURS, False), (OTHER, False), (NEWER, False), (b"", False)],
)
def test_if_range(version: Version, value: bytes, is_allowed: bool) -> None:
    assert allows_range({b"if-range": value.replace(b"{tag}", version.tag)}, version) is is_allowed
    assert allows_range({}, version)
