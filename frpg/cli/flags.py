"""Words after a command's name to flag values, by the rules of frp's own command line.

Not argparse: that one refuses a value that begins with a dash (`--token -x`), lets a switch swallow the word after
it, and words its complaints in its own way, while scripts around frp rely on the spelling of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from frpg.cli.values import BOOL, Kind


class UsageError(Exception):
    """The command line cannot be understood; str() is the complaint."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag; `name` has dashes, a user may write underscores as well."""

    name: str
    kind: Kind
    help: str
    short: str = ""
    default: Any = None
    is_inherited: bool = False  # the commands below take it too

    @property
    def title(self) -> str:
        return f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"


HELP = Flag("help", BOOL, "help", short="h", default=False)


@dataclass(slots=True)
class Parsed:
    """What the words said. `values` has only the flags that were given."""

    flags: tuple[Flag, ...]
    values: dict[str, Any] = field(default_factory=dict)
    positionals: list[str] = field(default_factory=list)  # before "--"

    def __getitem__(self, name: str) -> Any:
        """The value of a flag, given or by default."""
        if name in self.values:
            return self.values[name]
        return next(flag.default for flag in self.flags if flag.name == name)


class FlagSet:
    """The flags one command takes, looked up by name or letter."""

    def __init__(self, flags: Iterable[Flag]) -> None:
        self.flags = (*flags, HELP)
        self._long = {flag.name: flag for flag in self.flags}
        self._short = {flag.short: flag for flag in self.flags if flag.short}

    def parse(self, words: Sequence[str]) -> Parsed:
        """Raises UsageError."""
        parsed = Parsed(self.flags)
        rest = list(reversed(words))
        while rest:
            word = rest.pop()
            if word == "--":
                break
            if word.startswith("--"):
                self._take_long(word, rest, parsed)
            elif word.startswith("-") and word != "-":
                self._take_short(word, rest, parsed)
            else:
                parsed.positionals.append(word)
        return parsed

    def is_value_next(self, word: str) -> bool:
        """Does this flag word take the next word as its value? Also so when the flag is unknown."""
        if "=" in word:
            return False
        if word.startswith("--"):
            flag = self._long.get(_dashed(word[2:]))
            return flag is None or not flag.kind.is_switch
        flag = self._short.get(word[1:2])
        return len(word) == 2 and (flag is None or not flag.kind.is_switch)

    def _take_long(self, word: str, rest: list[str], parsed: Parsed) -> None:
        name, sign, text = word[2:].partition("=")
        if not name or name.startswith("-"):
            raise UsageError(f"bad flag syntax: {word}")
        flag = self._long.get(_dashed(name))
        if flag is None:
            raise UsageError(f"unknown flag: --{name}")
        if not sign:
            if flag.kind.is_switch:
                text = "true"
            elif rest:
                text = rest.pop()
            else:
                raise UsageError(f"flag needs an argument: {word}")
        _set(flag, text, parsed)

    def _take_short(self, word: str, rest: list[str], parsed: Parsed) -> None:
        """One or more letters: `-v`, `-vh`, `-p7000`, `-p=7000`, `-p 7000`."""
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            flag = self._short.get(letter)
            if flag is None:
                raise UsageError(f"unknown shorthand flag: '{letter}' in {word}")
            if letters.startswith("=") and len(letters) > 1:
                text, letters = letters[1:], ""
            elif flag.kind.is_switch:
                text = "true"
            elif letters:
                text, letters = letters, ""
            elif rest:
                text = rest.pop()
            else:
                raise UsageError(f"flag needs an argument: '{letter}' in {word}")
            _set(flag, text, parsed)


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _set(flag: Flag, text: str, parsed: Parsed) -> None:
    try:
        parsed.values[flag.name] = flag.kind.parse(text, parsed.values.get(flag.name))
    except ValueError as error:
        raise UsageError(f'invalid argument "{text}" for "{flag.title}" flag: {error}') from None
