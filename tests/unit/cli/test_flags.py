"""Flag words as frp's users write them, and the complaints their scripts look for."""

import pytest

from frpg.cli.flags import Flag, FlagSet, UsageError
from frpg.cli.values import BOOL, INT, LIST, MAP, STRING

FLAGS = FlagSet(
    (
        Flag("bind-port", INT, "", short="p", default=7000),
        Flag("config", STRING, "", short="c", default=""),
        Flag("version", BOOL, "", short="v", default=False),
        Flag("tls-only", BOOL, "", default=False),
        Flag("names", LIST, ""),
        Flag("notes", MAP, ""),
    )
)


@pytest.mark.parametrize(
    "words",
    [
        ["--bind_port", "1"],
        ["--bind-port", "1"],
        ["--bind_port=1"],
        ["--bind-port=1"],
        ["-p", "1"],
        ["-p1"],
        ["-p=1"],
        ["-vp1"],
        ["-vp", "1"],
        ["--bind-port", "9", "-p", "1"],
    ],
)
def test_all_ways_to_write_a_value(words: list[str]) -> None:
    assert FLAGS.parse(words)["bind-port"] == 1


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ([], False),
        (["--tls_only"], True),
        (["--tls-only=false"], False),
        (["--tls_only=T"], True),
        (["--tls_only", "--tls_only=0"], False),
    ],
)
def test_a_switch(words: list[str], value: bool) -> None:
    assert FLAGS.parse(words)["tls-only"] is value


def test_a_switch_leaves_the_next_word_alone() -> None:
    parsed = FLAGS.parse(["--tls-only", "false", "-v", "x"])
    assert parsed.positionals == ["false", "x"]
    assert parsed["tls-only"] and parsed["version"]


@pytest.mark.parametrize("value", ["-x", "--bind-port", "--", "-", "", "a=b", "snow ☃"])
def test_a_value_may_be_any_word(value: str) -> None:
    assert FLAGS.parse(["--config", value])["config"] == value
    assert FLAGS.parse(["-c", value])["config"] == value


def test_flags_and_words_may_mix_and_a_double_dash_ends_both() -> None:
    parsed = FLAGS.parse(["a", "-v", "b", "-", "--", "-p", "abc", "c"])
    assert parsed.positionals == ["a", "b", "-"]
    assert parsed["version"]
    assert parsed["bind-port"] == 7000


def test_lists_and_maps_add_up() -> None:
    parsed = FLAGS.parse(["--names", "a,b", "--notes=x=1", "--names=c", "--notes", "y=2,z=3"])
    assert parsed["names"] == ["a", "b", "c"]
    assert parsed["notes"] == {"x": "1", "y": "2", "z": "3"}


def test_only_flags_that_were_given_have_values() -> None:
    assert FLAGS.parse(["-p", "7000"]).values == {"bind-port": 7000}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--nope"], "unknown flag: --nope"),
        (["--nope=1"], "unknown flag: --nope"),
        (["--bind"], "unknown flag: --bind"),  # no abbreviations
        (["--Bind-port=1"], "unknown flag: --Bind-port"),
        (["-x"], "unknown shorthand flag: 'x' in -x"),
        (["-vx"], "unknown shorthand flag: 'x' in -vx"),
        (["--bind_port"], "flag needs an argument: --bind_port"),
        (["-c"], "flag needs an argument: 'c' in -c"),
        (["-vc"], "flag needs an argument: 'c' in -vc"),
        (["--=x"], "bad flag syntax: --=x"),
        (["---x"], "bad flag syntax: ---x"),
        (
            ["-p", "abc"],
            'invalid argument "abc" for "-p, --bind-port" flag: strconv.ParseInt: parsing "abc": invalid syntax',
        ),
        (
            ["--bind_port="],
            'invalid argument "" for "-p, --bind-port" flag: strconv.ParseInt: parsing "": invalid syntax',
        ),
        (
            ["--tls_only=maybe"],
            'invalid argument "maybe" for "--tls-only" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
        (["--notes", "a"], 'invalid argument "a" for "--notes" flag: a must be formatted as key=value'),
    ],
)
def test_complaints(words: list[str], complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        FLAGS.parse(words)
    assert str(caught.value) == complaint
