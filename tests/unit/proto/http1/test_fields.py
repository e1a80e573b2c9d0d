"""Field lines: what is one, what is none, and that finding out costs no second look."""

import pytest

from frpg.proto.http1.fields import (
    MAX_FIELDS,
    BadMessage,
    check_fields,
    connection_options,
    content_length,
    make_field,
    parse_trailers,
    pattern_of,
    read_special,
    split_fields,
    tokens,
    without,
)


def parse(data: bytes) -> list[tuple[bytes, bytes]]:
    """(name, value) of each field."""
    check_fields(data)
    fields = split_fields(data)
    assert b"".join(field.line + b"\r\n" for field in fields) == data  # kept byte for byte
    return [(field.name, field.value) for field in fields]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b"Host: a\r\n", (b"Host", b"a")),
        (b"Host:a\r\n", (b"Host", b"a")),
        (b"x:\r\n", (b"x", b"")),
        (b"x: \t \r\n", (b"x", b"")),
        (b"x:  a  b \r\n", (b"x", b"a  b")),
        (b"X_|~: \xe9\xff:\t\r\n", (b"X_|~", b"\xe9\xff:")),
    ],
)
def test_field(line: bytes, field: tuple[bytes, bytes]) -> None:
    assert parse(line) == [field]
    assert parse(line * 3) == [field] * 3


BROKEN = [
    b"no colon\r\n",
    b": no name\r\n",
    b"Host : a\r\n",
    b" Host: a\r\n",
    b"\tHost: a\r\n",
    b"Ho st: a\r\n",
    b"H\xf6st: a\r\n",
    b"a: b\n",
    b"a: b\nc: d\r\n",
    b"a: b\rc: d\r\n",
    b"a: b\r\r\n",
    b"a: \x00\r\n",
    b"\x00a: b\r\n",
    b"a: \x7f\r\n",
    b"a: \x1b\r\n",
    b"a: \x0b\r\n",
    b"a(b): c\r\n",
    b"a@: c\r\n",
    b"\r\n",
    b"a: b\r\n folded\r\n",
    b"a: b\r\n\r\nc: d\r\n",
]


@pytest.mark.parametrize("line", BROKEN)
@pytest.mark.parametrize("place", ["alone", "first", "last"])
def test_no_field(line: bytes, place: str) -> None:
    data = {"alone": b"%b", "first": b"%bx: y\r\n", "last": b"x: y\r\n%b"}[place] % line
    with pytest.raises(BadMessage, match="malformed header field") as caught:
        parse(data)
    assert caught.value.status == 400


def test_a_control_character_is_none_wherever_it_stands() -> None:
    for code in [*range(0x20), 0x7F]:
        if code != 0x09:
            for line in (b"a: %cb\r\n", b"a: b%c\r\n", b"a%c: b\r\n", b"%ca: b\r\n"):
                with pytest.raises(BadMessage):
                    parse(line % code)


def test_many_fields_are_too_many() -> None:
    assert len(parse(b"a:\r\n" * MAX_FIELDS)) == MAX_FIELDS
    with pytest.raises(BadMessage) as caught:
        parse(b"a:\r\n" * (MAX_FIELDS + 1))
    assert caught.value.status == 431


@pytest.mark.parametrize("filler", [b" ", b"\t", b"x", b":", b"a: b\r\n"])
@pytest.mark.parametrize("end", [b"\x00\r\n", b"\r", b"\n", b""])
def test_a_line_that_does_not_fit_is_looked_at_once(filler: bytes, end: bytes) -> None:
    # With anything but possessive repeats these take hours.
    with pytest.raises(BadMessage):
        parse(b"a: " + filler * 1_000_000 + end + b"\x00")


NAMES = pattern_of((b"host", b"te", b"x-forwarded-for"))
ONCE = frozenset((b"host",))


