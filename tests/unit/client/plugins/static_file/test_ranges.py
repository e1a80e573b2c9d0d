import pytest

from frpg.client.plugins.static_file.ranges import MAX_RANGES, Multipart, Unsatisfiable, parse_ranges

SIZE = 100


@pytest.mark.parametrize(
    ("value", "ranges"),
    [
        (b"bytes=0-0", [range(1)]),
        (b"bytes=10-19", [range(10, 20)]),
        (b"bytes=90-", [range(90, 100)]),
        (b"bytes=-10", [range(90, 100)]),
        (b"bytes=-1000", [range(100)]),
        (b"bytes=50-1000", [range(50, 100)]),
        (b"bytes=99-99, 0-0 ,-1", [range(99, 100), range(1), range(99, 100)]),
        (b"BYTES = 0-0", [range(1)]),
        (b"bytes=0-0,,", [range(1)]),
        (b"bytes=200-300,5-5", [range(5, 6)]),
        (b"bytes=0-,0-", []),  # more than the file
        (b"lines=0-1", []),
        (b"bytes", []),
        (b"", []),
        (b"bytes=" + b"0-0," * MAX_RANGES, [range(1)] * MAX_RANGES),
        (b"bytes=" + b"0-0," * (MAX_RANGES + 1), []),
    ],
)
def test_parse(value: bytes, ranges: list[range]) -> None:
    assert parse_ranges(value, SIZE) == ranges


@pytest.mark.parametrize(
    "value",
    [b"bytes=100-", b"bytes=100-200,300-", b"bytes=-0", b"bytes=", b"bytes=-", b"bytes=5-4", b"bytes=a-b",
     b"bytes=1-2-3", b"bytes=0x1-5", b"bytes=--5", b"bytes=+1-5", b"bytes=1 - 5",
     b"bytes=99999999999999999999-"],
)  # fmt: skip
def test_nothing_there(value: bytes) -> None:
    with pytest.raises(Unsatisfiable):
        parse_ranges(value, SIZE)


def test_an_empty_file_has_no_parts() -> None:
    assert parse_ranges(b"bytes=0-", 0) == []


def test_multipart() -> None:
    several = Multipart([range(2), range(5, 6)], 10, b"text/plain")
    boundary = several.kind.removeprefix(b"multipart/byteranges; boundary=")
    content = b"0123456789"
    text = b"".join(content[part.start : part.stop] if isinstance(part, range) else part for part in several.parts)
    assert text == (
        b"--%(b)b\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
        b"\r\n--%(b)b\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-5/10\r\n\r\n5\r\n--%(b)b--\r\n"
    ) % {b"b": boundary}
    assert several.size == len(text)
    assert Multipart([range(1), range(1)], 10, b"x").kind != several.kind
