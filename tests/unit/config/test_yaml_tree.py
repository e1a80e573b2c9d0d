"""YAML as frp reads it; the kind of every scalar was asked of frp 0.70.1."""

from __future__ import annotations

import math

import pytest

from frpg.config.yaml_tree import YamlError, read_yaml

TRUE = ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"]
FALSE = ["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        *((word, True) for word in TRUE),
        *((word, False) for word in FALSE),
        *((word, word) for word in ["oN", "tRUE", "nULL", "Nan", "inf", "infinity", "nan"]),
        *((word, None) for word in ["", "~", "null", "Null", "NULL", '!!null ""']),
        ("12", 12),
        ("+5", 5),
        ("-5", -5),
        ("0", 0),
        ("0700", 448),
        ("0o17", 15),
        ("0O7", 7),
        ("-0o17", -15),
        ("0b11", 3),
        ("0x10", 16),
        ("0X1F", 31),
        ("-0x10", -16),
        ("0x_1", 1),
        ("1_000", 1000),
        ("1__0", 10),
        ("9223372036854775807", 2**63 - 1),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 2.0**64),
        ("08", 8.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("0.1e-5", 0.000001),
        ("1_0.5", 10.5),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("0b12", "0b12"),
        ("0xg", "0xg"),
        ("0o8", "0o8"),
        ("0x1ffffffffffffffffffff", "0x1ffffffffffffffffffff"),
        ("1e400", "1e400"),
        ("1.2.3", "1.2.3"),
        ("192.0.2.10", "192.0.2.10"),
        ("_1", "_1"),
        ("-", "-"),
        ("10:30", "10:30"),
        ("22:22:22", "22:22:22"),
        ("2024-01-01", "2024-01-01"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("=", "="),
        ("<<", "<<"),
        ('"12"', "12"),
        ("'yes'", "yes"),
        ("|\n  12", "12\n"),
        ("! 12", "12"),
        ("!!str 3", "3"),
        ('!!int "3"', 3),
        ("!!float 3", 3),
        ("!!bool yes", True),
        ("!!binary aGk=", "hi"),
        ("!!timestamp 2001-01-01", "2001-01-01"),
        ("!foo 3", "3"),
        ("!foo {a: b}", {"a": "b"}),
        ("!!set {a, b}", {"a": None, "b": None}),
        ("!!omap [a: 1]", [{"a": 1}]),
        ("[1, [a], {b: c}]", [1, ["a"], {"b": "c"}]),
    ],
)  # fmt: skip
def test_scalars_and_tags(written: str, read: object) -> None:
    tree = read_yaml(f"k: {written}\n" if written != "-" else 'k: !!str "-"\n')
    assert tree == {"k": read}
    assert isinstance(tree, dict) and isinstance(tree["k"], type(read))


def test_not_a_number() -> None:
    tree = read_yaml("k: .nan")
    assert isinstance(tree, dict) and math.isnan(tree["k"])


@pytest.mark.parametrize(
    ("key", "text"),
    [("1", "1"), ("0x10", "16"), ("yes", "true"), ("n", "false"), ("1.5", "1.5"), ("1e20", "1e+20"), ('"<<"', "<<")],
)
def test_keys_are_text(key: str, text: str) -> None:
    assert read_yaml(f"{key}: v") == {text: "v"}


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("# nothing", None),
        ("---", None),
        ("abc", "abc"),
        ("- 1\n- 2", [1, 2]),
        ("\ufeffk: 1", {"k": 1}),
        ("%YAML 1.1\n---\nk: 1", {"k": 1}),
        ("k: 1\n---\n[[[ never looked at", {"k": 1}),
        ("k: 1\n...\n[[[ never looked at", {"k": 1}),
        ("k: 1\nj: 1\nk: 2", {"k": 2, "j": 1}),
        ("a: &a 5\nb: *a", {"a": 5, "b": 5}),
        ("a: &a 1\nb: &a 2\nc: *a", {"a": 1, "b": 2, "c": 2}),
        ("a: &a {x: 1}\nb: *a", {"a": {"x": 1}, "b": {"x": 1}}),
        ("a: &a {x: 1, z: 1}\nb: {<<: *a, z: 2}", {"a": {"x": 1, "z": 1}, "b": {"x": 1, "z": 2}}),
        ("a: &a {x: 1}\nb: {z: 2, x: 3, <<: *a}", {"a": {"x": 1}, "b": {"z": 2, "x": 3}}),
        ("b: {<<: [{x: 1}, {x: 2, z: 2}]}", {"b": {"x": 1, "z": 2}}),
        ("b: {<<: {x: 1}, <<: {x: 2, z: 2}}", {"b": {"x": 1, "z": 2}}),
    ],
)
def test_documents_anchors_and_merges(text: str, tree: object) -> None:
    assert read_yaml(text) == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n  b: 2", "line 2: mapping values are not allowed in this context (column 4)"),
        ("a: @x", "line 1: found character that cannot start any token (column 4)"),
        ('a: "\\q"', "line 1: found unknown escape character (column 5)"),
        ("\ta: 1", "line 1: found character that cannot start any token (column 1)"),
        ("a: [1,", "line 2: did not find expected node content (column 1)"),
        ("k: 1\na: *nope", "line 2: unknown anchor 'nope' referenced"),
        ("a: &a [*a]", "line 1: anchor 'a' value contains itself"),
        ("a: &a\n  b: {c: *a}", "line 2: anchor 'a' value contains itself"),
        ("<<: [a]", "line 1: map merge requires map or sequence of maps as the value"),
        ("<<: 5", "line 1: map merge requires map or sequence of maps as the value"),
        ("~: a", "line 1: invalid map key: null"),
        ("? [a]\n: b", "line 1: invalid map key: a list"),
        ("? {a: b}\n: c", "line 1: invalid map key: a mapping"),
        ("a: !!int abc", "line 1: cannot decode !!str `abc` as a !!int"),
        ("a: !!float x", "line 1: cannot decode !!str `x` as a !!float"),
        ("a: !!bool 5", "line 1: cannot decode !!str `5` as a !!bool"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(text)
    assert str(caught.value) == message


def test_control_characters_are_refused() -> None:
    with pytest.raises(YamlError, match="control characters are not allowed"):
        read_yaml("a: \x01")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "- " * 100_000, "a: " + "{a: " * 1000, "\n".join(" " * i + "a:" for i in range(500))]
)
def test_deep_nesting_is_an_error_and_no_crash(text: str) -> None:
    with pytest.raises(YamlError, match=r"nested deeper than 200 levels|maximum nesting depth"):
        read_yaml(text)


def test_merges_of_merges_do_not_explode() -> None:
    lines = ["a0: &a0 {x: 1}"] + [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 50)]
    tree = read_yaml("\n".join(lines))
    assert isinstance(tree, dict) and tree["a49"] == {"x": 1}
