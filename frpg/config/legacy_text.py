"""The text of INI files: the main one with those it includes behind it, and where `[common]` is in it."""

from __future__ import annotations

import bisect
from collections.abc import Mapping

from frpg.config.ini import DEFAULT, IniError, IniFile, parse_ini
from frpg.config.legacy import SectionReader
from frpg.config.sources import Source
from frpg.errors import ConfigError

COMMON = "common"


class Texts:
    """INI texts one after the other, read as one; knows which line came from which file."""

    def __init__(self, file: str, text: str) -> None:
        self._text = text
        self._files = [file]
        self._starts = [1]  # line at which each file begins

    def add(self, file: str, text: str) -> None:
        """Append an included file's text."""
        self._files.append(file)
        self._starts.append(self._text.count("\n") + 2)
        self._text += "\n" + text

    def parse(self) -> IniFile:
        """Raises ConfigError, naming file and line."""
        try:
            return parse_ini(self._text, bare_keys=len(self._files) > 1)
        except IniError as problem:
            file, line = self.place(problem.line)
            text = str(problem).removeprefix(f"line {problem.line}: ")
            raise ConfigError(f"{file}: line {line}: {text}") from None

    def place(self, line: int) -> tuple[str, int]:
        """The file of a line of the whole, and the line's number there (template actions may have moved it)."""
        index = bisect.bisect_right(self._starts, max(line, 1)) - 1
        return self._files[index], line - self._starts[index] + 1


def open_legacy(source: Source, environ: Mapping[str, str]) -> tuple[Texts, IniFile, SectionReader]:
    """The rendered text, its sections, and a reader of the common options.

    Without a section `common` the keys ahead of the first section are the common ones.
    """
    texts = Texts(source.path, source.rendered(environ))
    file = texts.parse()
    name = common_name(file)
    reader = SectionReader(file.section(name), source.path)
    if source.is_headerless:
        text = f"no section [{COMMON}]: the keys ahead of the first section are read as its keys"
        if name != DEFAULT:
            text = f"section [{name}] is read as [{COMMON}]; write it in lower case without spaces"
        reader.warn("", text)
    return texts, file, reader


def common_name(file: IniFile) -> str:
    """The section that holds the common options; frp itself knows no other spelling than `common`."""
    if COMMON in file.sections:
        return COMMON
    return next((name for name in file.sections if name.strip().lower() == COMMON), DEFAULT)