def test_special_fields_are_found_in_any_spelling() -> None:
    block = b"\r\nHOST:  a \r\nTe: x\r\nx-Forwarded-FOR:1\r\nte:\r\nX-Forwarded-For: 2\r\n"
    special, found = read_special(NAMES, block, ONCE, frozenset())
    assert special == {b"host": b"a", b"te": b"x, ", b"x-forwarded-for": b"1, 2"}
    lines = block[2:-2].split(b"\r\n")
    assert found == [(line.partition(b":")[0].lower(), line) for line in lines]
    assert read_special(NAMES, block, ONCE, frozenset((b"te", b"x-forwarded-for"))) == (special, found[:1])
    assert without(block, lines) == b"\r\n"


def test_names_that_only_look_like_them_are_not() -> None:
    block = b"\r\nHosts: a\r\nxHost: b\r\nX: Host: c\r\nHost-: d\r\n-te: e\r\nx-forwarded_for: 1\r\nx: \tte: y\r\n"
    assert read_special(NAMES, block, ONCE, ONCE) == ({}, [])


@pytest.mark.parametrize("second", [b"host: a", b"Host: b", b"HOST:"])
def test_some_fields_come_once(second: bytes) -> None:
    with pytest.raises(BadMessage, match="more than one host"):
        read_special(NAMES, b"\r\nHost: a\r\nx: y\r\n%b\r\n" % second, ONCE, ONCE)


def test_only_whole_lines_are_taken_out() -> None:
    block = b"\r\nx-te: x\r\nte: x\r\nte: xy\r\nte: x\r\nte: x \r\n"
    assert without(block, [b"te: x"]) == b"\r\nx-te: x\r\nte: xy\r\nte: x\r\nte: x \r\n"
    assert without(block, [b"te: x", b"te: x"]) == b"\r\nx-te: x\r\nte: xy\r\nte: x \r\n"


def test_trailers_cannot_change_how_the_message_was_read() -> None:
    lines = (
        b"X-Sum: 1\r\nHost: evil\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
        b"AUTHORIZATION: x\r\nx-forwarded-for: 1\r\nconnection: x\r\nUpgrade: y\r\n"
    )
    assert [(field.name, field.value) for field in parse_trailers(lines)] == [(b"X-Sum", b"1")]
    assert parse_trailers(b"") == []
    for broken in (b"a b: c\r\n", b"a: b", b"a: b\n", b" a: b\r\n"):
        with pytest.raises(BadMessage):
            parse_trailers(broken)


def test_a_field_is_made_of_sound_parts() -> None:
    assert make_field(b"X-a", b"b c") == (b"X-a: b c", b"X-a")
    for name, value in ((b"", b"x"), (b"a:", b"x"), (b"a ", b"x"), (b"a", b"x\r\n"), (b"a", b"\x00"), (b"a\n", b"")):
        with pytest.raises(BadMessage):
            make_field(name, value)


@pytest.mark.parametrize(
    ("value", "closes", "stays", "named"),
    [
        (b"", False, False, ()),
        (b"Close", True, False, ()),
        (b"Keep-Alive", False, True, ()),
        (b"keep-alive, close,X-A ,,te", True, True, (b"x-a", b"te")),
        (b"host, Content-Length, x", False, False, (b"x",)),
        (b"Upgrade", False, False, (b"upgrade",)),
        (b"closed", False, False, (b"closed",)),
    ],
)
def test_connection_options(value: bytes, closes: bool, stays: bool, named: tuple[bytes, ...]) -> None:
    assert connection_options(value) == (closes, stays, frozenset(named))


def test_tokens() -> None:
    assert tokens(b"") == tokens(b" , ,\t") == []
    assert tokens(b"Close, keep-ALIVE ,\tTE") == [b"close", b"keep-alive", b"te"]


@pytest.mark.parametrize(("value", "size"), [(b"0", 0), (b"5", 5), (b"007", 7), (b"9" * 18, 10**18 - 1)])
def test_content_length(value: bytes, size: int) -> None:
    assert content_length(value) == size


@pytest.mark.parametrize(
    "value",
    [b"", b"-1", b"+1", b"1_0", b"0x5", b"5, 5", b"5,6", b"1 1", b"1.0", b"5\xb2", b"\xd9\xa1", b"1" * 19, b"5;"],
)
def test_content_length_that_is_none(value: bytes) -> None:
    with pytest.raises(BadMessage):
        content_length(value)
