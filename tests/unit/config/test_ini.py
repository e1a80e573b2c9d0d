"""The INI dialect; each row was put to frp 0.70.1 as well."""

from __future__ import annotations

import pytest

from frpg.config.ini import DEFAULT, IniError, IniValue, parse_ini


def value(text: str, key: str = "k", section: str = "s") -> str | None:
    """What `key` is in a text."""
    found = parse_ini(text).sections[section].get(key)
    return found.value if found else None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a", "a"),
        ("  a  ", "a"),
        ("", ""),
        ("a # b", "a # b"),
        ("a ; b", "a ; b"),
        ("a=b", "a=b"),
        ("a:b", "a:b"),
        ("\u00a0a\u00a0", "a"),
        ("a\fb", "a\fb"),
        ('"a"', "a"),
        ("'a'", "a"),
        ('""', ""),
        ("''", ""),
        ('" a "', " a "),
        ('"a" "b"', '"a" "b"'),
        ("'a' 'b'", "'a' 'b'"),
        ('"a"b"', '"a"b"'),
        ('"a', '"a'),
        ('a"', 'a"'),
        ('"', '"'),
        ('"it\'s"', "it's"),
        ("'a\"b'", 'a"b'),
        ('"a#b"', "a#b"),
        ('"a#b" # c', '"a#b" # c'),
        ("`a`", "a"),
        ("` a `", " a "),
        ("`a` junk", "a"),
        ("`a`b`", "a`b"),
        ("`a # b` # c", "a # b"),
        ("`a\nb`", "a\nb"),
        ("`a\r\nb`\r", "a\r\nb"),
        ("`a\nb`c` junk", "a\nb`c"),
        ('"""a"""', "a"),
        ('"""a"b"""', 'a"b'),
        ('""" a """', " a "),
        ('"""a\nb\n"""', "a\nb\n"),
        ('"""\na\n"""x', "\na\n"),
        ("a\\\n  b", "ab"),
        ("a\\\r\nb", "ab"),
        ("a\\  \nb", "ab"),
        ("a\\\n b\\\n c", "abc"),
        ("\\\nb", "b"),
        ("a\\\n", "a"),
        ('"a\\"', "a\\"),
        ('"a\\\nb"', '"ab"'),
        ("a\\\n[x]", "a[x]"),
        ("a\\\n# c", "a# c"),
        ("a\\\nb=c # d", "ab=c # d"),
        ("x\\\n'y'", "x'y'"),
        ("a \\ # c", "a \\ # c"),
    ],
)
def test_values(written: str, read: str) -> None:
    assert value(f"[s]\nk = {written}\nafter = 1") == read
    assert value(f"[s]\nk = {written}") == read, "the last line needs no line break"


@pytest.mark.parametrize(("written", "read"), [("a\\", "a"), ("a\\\\", "a\\"), ("\\", "")])
def test_a_continuation_may_meet_the_end_of_the_file(written: str, read: str) -> None:
    assert value(f"[s]\nk = {written}") == read


def test_a_blank_line_ends_a_continuation() -> None:
    assert value("[s]\nk = a\\\n\nb = 1") == "a"
    assert value("[s]\nk = a\\\n\nb = 1", "b") == "1"


@pytest.mark.parametrize(
    ("line", "key", "read"),
    [
        ("key=v", "key", "v"),
        ("key:v", "key", "v"),
        ("  key  =  v", "key", "v"),
        ("\x0bkey=v", "key", "v"),
        ("a b = v", "a b", "v"),
        ("key=a:b", "key", "a:b"),
        ("key:a=b", "key", "a=b"),
        ("server_addr: ::1", "server_addr", "::1"),
        ('"a=b" = v', "a=b", "v"),
        ('"key" junk = v', "key", "v"),
        ("`a:b` = v", "a:b", "v"),
        ('"""a"b""" = v', 'a"b', "v"),
        ("Key = v", "key", None),
        ("- = v", "-", "v"),
    ],
)
def test_keys(line: str, key: str, read: str | None) -> None:
    assert value(f"[s]\n{line}", key) == read


def test_lines_and_comments() -> None:
    file = parse_ini("\ufeff# one\r\n ; two\r\n\r\n[s]\r\n  k = 1\r\n #k = 2\r\nk2 =2")
    assert file.sections["s"].keys == {"k": IniValue("1", 5), "k2": IniValue("2", 7)}
    assert file.sections["s"].line == 4


def test_the_line_of_a_value_is_that_of_its_key() -> None:
    file = parse_ini("[s]\na = `x\ny`\nb = 1\\\n2\nc = 3")
    assert {key: item.line for key, item in file.sections["s"].keys.items()} == {"a": 2, "b": 4, "c": 6}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("[a]", "a"),
        ("  [a]", "a"),
        ("[ a ]", " a "),
        ("[ ]", " "),
        ("[a]b]", "a]b"),
        ("[a] # c", "a"),
        ("[a] junk", "a"),
        ("[a] ; c]", "a] ; c"),
        ("[Common]", "Common"),
        ("[range:x]", "range:x"),
        ("[[x]]", "[x]"),
    ],
)
def test_section_names(header: str, name: str) -> None:
    assert list(parse_ini(f"{header}\nk = 1").sections) == [name]


def test_sections_of_one_name_are_one_and_keep_their_place() -> None:
    file = parse_ini("[a]\nk = 1\nm = 1\n[b]\n[a]\nk = 2\nn = 3")
    assert list(file.sections) == ["a", "b"]
    assert {key: item.value for key, item in file.sections["a"].keys.items()} == {"k": "2", "m": "1", "n": "3"}
    assert file.sections["a"].line == 1


