"""Port ranges, bandwidths, INI scalars and lists, near names. The expected texts are those of frp 0.70.1."""

from __future__ import annotations

import pytest

from frpg.config.values import (
    Bandwidth,
    PortRange,
    nearest,
    parse_bool_ini,
    parse_float,
    parse_int_ini,
    parse_numbers,
    parse_port_ranges,
    split_list_ini,
)

EMPTY_NUMBER = 'range number is invalid, strconv.ParseInt: parsing "": invalid syntax'


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("1000-2000,3000,4000-5000", [(1000, 2000), (3000, 3000), (4000, 5000)]),
        (" 1 , 2 - 3 ", [(1, 1), (2, 3)]),
        ("1\t-\t2", [(1, 2)]),
        ("3-3", [(3, 3)]),
        ("+1", [(1, 1)]),
        ("007", [(7, 7)]),
        ("70000", [(70000, 70000)]),
        ("1,1", [(1, 1), (1, 1)]),
    ],
)
def test_port_ranges(text: str, ranges: list[tuple[int, int]]) -> None:
    assert parse_port_ranges(text) == [PortRange(*ends) for ends in ranges]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", EMPTY_NUMBER),
        ("1,", EMPTY_NUMBER),
        ("1,,2", EMPTY_NUMBER),
        ("1-", EMPTY_NUMBER),
        ("-1", EMPTY_NUMBER),
        ("-", EMPTY_NUMBER),
        ("5-1", "range number is invalid"),
        ("1-2-3", "range number is invalid"),
        ("1--2", "range number is invalid"),
        ("a", 'range number is invalid, strconv.ParseInt: parsing "a": invalid syntax'),
        ("a-1", 'range number is invalid, strconv.ParseInt: parsing "a": invalid syntax'),
        ("1-b", 'range number is invalid, strconv.ParseInt: parsing "b": invalid syntax'),
        ("1 2", 'range number is invalid, strconv.ParseInt: parsing "1 2": invalid syntax'),
        ("0x1", 'range number is invalid, strconv.ParseInt: parsing "0x1": invalid syntax'),
        ("1_0", 'range number is invalid, strconv.ParseInt: parsing "1_0": invalid syntax'),
        ("\uff11", 'range number is invalid, strconv.ParseInt: parsing "\uff11": invalid syntax'),
        ('"\x01é', r'range number is invalid, strconv.ParseInt: parsing "\"\x01é": invalid syntax'),
        (
            "99999999999999999999",
            'range number is invalid, strconv.ParseInt: parsing "99999999999999999999": value out of range',
        ),
        (
            "9223372036854775808",
            'range number is invalid, strconv.ParseInt: parsing "9223372036854775808": value out of range',
        ),
    ],
)
def test_bad_port_ranges(text: str, message: str) -> None:
    for parse in (parse_port_ranges, parse_numbers):
        with pytest.raises(ValueError) as caught:
            parse(text)
        assert str(caught.value) == message


def test_a_number_of_thousands_of_digits_is_refused_as_any_other() -> None:
    with pytest.raises(ValueError, match="value out of range"):
        parse_port_ranges("9" * 5000)


def test_port_range_contains_both_ends() -> None:
    ports = PortRange(5, 7)
    assert [port for port in range(10) if port in ports] == [5, 6, 7]
    assert (str(ports), str(PortRange(5, 5))) == ("5-7", "5")


def test_numbers_are_expanded_in_order_with_duplicates() -> None:
    assert parse_numbers("3,1-3, 2") == [3, 1, 2, 3, 2]


def test_numbers_have_a_limit() -> None:
    with pytest.raises(ValueError, match=r"^range number is invalid, more than 1000000 numbers$"):
        parse_numbers("1-1000000000000")


