"""An answer's head: lenient where that is safe, cut everywhere, and never two meanings."""

import pytest

from frpg.proto.http1.fields import BadMessage
from frpg.proto.http1.request import CHUNKED
from frpg.proto.http1.response import UNTIL_CLOSE, parse_response, split_head
from tests.unit.proto.http1.messages import head


def read(data: bytes, step: int) -> tuple[bytes, bytes] | None:
    """Split as the bytes come; (head, all that follows)."""
    kept = b""
    for at in range(0, len(data), step):
        kept += data[at : at + step]
        if (split := split_head(kept)) is not None:
            return split[0], split[1] + data[at + step :]
    return None


HEADS = [
    b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\n",
    b"HTTP/1.1 200 OK\nA: b\nContent-Length: 3\n\n",
    b"HTTP/1.1 200 OK\nA: b\nContent-Length: 3\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: b\nContent-Length: 3\r\n\n",
    b"HTTP/1.1 200 OK\r\nA: b\nContent-Length: 3\r\n\r\n",
    b"HTTP/1.1 200 OK\nA:\n b\nContent-Length:\r\n \t3\r\n\r\n",
]
BODIES = [b"", b"abc", b"\r\n\r\n", b"a\n\nb\r\n\r\nc", b"X-Evil: 1\r\n\r\n", b"\n\n"]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("start", HEADS)
def test_head_ends_at_the_same_place_however_it_is_cut(start: bytes, body: bytes) -> None:
    for step in range(1, len(start + body) + 1):
        split = read(start + body, step)
        assert split is not None
        assert split[1] == body
        response = parse_response(split[0])
        assert [(field.name, field.value) for field in response.fields] == [(b"A", b"b"), (b"Content-Length", b"3")]
        assert (response.status, response.reason, response.size(b"GET")) == (200, b"OK", 3)


@pytest.mark.parametrize("start", HEADS)
def test_head_is_incomplete_up_to_its_last_byte(start: bytes) -> None:
    for end in range(len(start)):
        assert split_head(start[:end]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\tContent-Length: 3\r\n\r\n",
        b"HTTP/1.1 200 OK\n a: b\n\n", b"HTTP/1.1 200 OK\r\na\r\n\r\n", b"HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na : c\r\n\r\n", b"HTTP/1.1 200 OK\r\na: \0\r\n\r\n", b"HTTP/1.1 200 OK\r\n: c\r\n\r\n",
        b"HTTP/1.1 200 OK\ra: b\r\n\r\n", b"HTTP/1.1 200 OK\r\na: b\rc: d\r\n\r\n", b"HTTP/1.1 200 O\0K\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 099 OK\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1  200 OK\r\n\r\n", b"HTTP/2.0 200 OK\r\n\r\n", b"HTTP/1.2 200 OK\r\n\r\n", b"http/1.1 200 OK\r\n\r\n",
        b" HTTP/1.1 200 OK\r\n\r\n", b"\r\n\r\n", b"SSH-2.0-x\r\n\r\n", b"220 mail\r\n\r\n", b"HTTP/1.1 200OK\r\n\r\n",
        b"\r\nHTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 +20 OK\r\n\r\n",
    ],
)  # fmt: skip
def test_no_head(data: bytes) -> None:
    split = split_head(data)
    assert split is not None
    with pytest.raises(BadMessage):
        parse_response(split[0])


def test_folds_are_mended_into_one_field() -> None:
    split = split_head(b"HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\t d\r\nE: f\r\n\r\n")
    assert split is not None
    response = parse_response(split[0])
    assert [(field.name, field.value) for field in response.fields] == [(b"A", b"b c d"), (b"E", b"f")]
    assert response.rest == b"\r\nA: b c d\r\nE: f\r\n"


def size(*lines: str, method: bytes = b"GET", status: str = "200 OK", minor: int = 1) -> int:
    return parse_response(head(f"HTTP/1.{minor} {status}", *lines)).size(method)


def test_sizes() -> None:
    assert size() == UNTIL_CLOSE
    assert size("Content-Length: 0") == 0
    assert size("content-length:  12 ") == 12
    assert size("Transfer-Encoding: CHUNKED") == CHUNKED
    for status in ("204 No", "304 Not", "100 Go", "103 Hints", "101 Switch"):
        assert size("Content-Length: 5", status=status) == size("Transfer-Encoding: chunked", status=status) == 0
    assert size("Content-Length: 5", method=b"HEAD") == size(method=b"HEAD") == 0


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 5",
        "Transfer-Encoding: chunked"], ["Transfer-Encoding: gzip, chunked"], ["Content-Length: -1"],
        ["Transfer-Encoding: identity"], ["Content-Length: 5, 5"], ["Content-Length: 5", "Content-Length: 5"],
        ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], ["Content-Length: x"], ["Content-Length:"],
    ],
)  # fmt: skip
def test_sizes_that_could_be_read_in_two_ways(lines: list[str]) -> None:
    with pytest.raises(BadMessage):
        size(*lines)


@pytest.mark.parametrize(
    ("minor", "value", "keeps"),
    [(1, None, True), (1, "Close", False), (0, None, False), (0, "keep-alive", True), (1, "close, keep-alive", False)],
)
def test_keeping_alive(minor: int, value: str | None, keeps: bool) -> None:
    lines = [] if value is None else [f"Connection: {value}"]
    assert parse_response(head(f"HTTP/1.{minor} 200 OK", *lines)).keeps_alive is keeps


def test_reason_phrase() -> None:
    for line, reason in (("HTTP/1.1 200", b""), ("HTTP/1.1 200 ", b""), ("HTTP/1.1 200 a  b\xe9 ", b"a  b\xe9 ")):
        assert parse_response(head(line)).reason == reason


def test_end_to_end_fields() -> None:
    response = parse_response(
        head("HTTP/1.1 200 OK", "Connection: x-n", "X-N: 1", "A: b", "Keep-Alive: 1", "Trailer: c")
    )
    assert [field.name for field in response.end_to_end()] == [b"A", b"Trailer"]