def test_keys_before_any_section_are_those_of_default() -> None:
    file = parse_ini("a = 1\n[s]\n[DEFAULT]\nb = 2")
    assert list(file.sections) == [DEFAULT, "s"]
    assert list(file.sections[DEFAULT].keys) == ["a", "b"]


def test_an_empty_text_has_no_section() -> None:
    assert parse_ini("# nothing\n\n").sections == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[s]\nbare", "line 2: 'bare' has no '=' or ':' (write 'bare = true', or '#' before a note)"),
        ("\n[s", "line 2: section header without ']': '[s' (write '[name]')"),
        ("[]", "line 1: section header without a name (write '[name]')"),
        ("[s]\n\n=v", "line 3: '=v' has nothing before the '=' or ':' (write 'key = value')"),
        ("[s]\n:v", "line 2: ':v' has nothing before the '=' or ':' (write 'key = value')"),
        ('[s]\n""=v', "line 2: '\"\"=v' has nothing before the '=' or ':' (write 'key = value')"),
        ('[s]\n"k=v', 'line 2: the key opens with " and never closes (write " after it)'),
        ('[s]\n"k"v', "line 2: '\"k\"v' has no '=' or ':' (write '\"k\"v = true', or '#' before a note)"),
        ("[s]\nk = `a\nb\n", "line 2: the value opens with ` and never closes (write ` after it)"),
        ('[s]\nk = """', 'line 2: the value opens with """ and never closes (write """ after it)'),
        ("{{ end }}", "line 1: '{{ end }}' has no '=' or ':' (write '{{ end }} = true', or '#' before a note)"),
    ],
)
def test_errors_name_the_line_and_the_cure(text: str, message: str) -> None:
    with pytest.raises(IniError) as caught:
        parse_ini(text)
    assert caught.value.faults == [message]
    assert message.startswith(f"line {caught.value.line}: ")


def test_bare_keys() -> None:
    file = parse_ini("[s]\nuse_encryption\n 'quoted' \nk = v", bare_keys=True)
    assert {key: item.value for key, item in file.sections["s"].keys.items()} == {
        "use_encryption": "true",
        "quoted": "true",
        "k": "v",
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [("a # b", "a"), ("a;b", "a"), ("#", ""), ("`a # b` # c", "a # b"), ('"a # b"', '"a'), ("a # \\\nb", "a # b")],
)
def test_inline_comments(written: str, read: str) -> None:
    found = parse_ini(f"[s]\nk = {written}\n", inline_comments=True).sections["s"].keys["k"]
    assert found.value == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("%(x)s", "X"),
        ("`%(x)s`", "X"),
        ("%%(x)s", "%X"),
        ("%(x)s-%(d)s-%(x)s", "X-D-X"),
        ("%(y)s", "<X>"),
        ("%(both)s", "of the section"),
        ("%(a b)s", "spaced"),
        ("%(of_default)s", "X"),
        ("%(empty)s", ""),
        ("%(nope)s", "%(nope)s"),
        ("%(nope)s %(x)s", "%(nope)s %(x)s"),
        ("%(x)s %(nope)s", "X %(nope)s"),
        ("%(X)s", "%(X)s"),
        ("%( x )s", "%( x )s"),
        ("%()s", "%()s"),
        ("%(x)d", "%(x)d"),
        ("%(k)s", "%(k)s"),
        ("%(circle)s", "%(back)s"),
    ],
)
def test_interpolation(written: str, read: str) -> None:
    text = (
        "d = D\nboth = of default\nof_default = %(x)s\n[s]\nx = X\ny = <%(x)s>\nboth = of the section\na b = spaced\n"
        "empty =\ncircle = %(back)s\nback = %(circle)s\n"
    )
    assert value(f"{text}k = {written}") == read


def test_a_key_that_names_itself_means_the_one_of_default() -> None:
    assert value("k = D\n[s]\nk = %(k)s") == "D"
    assert value("k = %(k)s\n[s]\nk = %(k)s") == "%(k)s"


def test_interpolation_cannot_grow_without_end() -> None:
    doubling = "\n".join(f"k{i} = %(k{i + 1})s%(k{i + 1})s" for i in range(60))
    found = value(f"[s]\n{doubling}\nk60 = x", "k0")
    assert found is not None and len(found) < 10_000_000


def test_plain_options_are_inherited_by_dotted_names() -> None:
    file = parse_ini("[a]\nx = 1\ny = 1\nz = 1\n[a.b]\ny = 2\nz =\n[a.b.c]\n[a.q.c]\nq = 9")
    deep, shallow = file.sections["a.b.c"], file.sections["a.q.c"]
    assert {key: found.value for key in "xyz" if (found := deep.get(key))} == {"x": "1", "y": "2", "z": ""}
    assert deep.get("nope") is None
    assert shallow.get("y") == IniValue("1", 3), "a.q is no section, so a is next"


def test_interpolation_of_an_inherited_value_is_that_of_its_own_section() -> None:
    text = "[a]\nme = parent\nk = %(me)s\n[a.b]\nme = child\nvia = %(k)s"
    assert value(text, "k", "a.b") == "parent"
    assert value(text, "via", "a.b") == "child"
    assert value("[a]\nx = X\n[a.b]\nk = %(x)s", "k", "a.b") == "X"


def test_prefix_maps_are_raw_and_not_inherited() -> None:
    file = parse_ini("[a]\nmeta_p = 1\n[a.b]\nx = X\nmeta_Var = %(x)s\nmeta_ =\nmeta_e =\nMETA_n = 1")
    assert file.sections["a.b"].prefix_map("meta_") == {"Var": "%(x)s", "": "", "e": ""}


def test_sections_can_be_added() -> None:
    file = parse_ini("[a]\nk = 1")
    added = file.section("a.x", 7)
    assert (added.line, added.get("k")) == (7, IniValue("1", 2))
    assert file.section("a.x") is added