@pytest.mark.parametrize(
    ("text", "stored", "rate"),
    [
        ("1MB", "1MB", 1048576),
        ("512KB", "512KB", 524288),
        ("1.5MB", "1.5MB", 1572864),
        (".5KB", ".5KB", 512),
        ("1.KB", "1.KB", 1024),
        ("+1KB", "+1KB", 1024),
        ("1e1MB", "1e1MB", 10485760),
        ("0.0001KB", "0.0001KB", 0),
        ("1_0KB", "1_0KB", 10240),
        ("0x1p1KB", "0x1p1KB", 2048),
        (" 2MB\t", "2MB", 2097152),
        ("0MB", "0MB", 0),
        ("-1MB", "-1MB", 0),
        ("1e300MB", "1e300MB", 2**63 - 1),
        ("", "", 0),
        ("  ", "", 0),
    ],
)
def test_bandwidth(text: str, stored: str, rate: int) -> None:
    bandwidth = Bandwidth.parse(text)
    assert (bandwidth.text, bandwidth.bytes_per_second) == (stored, rate)
    assert str(bandwidth) == stored
    assert bool(bandwidth) is (rate > 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("100", "unit not support"),
        ("1M", "unit not support"),
        ("1GB", "unit not support"),
        ("1mb", "unit not support"),
        ("B", "unit not support"),
        ("MB", 'strconv.ParseFloat: parsing "": invalid syntax'),
        ("1 MB", 'strconv.ParseFloat: parsing "1 ": invalid syntax'),
        ("xMB", 'strconv.ParseFloat: parsing "x": invalid syntax'),
        (".KB", 'strconv.ParseFloat: parsing ".": invalid syntax'),
        ("1eKB", 'strconv.ParseFloat: parsing "1e": invalid syntax'),
        ("0x1pMB", 'strconv.ParseFloat: parsing "0x1p": invalid syntax'),
        ("1e400KB", 'strconv.ParseFloat: parsing "1e400": value out of range'),
        ("InfKB", 'strconv.ParseFloat: parsing "Inf": value out of range'),
        ("nanMB", 'strconv.ParseFloat: parsing "nan": value out of range'),
    ],
)
def test_bad_bandwidth(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        Bandwidth.parse(text)
    assert str(caught.value) == message


def test_hexadecimal_floats_that_are_too_large_are_refused() -> None:
    with pytest.raises(ValueError, match="value out of range"):
        parse_float("0x1p999999")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7000", 7000),
        (" 7000 ", 7000),
        ("+7000", 7000),
        ("-7000", -7000),
        ("0", 0),
        ("-0", 0),
        ("00", 0),
        ("010", 8),
        ("0_10", 8),
        ("0o10", 8),
        ("0O10", 8),
        ("0x1b58", 7000),
        ("0X1B58", 7000),
        ("0x_1b58", 7000),
        ("0b101", 5),
        ("0B1_01", 5),
        ("7_000", 7000),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("-0x10", -16),
        ("0x" + "0" * 100 + "1", 1),
    ],
)
def test_ini_integers(text: str, number: int) -> None:
    assert parse_int_ini(text) == number


@pytest.mark.parametrize(
    "text", ["", "abc", "1e3", "5.0", "7__0", "_7", "7_", "08", "0x", "0b2", "0o8", "1 2", "\uff17", "+", "--1", "0x1_"]
)
def test_bad_ini_integers(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_int_ini(text)
    assert str(caught.value) == f"not an integer: '{text}'"


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", "0x" + "f" * 5000, "9" * 5000])
def test_ini_integers_have_64_bits(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not an integer of 64 bits: "):
        parse_int_ini(text)


@pytest.mark.parametrize("word", ["1", "t", "T", "true", "TRUE", "True", "YES", "yes", "Yes", "y", "ON", "on", "On"])
def test_ini_true(word: str) -> None:
    assert parse_bool_ini(f" {word} ") is True


@pytest.mark.parametrize("word", ["0", "f", "F", "false", "FALSE", "False", "NO", "no", "No", "n", "OFF", "off", "Off"])
def test_ini_false(word: str) -> None:
    assert parse_bool_ini(word) is False


@pytest.mark.parametrize("word", ["", "Y", "N", "tRUE", "oN", "2", "nonsense"])
def test_bad_ini_booleans(word: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_bool_ini(word)
    assert str(caught.value) == f"not a boolean: '{word}' (use true or false)"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        (" a , b c ", ["a", "b c"]),
        ("x.example.com , y.example.com,", ["x.example.com", "y.example.com"]),
        ("a,,b", ["a", "", "b"]),
        ("a,,", ["a", ""]),
        (",", [""]),
        (r"/p\,q,/r", ["/p,q", "/r"]),
        (r"a\\,b", ["a\\", "b"]),
        (r"a\\\,b", ["a\\,b"]),
        (r"a\fb", [r"a\fb"]),
        (r"a\ ,b", ["a\\", "b"]),
        ("a\\", ["a\\"]),
        (r"a\,", ["a,"]),
        ('"a","b"', ['"a"', '"b"']),
    ],
)
def test_ini_lists(text: str, parts: list[str]) -> None:
    assert split_list_ini(text) == parts


@pytest.mark.parametrize(
    ("word", "candidate"),
    [("bindprt", "bindPort"), ("BIND_PORT", "bindPort"), ("severAddr", "serverAddr"), ("zzz", None), ("", None)],
)
def test_nearest(word: str, candidate: str | None) -> None:
    assert nearest(word, ["bindPort", "serverAddr", "serverPort", "vhostHTTPPort"]) == candidate
