"""Completion scripts, run by the shells that are here."""

import shutil
import subprocess
from pathlib import Path

import pytest

from frpg.cli.completion import bash, fish, powershell, zsh
from frpg.cli.frpc import ROOT

CASES = [
    (["s"], {"stcp", "status", "stop", "sudp"}),
    (["stcp", "vis"], {"visitor"}),
    (["-c", "x", "stcp", "visitor", "--bind"], {"--bind-addr", "--bind-port"}),
    (["tcp", "--tls"], {"--tls-enable", "--tls-server-name"}),
    (["verify", "tc"], set()),
]

# What Bash does on the Tab key: the words of the line, the last one unfinished.
_BASH_TAB = """
source /dev/stdin
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_frpc
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(("words", "choices"), CASES)
def test_bash(words: list[str], choices: set[str], tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    command = ["bash", "--norc", "-c", _BASH_TAB, "bash", "frpc", *words]
    result = subprocess.run(command, input=bash("frpc", ROOT), capture_output=True, text=True, check=True, cwd=tmp_path)
    assert set(result.stdout.split()) == choices
    assert result.stderr == ""


@pytest.mark.parametrize(("words", "choices"), CASES)
def test_fish(words: list[str], choices: set[str], tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("no fish")
    command = ["fish", "--no-config", "-c", f"source; complete -C {' '.join(['frpc', *words])!r}"]
    result = subprocess.run(command, input=fish("frpc", ROOT), capture_output=True, text=True, check=True, cwd=tmp_path)
    assert {line.split("\t")[0] for line in result.stdout.splitlines()} == choices
    assert result.stderr == ""


def test_zsh_loads_it(tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("no zsh")
    command = ["zsh", "-fc", "autoload -U compinit; compinit -D; source /dev/stdin; print $_comps[frpc]"]
    result = subprocess.run(command, input=zsh("frpc", ROOT), capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "_frpc" in result.stdout
    assert result.stderr == ""


def test_powershell_has_every_command() -> None:
    text = powershell("frpc", ROOT)
    assert "'frpc stcp visitor' = '--bind-addr', " in text
    assert "'frpc nathole' = 'discover', " in text
