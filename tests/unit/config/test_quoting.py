"""Go string literals, there and back."""

from __future__ import annotations

import pytest

from frpg.config.quoting import go_quote, go_unquote


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", '""'),
        ("plain 'text'", "\"plain 'text'\""),
        ('a"b\\c', r'"a\"b\\c"'),
        ("\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"'),
        ("\x00\x1f\x7f", r'"\x00\x1f\x7f"'),
        ("é日😀", '"é日😀"'),
        ("\u200b\u00a0", r'"\u200b\u00a0"'),
        ("\U000e0001", r'"\U000e0001"'),
        (b"a\xff".decode(errors="surrogateescape"), r'"a\xff"'),
    ],
)
def test_quote_and_back(text: str, literal: str) -> None:
    assert go_quote(text) == literal
    assert go_unquote(literal) == text


def test_quote_with_other_marks_and_ascii_only() -> None:
    assert go_quote("'\"", mark="'") == "'\\'\"'"
    assert go_quote("é😀", ascii_only=True) == r'"\u00e9\U0001f600"'


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (r'"\x41\101A\U00000041"', "AAAA"),
        (r'"\xc3\xa9"', "é"),
        (r'"é\xff"', "é\udcff"),
        ('`a\\n"\nb`', 'a\\n"\nb'),
        ("`a\r\nb`", "a\nb"),
        (r"'\''", "'"),
        (r"'\xff'", "ÿ"),
        ("'\"'", '"'),
    ],
)
def test_unquote(literal: str, text: str) -> None:
    assert go_unquote(literal) == text


@pytest.mark.parametrize(
    "literal",
    [
        r'"\q"',
        r'"\x4"',
        r'"\400"',
        r'"\ud800"',
        r'"\U00110000"',
        '"\\\'"',
        '"a"b"',
        '"a\nb"',
        '"',
        "'ab'",
        "''",
        '"\\"',
    ],
)
def test_bad_literals(literal: str) -> None:
    with pytest.raises(ValueError, match=r"^invalid syntax$"):
        go_unquote(literal)
