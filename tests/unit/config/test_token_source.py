"""Secrets in files and from commands: what is taken, what is refused, and that no error shows any of it."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from frpg.config import token_source
from frpg.config.common import AuthConfig, EnvVar, ExecSource, FileSource, ValueSource
from frpg.config.token_source import MAX_OUTPUT, read_value, resolve_token
from frpg.errors import ConfigError
from tests.support.waiting import eventually


def file(path: Path | str) -> ValueSource:
    return ValueSource(type="file", file=FileSource(path=str(path)))


def command(*argv: str, **env: str) -> ValueSource:
    variables = [EnvVar(name=name, value=value) for name, value in env.items()]
    return ValueSource(type="exec", exec=ExecSource(command=argv[0], args=list(argv[1:]), env=variables))


def shell(script: str, **env: str) -> ValueSource:
    return command("sh", "-c", script, **env)


def failure(source: ValueSource) -> str:
    with pytest.raises(ConfigError) as caught:
        read_value(source)
    return str(caught.value)


# --- in place of auth.token


def test_a_source_is_resolved_for_tokens_only() -> None:
    config = AuthConfig(token="t")
    resolve_token(config)
    assert config.token == "t"
    config = AuthConfig(method="oidc", token_source=file("none"))
    resolve_token(config)
    assert config.token == ""
    for source in (shell("echo ' s3cret word '"), None):
        config = AuthConfig(token_source=source)
        resolve_token(config)
        assert config.token == ("s3cret word" if source else "")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (file("/nosuch/file"), "failed to read file /nosuch/file: open /nosuch/file: no such file or directory"),
        (command("false"), "failed to execute command false: exit status 1"),
    ],
)
def test_a_failure_is_told_as_by_frp(source: ValueSource, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_token(AuthConfig(token_source=source))
    assert caught.value.faults == [f"failed to resolve auth.tokenSource: {text}"]


# --- files


def test_a_file_holds_the_value(tmp_path: Path) -> None:
    path = tmp_path / "token"
    for content in (" \n s3cret wörd\n\n", "s3cret wörd", "\u3000s3cret wörd\r\n"):
        path.write_text(content)
        assert read_value(file(path)) == "s3cret wörd"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xff\xfe", "file PATH is not text in UTF-8"),
        (b"", "file PATH is empty"),
        (b" \n\t", "file PATH is empty"),
        (b"x" * (MAX_OUTPUT + 1), f"failed to read file PATH: longer than {MAX_OUTPUT} bytes"),
    ],
)
def test_files_that_hold_none(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    assert failure(file(path)) == text.replace("PATH", str(path))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "none"
    assert failure(file(path)) == f"failed to read file {path}: open {path}: no such file or directory"
    assert failure(file(tmp_path)) == f"failed to read file {tmp_path}: open {tmp_path}: is a directory"
    assert "longer than" in failure(file("/dev/zero"))


# --- commands


def test_a_command_prints_the_value() -> None:
    assert read_value(command("printf", " \n%s\n\n", "s3cret wörd")) == "s3cret wörd"


def test_there_is_no_shell() -> None:
    assert read_value(command("echo", "$HOME; ls *", "|", "cat")) == "$HOME; ls * | cat"


def test_the_environment_is_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRPG_ONE", "1")
    monkeypatch.setenv("FRPG_TWO", "2")
    assert read_value(shell('echo "$FRPG_ONE $FRPG_TWO"', FRPG_TWO="two")) == "1 two"
    assert os.environ["FRPG_TWO"] == "2"


def test_it_has_nothing_to_read_and_what_it_complains_about_is_not_seen(capfd: pytest.CaptureFixture[str]) -> None:
    assert read_value(shell("cat; echo hidden >&2; echo value")) == "value"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (shell("echo s3cret; exit 7"), "failed to execute command sh: exit status 7"),
        (shell("echo s3cret; kill -9 $$"), "failed to execute command sh: signal: 9"),
        (
            command("nosuchcommand", "s3cret"),
            'failed to execute command nosuchcommand: exec: "nosuchcommand": executable file not found in $PATH',
        ),
        (
            command("/nosuch/command", "s3cret"),
            "failed to execute command /nosuch/command: fork/exec /nosuch/command: no such file or directory",
        ),
        (command("/etc/passwd"), "failed to execute command /etc/passwd: fork/exec /etc/passwd: permission denied"),
        (shell("true"), "the output of command sh is empty"),
        (shell(r"printf '\377'"), "the output of command sh is not text in UTF-8"),
        (command("yes", "s3cret"), f"failed to execute command yes: more than {MAX_OUTPUT} bytes of output"),
        (command("echo", "a\0s3cret"), "failed to execute command echo: embedded null byte"),
    ],
)
def test_commands_that_fail(source: ValueSource, text: str) -> None:
    assert failure(source) == text


@pytest.mark.parametrize("script", ["sleep 1000", "sleep 1000 & wait", "exec >&-; sleep 1000"])
def test_a_command_that_does_not_end_is_ended_with_its_children(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(token_source, "DEADLINE", 0.2)
    assert failure(shell(f"{script} # $MARK", MARK="here")) == "failed to execute command sh: no end within 0.2 s"
    me = psutil.Process()
    eventually(lambda: not me.children(recursive=True), what="a child is left")


def test_a_child_that_keeps_the_output_open_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_source, "DEADLINE", 0.2)
    assert "no end within" in failure(shell("sleep 1 & echo value"))
    monkeypatch.setattr(token_source, "DEADLINE", 10.0)
    assert read_value(shell("sleep 0.1 & echo value")) == "value"


def test_nothing_shows_what_a_command_is_given() -> None:
    assert "s3cret" not in repr(command("pass", "s3cret", MARK="s3cret"))
