"""Values of flags: every form Go's strconv and pflag take, and their complaints."""

import pytest

from frpg.cli.values import parse_bool, parse_duration, parse_int, parse_list, parse_map


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7000", 7000),
        ("-1", -1),
        ("+5", 5),
        ("0", 0),
        ("0x1b", 27),
        ("0o17", 15),
        ("017", 15),
        ("0b101", 5),
        ("1_000", 1000),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_an_integer_in_every_base(text: str, value: int) -> None:
    assert parse_int(text) == value


@pytest.mark.parametrize("text", ["", "abc", "1.5", " 7", "7 ", "0x", "08", "1e3", "٣", "--1"])
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_int(text)
    assert str(caught.value) == f'strconv.ParseInt: parsing "{text}": invalid syntax'


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", "9" * 40])
def test_an_integer_beyond_64_bits(text: str) -> None:
    with pytest.raises(ValueError, match="value out of range"):
        parse_int(text)


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true(text: str) -> None:
    assert parse_bool(text) is True


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_false(text: str) -> None:
    assert parse_bool(text) is False


@pytest.mark.parametrize("text", ["", "yes", "tRUE", "on", "2"])
def test_what_is_no_boolean(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_bool(text)
    assert str(caught.value) == f'strconv.ParseBool: parsing "{text}": invalid syntax'


def test_a_list_is_csv_and_adds_to_what_is_there() -> None:
    assert parse_list("a,b") == ["a", "b"]
    assert parse_list('c,"d,e"', ["a", "b"]) == ["a", "b", "c", "d,e"]
    assert parse_list("") == []


def test_a_list_with_a_quote_left_open() -> None:
    with pytest.raises(ValueError, match="parse error on line 1"):
        parse_list('a,"b')


def test_a_map_adds_to_what_is_there() -> None:
    assert parse_map("a=1,b=2") == {"a": "1", "b": "2"}
    assert parse_map("b=3,c=", {"a": "1", "b": "2"}) == {"a": "1", "b": "3", "c": ""}
    assert parse_map('a=1,"b=2,3"') == {"a": "1", "b": "2,3"}


def test_a_single_pair_keeps_its_commas() -> None:
    assert parse_map("a=1,2") == {"a": "1,2"}


@pytest.mark.parametrize(("text", "culprit"), [("a", "a"), ("a=1,b=2,c", "c"), ("", "")])
def test_what_is_no_map(text: str, culprit: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_map(text)
    assert str(caught.value) == f"{culprit} must be formatted as key=value"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("1m30s", 90), ("1.5h", 5400), ("100ms", 0.1), ("-2s", -2), ("+2s", 2), ("0", 0), (".5s", 0.5)],
)
def test_a_duration(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "foo", "s", "1s2", "5 s", "1x", "--1s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="time: "):
        parse_duration(text)


def test_a_duration_without_its_unit() -> None:
    with pytest.raises(ValueError) as caught:
        parse_duration("30")
    assert str(caught.value) == 'time: missing unit in duration "30"'
