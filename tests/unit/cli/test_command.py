"""A tree of commands: which one is meant, who takes which flag, what is said on which stream."""

import pytest

from frpg.cli.command import Command, execute, locate
from frpg.cli.flags import Flag, Parsed
from frpg.cli.values import BOOL, STRING

CALLS: list[tuple[str, Parsed]] = []


def record(name: str):
    def run(parsed: Parsed) -> int:
        CALLS.append((name, parsed))
        return 7

    return run


CONFIG = Flag("config", STRING, "the file", short="c", default="x.toml", is_inherited=True)
ROOT_ONLY = Flag("version", BOOL, "the version", short="v", default=False)
USER = Flag("user", STRING, "the user", short="u", default="", is_inherited=True)
NAME = Flag("name", STRING, "the name", short="n", default="")

ROOT = Command(
    "tool",
    "does all",
    flags=(CONFIG, ROOT_ONLY),
    run=record("root"),
    commands=(
        Command("verify", "checks", run=record("verify")),
        Command(
            "stcp",
            "one proxy",
            flags=(USER, NAME),
            run=record("stcp"),
            commands=(Command("visitor", "one visitor", flags=(NAME,), run=record("visitor")),),
        ),
        Command("group", "only holds others", commands=(Command("leaf", "a leaf", run=record("leaf")),)),
    ),
)


@pytest.fixture(autouse=True)
def no_calls() -> None:
    CALLS.clear()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "root"),
        (["-v"], "root"),
        (["verify"], "verify"),
        (["-c", "verify", "verify"], "verify"),
        (["--config=a", "verify"], "verify"),
        (["verify", "stcp"], "verify"),  # the rest are words of no meaning
        (["stcp", "visitor"], "visitor"),
        (["stcp", "-u", "visitor", "visitor"], "visitor"),
        (["stcp", "-u", "visitor"], "stcp"),
        (["-c", "f", "stcp", "--user", "x", "visitor", "-n", "y"], "visitor"),
        (["--", "verify"], "root"),
        (["group", "leaf"], "leaf"),
    ],
)
def test_the_command_that_is_meant(words: list[str], name: str) -> None:
    assert execute(ROOT, words) == 7
    assert [called for called, _ in CALLS] == [name]


def test_flags_before_a_command_count() -> None:
    execute(ROOT, ["-c", "f", "stcp", "--user", "x", "visitor", "-n", "y"])
    assert CALLS[0][1].values == {"config": "f", "user": "x", "name": "y"}


def test_defaults_of_inherited_flags_are_there() -> None:
    execute(ROOT, ["verify"])
    assert CALLS[0][1]["config"] == "x.toml"


def test_a_flag_that_is_not_inherited_is_unknown_below(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(ROOT, ["verify", "-v"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: unknown shorthand flag: 'v' in -v\nUsage:\n  tool verify [flags]\n")
    assert CALLS == []


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["--help"], "does all"),
        (["-h"], "does all"),
        (["help"], "does all"),
        (["help", "stcp", "visitor"], "one visitor"),
        (["stcp", "visitor", "--help"], "one visitor"),
        (["group"], "only holds others"),
        (["group", "unknown"], "only holds others"),
        (["-vh"], "does all"),
    ],
)
def test_help_goes_to_standard_output(words: list[str], first: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(ROOT, words) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == first
    assert err == ""
    assert CALLS == []


def test_help_names_every_flag_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    execute(ROOT, ["stcp", "visitor", "-h"])
    out, _ = capsys.readouterr()
    assert '  -c, --config string   the file (default "x.toml")' in out.splitlines()
    assert "  -u, --user string     the user" in out.splitlines()
    assert "version" not in out


def test_an_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(ROOT, ["foo"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == 'Error: unknown command "foo" for "tool"\nRun \'tool --help\' for usage.\n'


@pytest.mark.parametrize("word", ["verifi", "ver"])
def test_a_near_miss(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(ROOT, [word]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f'Error: unknown command "{word}" for "tool"',
        "",
        "Did you mean this?",
        "\tverify",
        "",
        "Run 'tool --help' for usage.",
    ]


def test_a_usage_error_wins_over_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(ROOT, ["-h", "--nope"]) == 1
    assert "unknown flag: --nope" in capsys.readouterr().err


def test_locate_leaves_the_flags() -> None:
    path, words = locate(ROOT, ["-c", "f", "stcp", "-n", "a", "visitor", "-n", "b", "visitor"])
    assert path.name == "tool stcp visitor"
    assert words == ["-c", "f", "-n", "a", "-n", "b", "visitor"]
