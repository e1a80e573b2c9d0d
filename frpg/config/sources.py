"""Reads configuration files and tells their formats apart."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from frpg.config import formats
from frpg.config.faults import Fault, Place
from frpg.errors import ConfigError


@dataclass(slots=True, kw_only=True)
class Part:
    """What the files say about the common options, one proxy or one visitor."""

    tree: object = field(default_factory=dict)  # v1 keys
    place: Place = field(default_factory=Place)
    faults: list[Fault] = field(default_factory=list)  # found while reading
    warnings: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it is on disk, not rendered yet."""

    path: str  # as the user named it
    text: str
    is_legacy: bool  # INI with [common]
    is_headerless: bool = False  # INI without [common]; is_legacy too

    def rendered(self, environ: Mapping[str, str]) -> str:
        """Raises ConfigError, with the file's name in front."""
        if "{{" not in self.text:
            return self.text
        from frpg.config.template import render  # few files are templates, and it is a language of its own

        try:
            text = render(self.text, environ, legacy=self.is_legacy)
            text.encode()
        except ConfigError as problem:
            raise self.named(problem) from None
        except UnicodeEncodeError:
            raise ConfigError(f"{self.path}: an environment variable that it uses is not text in UTF-8") from None
        return text

    def tree(self, environ: Mapping[str, str], *, strict: bool = True) -> dict[str, object]:
        """The v1 tree of a file that is not legacy; raises ConfigError, with the file's name in front."""
        text = self.rendered(environ)
        try:
            return formats.parse_tree(text, self.path, strict=strict)
        except ConfigError as problem:
            raise self.named(problem) from None

    def named(self, problem: ConfigError) -> ConfigError:
        """The same faults, each with the file in front."""
        prefix = f"{self.path}: "
        return ConfigError([line if line.startswith(prefix) else prefix + line for line in problem.faults])


def read_text(path: str | os.PathLike[str]) -> str:
    """Raises ConfigError when the file cannot be read, or is not UTF-8 in a line that is not a note."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        verb = "read" if isinstance(error, IsADirectoryError) else "open"
        raise ConfigError(f"{verb} {os.fspath(path)}: {reason(error)}") from None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "".join(_text_of_line(line, f"{os.fspath(path)}: line {n}") for n, line in _numbered_lines(data))


def _numbered_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    return enumerate(data.splitlines(keepends=True), start=1)


def _text_of_line(line: bytes, place: str) -> str:
    # frp does not care for the encoding of INI files, and notes are often in that of an old Windows.
    is_note = line.lstrip().startswith((b"#", b";"))
    try:
        return line.decode(errors="replace" if is_note else "strict")
    except UnicodeDecodeError:
        raise ConfigError(f"{place}: is not text in UTF-8") from None


def read_source(path: str | os.PathLike[str]) -> Source:
    """Raises ConfigError when the file cannot be read."""
    return text_source(path, read_text(path))


def text_source(path: str | os.PathLike[str], text: str) -> Source:
    """`text` as if it were what the file at `path` holds."""
    name = os.fspath(path)
    if formats.is_legacy(text):
        return Source(name, text, is_legacy=True)
    is_headerless = formats.looks_like_headerless_ini(text, name)
    return Source(name, text, is_legacy=is_headerless, is_headerless=is_headerless)


def reason(error: OSError) -> str:
    """What the operating system says, in the letter case of Go: `no such file or directory`."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
