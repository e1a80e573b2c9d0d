"""Content as it is read: from memory, from a disk that makes us wait, from files that change meanwhile."""

import errno
import os
import threading
import zlib
from pathlib import Path

import pytest
from gevent.monkey import get_original

from frpg.client.plugins.static_file import bodies
from frpg.client.plugins.static_file.bodies import PIECE, FileBody, GzipBody, MemoryBody, PageBody, in_thread
from frpg.relay.http.local import Body

CONTENT = b"".join(b"line %d\n" % number for number in range(40_000))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


def opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY)


def drain(body: Body) -> bytes:
    """All of it, by `read`, and by `wait` where that does not help."""
    pieces = []
    while piece := _next(body):
        pieces.append(bytes(piece))
        assert len(piece) <= PIECE
    body.close()
    body.close()
    return b"".join(pieces)


def _next(body: Body) -> bytes:
    piece = body.read()
    return bytes(body.wait() if piece is None else piece)


PARTS = [range(len(CONTENT)), range(5), range(100, 100), b"between", range(200_000, 350_000), b"end"]
WANTED = b"".join(CONTENT[part.start : part.stop] if isinstance(part, range) else part for part in PARTS)


def test_parts_of_a_file(file: Path) -> None:
    assert drain(FileBody(opened(file), PARTS)) == WANTED
    assert drain(FileBody(opened(file), ())) == b""


@pytest.mark.parametrize("is_supported", [True, False])
def test_a_file_that_is_not_in_memory(file: Path, monkeypatch: pytest.MonkeyPatch, is_supported: bool) -> None:
    """Where the system cannot tell, it is read at once: such files are in memory anyway."""
    number = errno.EAGAIN if is_supported else errno.EOPNOTSUPP

    def preadv(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "preadv", preadv)
    body = FileBody(opened(file), [range(10)])
    first = body.read()
    assert first == (None if is_supported else CONTENT[:10])
    assert drain(body) == (CONTENT[:10] if is_supported else b"")
    assert drain(FileBody(opened(file), PARTS)) == WANTED


def test_a_part_that_is_in_memory(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.preadv
    monkeypatch.setattr(os, "preadv", lambda fd, buffers, at, flags: real(fd, [memoryview(buffers[0])[:3]], at, flags))
    assert drain(FileBody(opened(file), [range(10)])) == CONTENT[:10]


def test_a_system_that_cannot_tell(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "NOWAIT", None)
    assert drain(FileBody(opened(file), PARTS)) == WANTED


@pytest.mark.parametrize("fault", [errno.EIO, errno.EBADF])
def test_a_bad_disk(file: Path, monkeypatch: pytest.MonkeyPatch, fault: int) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr(os, "preadv", fail)
    monkeypatch.setattr(os, "pread", fail)
    for body in (FileBody(opened(file), [range(10)]), GzipBody(opened(file), 10)):
        with pytest.raises(OSError, match=os.strerror(fault)):
            _next(body)
        body.close()


def test_a_file_that_becomes_shorter(file: Path) -> None:
    plain, zipped = FileBody(opened(file), [range(len(CONTENT))]), GzipBody(opened(file), len(CONTENT))
    os.truncate(file, 100)
    assert _next(plain) == CONTENT[:100]
    for body in (plain, zipped):
        with pytest.raises(OSError, match="shorter"):
            while _next(body):
                pass
        body.close()


def test_a_file_that_becomes_longer(file: Path) -> None:
    plain, zipped = FileBody(opened(file), [range(len(CONTENT))]), GzipBody(opened(file), len(CONTENT))
    with file.open("ab") as more:
        more.write(b"more")
    assert drain(plain) == CONTENT
    assert zlib.decompress(drain(zipped), 31) == CONTENT


def test_compressed(file: Path) -> None:
    content = drain(GzipBody(opened(file), len(CONTENT)))
    assert zlib.decompress(content, 31) == CONTENT
    assert len(content) < len(CONTENT) / 3


def test_a_page() -> None:
    calls = []
    body = PageBody(lambda: b"page", lambda: calls.append("done"))
    assert body.read() is None
    assert drain(body) == b"page"
    assert calls == ["done"]
    assert drain(PageBody(lambda: b"page")) == b"page"


def test_memory() -> None:
    assert drain(MemoryBody([b"a", b"bc"])) == b"abc"


def test_in_a_thread() -> None:
    ident = get_original("threading", "get_ident")
    assert in_thread(lambda: b"%d" % ident()) != b"%d" % ident()
    assert threading.active_count() >= 1

    def fail() -> bytes:
        raise FileNotFoundError(errno.ENOENT, "gone")

    with pytest.raises(FileNotFoundError):
        in_thread(fail)
