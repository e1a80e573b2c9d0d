"""What is sent of a file: all, parts, nothing; as it is, or compressed."""

import gzip

import pytest

from tests.unit.client.plugins.static_file.visiting import Visit, value

pytestmark = pytest.mark.usefixtures("both_ways")

TEXT = b"".join(b"line %d\n" % number for number in range(5000))


def test_a_file(visit: Visit) -> None:
    visit.file("a.txt", TEXT)
    for _ in range(2):
        answer = visit.ask("/a.txt")
        assert (answer.status, answer.body) == (200, TEXT)
        assert value(answer, "Content-Type") == b"text/plain; charset=utf-8"
        assert value(answer, "Content-Length") == b"%d" % len(TEXT)
        assert value(answer, "Accept-Ranges") == b"bytes"
        assert value(answer, "Last-Modified").endswith(b" GMT")
        assert value(answer, "ETag").startswith(b'"')
        assert value(answer, "Vary") == b"Accept-Encoding"
        assert value(answer, "Date")


def test_no_content_at_all(visit: Visit) -> None:
    visit.file("empty", b"")
    for _ in range(2):
        assert visit.body("/empty") == b""
        assert visit.body("/empty", "Range: bytes=0-10") == b""


def test_head_is_the_head_of_get(visit: Visit) -> None:
    visit.file("a.txt", TEXT)
    for encoding in ("identity", "gzip"):
        visit.ask("/a.txt", f"Accept-Encoding: {encoding}")  # the first one may not know how long it will be
        get = visit.ask("/a.txt", f"Accept-Encoding: {encoding}")
        head = visit.ask("/a.txt", f"Accept-Encoding: {encoding}", method="HEAD")
        assert head.status == 200
        hidden = (b"Date", b"Transfer-Encoding")
        assert [field for field in head.fields if field[0] not in hidden] == [
            field for field in get.fields if field[0] not in hidden
        ]


def test_large_files_in_pieces(visit: Visit) -> None:
    content = bytes(range(256)) * 8192
    visit.file("large.bin", content)
    assert visit.body("/large.bin") == content
    answer = visit.ask("/large.bin", "Range: bytes=1000000-1999999")
    assert (answer.status, answer.body) == (206, content[1_000_000:2_000_000])


# --- conditions


def test_what_a_visitor_has_already(visit: Visit) -> None:
    visit.file("a.txt", TEXT)
    first = visit.ask("/a.txt")
    tag, date = value(first, "ETag").decode(), value(first, "Last-Modified").decode()
    for field in (
        f"If-None-Match: {tag}",
        f"If-Modified-Since: {date}",
        'If-None-Match: "x", *'.replace("x", tag[1:-1]),
    ):
        for method in ("GET", "HEAD"):
            answer = visit.ask("/a.txt", field, method=method)
            assert (answer.status, answer.body) == (304, b"")
            assert value(answer, "ETag").decode() == tag
            assert value(answer, "Vary") == b"Accept-Encoding"
            assert not answer.values("Content-Length")
    assert visit.body("/a.txt", 'If-None-Match: "other"', f"If-Modified-Since: {date}") == TEXT
    assert visit.ask("/a.txt", 'If-Match: "other"').status == 412
    assert visit.ask("/a.txt", "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT").status == 412
    assert visit.body("/a.txt", f"If-Match: {tag}", "Accept-Encoding: gzip") == TEXT


def test_a_changed_file_is_another_version(visit: Visit) -> None:
    visit.file("a.txt", b"one")
    tag = value(visit.ask("/a.txt"), "ETag").decode()
    visit.file("a.txt", b"other")
    assert visit.body("/a.txt", f"If-None-Match: {tag}") == b"other"


# --- ranges


@pytest.mark.parametrize(
    ("ranges", "part"), [("0-4", range(5)), ("10-", range(10, len(TEXT))), ("-7", range(len(TEXT) - 7, len(TEXT)))]
)
def test_a_part(visit: Visit, ranges: str, part: range) -> None:
    visit.file("a.txt", TEXT)
    for _ in range(2):
        answer = visit.ask("/a.txt", f"Range: bytes={ranges}", "Accept-Encoding: gzip")
        assert (answer.status, answer.body) == (206, TEXT[part.start : part.stop])
        assert value(answer, "Content-Range") == b"bytes %d-%d/%d" % (part.start, part.stop - 1, len(TEXT))
        assert not answer.values("Content-Encoding")


