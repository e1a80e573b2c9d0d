"""The verbs of printf. The expected texts are what Go's fmt prints."""

from __future__ import annotations

import pytest

from frpg.config.template.printf import printf
from frpg.config.template.values import Data, Int64, Pair

PAIR = Pair(Int64(1), Int64(2))
DATA = Data({"B": "b", "A": "a"}, "*config.Values")


@pytest.mark.parametrize(
    ("template", "arguments", "text"),
    [
        ("plain 100%%", [], "plain 100%"),
        ("%v %v %v %v %v", [1, 1.5, "a", True, None], "1 1.5 a true <nil>"),
        ("%d|%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%O|%b|%#b", [5, 5, 5, 5, 5, 5, 255, 255, 255, 8, 8, 8, 5, 5],
         "5|    5|5    |00005|+5| 5|ff|FF|0xff|10|010|0o10|101|0b101"),
        ("%.3d|%8.3d|%08.3d|%-08d|%+08d|%.0d", [5, 5, 5, 5, 5, 0], "005|     005|     005|5       |+0000005|"),
        ("%x|%08x|%#08x", [-255, 255, 255], "-ff|000000ff|0x000000ff"),
        ("%c|%q|%U|%#U|%5c", [97, 120, 0x1F600, 0xE9, 98], "a|'x'|U+1F600|U+00E9 'é'|    b"),
        ("%s|%5s|%-5s|%.2s|%05s", ["a", "a", "a", "héllo", "a"], "a|    a|a    |hé|0000a"),
        ("%q|%#q|%+q|%6.2q", ['a"b', "raw", "é", "héllo"], '"a\\"b"|`raw`|"\\u00e9"|  "hé"'),
        ("%x|%X|% x|%# x|%.1x|%#x", ["hi", "hi", "ab", "ab", "ab", ""], "6869|6869|61 62|0x61 0x62|61|"),
        ("%t|%5t|%v", [True, False, False], "true|false|false"),
        ("%f|%.2f|%.f|%6.2f|%06.2f|%+.1f", [1.5, 1.234, 1.5, 2.5, -2.5, 1.0], "1.500000|1.23|2|  2.50|-02.50|+1.0"),
        ("%e|%E|%.1e|%g|%G|%.3g", [1234.5, 1234.5, 1234.5, 1e6, 1e-9, 1234.5],
         "1.234500e+03|1.234500E+03|1.2e+03|1e+06|1E-09|1.23e+03"),
        ("%*d|%-*d|%.*f", [5, 1, 5, 2, 2, 1.2345], "    1|2    |1.23"),
        ("%[2]d %[1]d", [1, 2], "2 1"),
        ("%T %T %T %T %T %T", [1, 1.5, "a", True, [Int64(1)], PAIR], "int float64 string bool []int64 util.NumberPair"),
        ("%T %T %T", [None, {}, DATA], "<nil> map[string]string *config.Values"),
        ("%d %v %03d", [[Int64(1), Int64(2)], [PAIR], [Int64(1)]], "[1 2] [{1 2}] [001]"),
        ("%s %v", [{"b": "x", "a": "y"}, DATA], "map[a:y b:x] &{map[A:a B:b]}"),
        ("%+v %+v %d", [PAIR, 4, PAIR], "{First:1 Second:2} 4 {1 2}"),
        ("%#v %#v", ["a", 1], '"a" 1'),
    ],
)  # fmt: skip
def test_verbs(template: str, arguments: list[object], text: str) -> None:
    assert printf(template, arguments) == text


@pytest.mark.parametrize(
    ("template", "arguments", "text"),
    [
        ("%d", ["a"], "%!d(string=a)"),
        ("%s", [5], "%!s(int=5)"),
        ("%s", [None], "%!s(<nil>)"),
        ("%d", [1.0], "%!d(float64=1)"),
        ("%t", [1], "%!t(int=1)"),
        ("%z", [True], "%!z(bool=true)"),
        ("%!d", [5], "%!!(int=5)d"),
        ("%d", [], "%!d(MISSING)"),
        ("%s %s", ["a"], "a %!s(MISSING)"),
        ("a", [1, None], "a%!(EXTRA int=1, <nil>)"),
        ("%", [], "%!(NOVERB)"),
        ("%5", [1], "%!(NOVERB)%!(EXTRA int=1)"),
        ("%[3]d", [1], "%!d(BADINDEX)"),
        ("%[x]d", [1], "%!d(BADINDEX)"),
        ("%*d", ["a", 1], "%!(BADWIDTH)1"),
        ("%.*d", ["a", 1], "%!(BADPREC)1"),
        ("%99999999999d", [1], "%!(BADWIDTH)1"),  # Go gives up here and says NOVERB
    ],
)
def test_mistakes_show_in_the_text(template: str, arguments: list[object], text: str) -> None:
    assert printf(template, arguments) == text
