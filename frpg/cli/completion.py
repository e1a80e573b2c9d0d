"""`completion SHELL`: a script that has a shell complete our commands and flags."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from frpg.cli.command import Command, Path
from frpg.cli.flags import Parsed
from frpg.cli.output import say

_BASH = """\
_{name}() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} command={name} words= index
    for ((index = 1; index < COMP_CWORD; index++)); do
        case "$command ${{COMP_WORDS[index]}}" in
            {commands}) command="$command ${{COMP_WORDS[index]}}" ;;
        esac
    done
    case $command in
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _{name} {name}
"""

_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName {name} -ScriptBlock {{
    param($current, $line, $cursor)
    $words = @{{
{cases}
    }}
    $command = '{name}'
    foreach ($element in $line.CommandElements | Select-Object -Skip 1) {{
        if ($words.ContainsKey("$command $element")) {{ $command = "$command $element" }}
    }}
    $words[$command] | Where-Object {{ $_ -like "$current*" }} | Sort-Object
}}
"""


def completion_command(program: str, root: Callable[[], Command]) -> Command:
    """The `completion` command; `root` is asked for when it runs."""
    return Command(
        "completion",
        "Print a script that completes commands and flags in a shell",
        commands=tuple(
            Command(shell, f"For {shell}", run=partial(_print, program, root, script))
            for shell, script in (("bash", bash), ("fish", fish), ("powershell", powershell), ("zsh", zsh))
        ),
    )


def bash(program: str, root: Command) -> str:
    words = _words(root)
    cases = (f"        {name!r}) words='{' '.join(choices)}' ;;" for name, choices in words.items())
    below = [f'"{name}"' for name in words if name != program]
    return _BASH.format(name=program, commands="|".join(below), cases="\n".join(cases))


def zsh(program: str, root: Command) -> str:
    return f"#compdef {program}\nautoload -U +X bashcompinit && bashcompinit\n" + bash(program, root)


def fish(program: str, root: Command) -> str:
    lines = []
    for path in _paths(Path((root,))):
        start = f"complete -c {program}{_fish_condition(path)}"
        lines += [f"{start} -a {command.name} -d {_quoted(command.summary)}" for command in path.command.commands]
        for flag in path.flag_set().flags:
            short = f" -s {flag.short}" if flag.short else ""
            value = "" if flag.kind.is_switch else " -r"
            lines.append(f"{start} -l {flag.name}{short}{value} -d {_quoted(flag.help)}")
    return "\n".join(lines) + "\n"


def powershell(program: str, root: Command) -> str:
    cases = (f"        '{name}' = {', '.join(map(repr, choices))}" for name, choices in _words(root).items())
    return _POWERSHELL.format(name=program, cases="\n".join(cases))


def _fish_condition(path: Path) -> str:
    """The command is on the line, and none of those below it."""
    seen = "__fish_seen_subcommand_from"
    tests = [f"{seen} {command.name}" for command in path.chain[1:]]
    if below := " ".join(command.name for command in path.command.commands):
        tests.append(f"not {seen} {below}")
    return f" -n '{'; and '.join(tests)}'" if tests else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _print(program: str, root: Callable[[], Command], script: Callable[[str, Command], str], _parsed: Parsed) -> int:
    say(script(program, root()).rstrip("\n"))
    return 0


def _words(root: Command) -> dict[str, list[str]]:
    """Full name of each command to the words that may follow."""
    return {
        path.name: [*(c.name for c in path.command.commands), *(f"--{flag.name}" for flag in path.flag_set().flags)]
        for path in _paths(Path((root,)))
    }


def _paths(path: Path) -> Iterator[Path]:
    yield path
    for command in path.command.commands:
        yield from _paths(path.below(command))
