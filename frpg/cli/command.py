"""A tree of commands: find the one that is meant, read its flags, run it or explain it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from frpg.cli.flags import Flag, FlagSet, Parsed, UsageError
from frpg.cli.output import say

Run = Callable[[Parsed], int]


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `run` gets the flags and returns the exit code; without it the command only explains itself."""

    name: str
    summary: str
    flags: tuple[Flag, ...] = ()
    run: Run | None = None
    commands: tuple[Command, ...] = ()
    description: str = ""  # for the help, in place of the summary

    def child(self, name: str) -> Command | None:
        return next((command for command in self.commands if command.name == name), None)


@dataclass(frozen=True, slots=True)
class Path:
    """A command with the commands above it, root first."""

    chain: tuple[Command, ...]

    @property
    def command(self) -> Command:
        return self.chain[-1]

    @property
    def name(self) -> str:
        return " ".join(command.name for command in self.chain)

    def inherited(self) -> Iterator[Flag]:
        """The flags from above that hold here too."""
        own = {flag.name for flag in self.command.flags}
        for command in self.chain[:-1]:
            yield from (flag for flag in command.flags if flag.is_inherited and flag.name not in own)

    def flag_set(self) -> FlagSet:
        return FlagSet((*self.command.flags, *self.inherited()))

    def below(self, command: Command) -> Path:
        return Path((*self.chain, command))


def execute(root: Command, words: Sequence[str]) -> int:
    """Run what `words` ask for; usage errors go to standard error. Returns the exit code."""
    if words and words[0] == "help":
        return _explain(root, words[1:])
    path, words = locate(root, words)
    try:
        parsed = path.flag_set().parse(words)
    except UsageError as error:
        return _refuse(f"Error: {error}", path)
    if parsed["help"]:
        return _show_help(path)
    if path.command is root and parsed.positionals:
        return _unknown_command(root, parsed.positionals[0])
    if path.command.run is None:
        return _show_help(path)
    return path.command.run(parsed)


def locate(root: Command, words: Sequence[str]) -> tuple[Path, list[str]]:
    """The command that is meant, and the words without the names of commands. Flags may stand before a name."""
    path, rest = Path((root,)), list(words)
    position = 0
    while position < len(rest) and rest[position] != "--":
        word = rest[position]
        if word.startswith("-"):
            position += 2 if path.flag_set().is_value_next(word) else 1
            continue
        child = path.command.child(word)
        if child is None:
            break
        path = path.below(child)
        del rest[position]
    return path, rest


def _explain(root: Command, names: Sequence[str]) -> int:
    path, rest = locate(root, names)
    if rest and path.command is root and not rest[0].startswith("-"):
        return _refuse(f"Unknown help topic {' '.join(rest)!r}", path)
    return _show_help(path)


def _show_help(path: Path) -> int:
    from frpg.cli.help import help_text

    say(help_text(path))
    return 0


def _refuse(complaint: str, path: Path) -> int:
    from frpg.cli.help import usage_text

    say(f"{complaint}\n{usage_text(path)}", sys.stderr)
    return 1


def _unknown_command(root: Command, word: str) -> int:
    from difflib import get_close_matches

    names = [command.name for command in root.commands]
    near = get_close_matches(word, names, n=3) or [name for name in names if name.startswith(word)]
    hint = ["", "Did you mean this?", *(f"\t{name}" for name in near), ""] if near else []
    complaint = f'Error: unknown command "{word}" for "{root.name}"'
    say("\n".join([complaint, *hint, f"Run '{root.name} --help' for usage."]), sys.stderr)
    return 1