def test_several_parts(visit: Visit) -> None:
    visit.file("a.txt", TEXT)
    answer = visit.ask("/a.txt", "Range: bytes=0-4,100-102,-1")
    assert answer.status == 206
    boundary = value(answer, "Content-Type").removeprefix(b"multipart/byteranges; boundary=")
    parts = answer.body.split(b"--" + boundary)
    assert [part.partition(b"\r\n\r\n")[2] for part in parts[1:-1]] == [
        TEXT[:5] + b"\r\n",
        TEXT[100:103] + b"\r\n",
        TEXT[-1:] + b"\r\n",
    ]
    assert (parts[0], parts[-1]) == (b"", b"--\r\n")
    assert value(answer, "Content-Length") == b"%d" % len(answer.body)


def test_beyond_the_end(visit: Visit) -> None:
    visit.file("a.txt", TEXT)
    answer = visit.ask("/a.txt", f"Range: bytes={len(TEXT)}-", "Accept-Encoding: gzip")
    assert (answer.status, answer.body) == (416, b"")
    assert value(answer, "Content-Range") == b"bytes */%d" % len(TEXT)
    assert not answer.values("Content-Encoding")


def test_ranges_that_are_ignored(visit: Visit) -> None:
    visit.file("a.txt", TEXT)
    for ranges in ("lines=1-2", "bytes=0-,0-,0-"):
        assert visit.body("/a.txt", f"Range: {ranges}") == TEXT
    assert visit.ask("/a.txt", "Range: bytes=0-4", method="HEAD").status == 200


def test_a_part_of_the_same_version_only(visit: Visit) -> None:
    visit.file("a.txt", TEXT)
    first = visit.ask("/a.txt")
    tag, date = value(first, "ETag").decode(), value(first, "Last-Modified").decode()
    for mark, status in ((tag, 206), (date, 206), ('"other"', 200), ("Sun, 06 Nov 1994 08:49:37 GMT", 200)):
        answer = visit.ask("/a.txt", "Range: bytes=0-4", f"If-Range: {mark}", "Accept-Encoding: gzip")
        assert (answer.status, answer.body) == (status, TEXT[:5] if status == 206 else TEXT)


# --- compression


def test_compressed(visit: Visit) -> None:
    visit.file("a.txt", TEXT)
    plain = value(visit.ask("/a.txt"), "ETag")
    for _ in range(3):
        answer = visit.ask("/a.txt", "Accept-Encoding: br, gzip;q=0.8")
        assert (answer.status, gzip.decompress(answer.body)) == (200, TEXT)
        assert value(answer, "Content-Encoding") == b"gzip"
        assert value(answer, "Vary") == b"Accept-Encoding"
        assert not answer.values("Accept-Ranges")
    tag = value(answer, "ETag")
    assert tag not in (plain, b"")
    assert visit.ask("/a.txt", "Accept-Encoding: gzip", f"If-None-Match: {tag.decode()}").status == 304
    assert visit.ask("/a.txt", f"If-None-Match: {tag.decode()}").status == 200


@pytest.mark.parametrize("encoding", ["identity", "gzip;q=0", "gzip; q=0.000", "br", "*", "xgzip"])
def test_not_for_those_who_cannot_read_it(visit: Visit, encoding: str) -> None:
    visit.file("a.txt", TEXT)
    answer = visit.ask("/a.txt", f"Accept-Encoding: {encoding}")
    assert (answer.body, answer.values("Content-Encoding")) == (TEXT, [])


@pytest.mark.parametrize(("name", "content"), [("a.png", TEXT), ("a.txt", TEXT[:1024]), ("a.gz", TEXT)])
def test_not_what_does_not_get_shorter(visit: Visit, name: str, content: bytes) -> None:
    visit.file(name, content)
    answer = visit.ask(f"/{name}", "Accept-Encoding: gzip")
    assert (answer.body, answer.values("Content-Encoding")) == (content, [])
    assert not answer.values("Vary")


def test_a_large_file_compressed(visit: Visit) -> None:
    content = TEXT * 30
    visit.file("large.txt", content)
    answer = visit.ask("/large.txt", "Accept-Encoding: gzip")
    assert gzip.decompress(answer.body) == content
    assert len(answer.chunks) > 1
