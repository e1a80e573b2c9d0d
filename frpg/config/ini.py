"""The INI dialect of frp's older configuration files: sections, raw keys, inheritance and interpolation.

Source: the documentation of the Go package ini (gopkg.in/ini.v1), and what frp 0.70.1 answers. The standard library's
configparser reads another dialect: it lowers keys, refuses a second section of one name and takes an indented line as
a continuation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from frpg.errors import ConfigError

DEFAULT = "DEFAULT"  # the section of keys that stand before any header; others may refer to them with %(key)s
_REFERENCE = re.compile(r"%\(([^)]+)\)s")
_MAX_REFERENCES = 99  # replaced in one value, which ends a circle of references
_MAX_VALUE = 1 << 20  # characters a value may grow to by references
_QUOTES = ('"""', '"', "`")  # of a key


class IniError(ConfigError):
    """The text is no INI file; the message names the line and the cure."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class IniValue:
    """What stands at the right of a key, quotes removed, and the line of the key, from 1."""

    value: str
    line: int


@dataclass(slots=True)
class IniSection:
    """One section; `keys` holds only its own keys, raw and in the order of the file."""

    name: str
    line: int  # of its first header, from 1; 0 for DEFAULT without a header
    file: IniFile = field(repr=False, compare=False)
    keys: dict[str, IniValue] = field(default_factory=dict)

    def get(self, key: str) -> IniValue | None:
        """The value of `key` here or else in the sections `a.b` and `a` of a section `a.b.c`, %(x)s replaced."""
        found = self._find(key)
        if found is None:
            return None
        owner, value = found
        return IniValue(owner._interpolated(key, value.value), value.line) if "%(" in value.value else value

    def prefix_map(self, prefix: str) -> dict[str, str]:
        """The section's own keys that start with `prefix`: the rest of the key to the raw value."""
        return {key[len(prefix) :]: item.value for key, item in self.keys.items() if key.startswith(prefix)}

    def _find(self, key: str) -> tuple[IniSection, IniValue] | None:
        """The nearest section that has `key`, with the raw value."""
        name = self.name
        section: IniSection | None = self
        while True:
            if section is not None and key in section.keys:
                return section, section.keys[key]
            name, dot, _ = name.rpartition(".")
            if not dot:
                return None
            section = self.file.sections.get(name)

    def _interpolated(self, key: str, text: str) -> str:
        """`text` with each %(other)s replaced; the first name that is not found ends it, as in frp."""
        for _ in range(_MAX_REFERENCES):
            match = _REFERENCE.search(text)
            if match is None or len(text) > _MAX_VALUE:
                break
            value = self._referred(key, match[1])
            if value is None:
                break
            text = text.replace(match[0], value)
        return text

    def _referred(self, key: str, name: str) -> str | None:
        found = self._find(name)
        if found and not (name == key and found[0] is self):  # a key that names itself means the one of DEFAULT
            return found[1].value
        default = self.file.sections.get(DEFAULT)
        if default is None or default is self or name not in default.keys:
            return None
        return default.keys[name].value


class IniFile:
    """The sections of one text in order; headers of the same name are one section."""

    def __init__(self) -> None:
        self.sections: dict[str, IniSection] = {}

    def section(self, name: str, line: int = 0) -> IniSection:
        """The section `name`, made at the end when there is none; `line` is where its header stands."""
        if name not in self.sections:
            self.sections[name] = IniSection(name, line, self)
        return self.sections[name]


def parse_ini(text: str, *, bare_keys: bool = False, inline_comments: bool = False) -> IniFile:
    """Read an INI text.

    With `bare_keys` a line without a delimiter is the key with the value "true", as frp has it in included files;
    with `inline_comments` a `#` or `;` in an unquoted value starts a comment, as frp has it only to tell the format.

    Raises:
        IniError: a line that is none of INI, or a quote that is never closed.
    """
    return _Reader(text, bare_keys, inline_comments).read()


class _Reader:
    """Walks over the lines; `_next` is the index of the next line, which is the number of the current one."""

    def __init__(self, text: str, bare_keys: bool, inline_comments: bool) -> None:
        self._lines = text.removeprefix("\ufeff").split("\n")
        self._next = 0
        self._bare_keys = bare_keys
        self._inline_comments = inline_comments

    def read(self) -> IniFile:
        file = IniFile()
        section: IniSection | None = None
        while self._next < len(self._lines):
            text = self._take()
            line = self._next
            content = text.strip()
            if not content or content[0] in "#;":
                continue
            if content[0] == "[":
                section = file.section(_section_name(content, line), line)
                continue
            if section is None:
                section = file.section(DEFAULT)
            key, value = self._key_value(text, line)
            section.keys[key] = IniValue(value, line)
        return file

    def _take(self) -> str:
        self._next += 1
        return self._lines[self._next - 1]

    def _key_value(self, text: str, line: int) -> tuple[str, str]:
        key, rest = _split_key(text.lstrip(), line)
        if rest is None:
            if not self._bare_keys:
                word = text.strip()
                raise IniError(line, f"'{word}' has no '=' or ':' (write '{word} = true', or '#' before a note)")
            return self._value(text, line), "true"
        if not key:
            raise IniError(line, f"'{text.strip()}' has nothing before the '=' or ':' (write 'key = value')")
        return key, self._value(rest, line)

    def _value(self, rest: str, line: int) -> str:
        """What `rest` of the current line means as a value; takes further lines when it goes on there."""
        for mark in ('"""', "`"):
            if rest.lstrip().startswith(mark):
                return self._raw_value(rest.lstrip()[len(mark) :], mark, line)
        value = rest.strip()
        if value.endswith("\\"):
            return self._continued(value[:-1])
        if self._inline_comments:
            value = re.split("[#;]", value, maxsplit=1)[0].strip()
        return _without_quotes(value)

    def _raw_value(self, rest: str, mark: str, line: int) -> str:
        """A value between two `mark`s, line breaks included; what follows the last of them on its line is dropped."""
        value = ""
        while mark not in rest:
            if self._next >= len(self._lines):
                raise IniError(line, f"the value opens with {mark} and never closes (write {mark} after it)")
            value += rest + "\n"
            rest = self._take()
        return value + rest[: rest.rindex(mark)]

    def _continued(self, value: str) -> str:
        """A value whose line ended in a backslash, with the lines that it goes on in."""
        while self._next < len(self._lines):
            more = self._take().strip()
            value += more
            if not more.endswith("\\"):
                break
            value = value[:-1]
        return value


def _section_name(content: str, line: int) -> str:
    name, bracket, _ = content[1:].rpartition("]")
    if not bracket:
        raise IniError(line, f"section header without ']': '{content}' (write '[name]')")
    if not name:
        raise IniError(line, "section header without a name (write '[name]')")
    return name


def _split_key(text: str, line: int) -> tuple[str, str | None]:
    """The key and what stands behind its delimiter, or None there without a delimiter."""
    key, rest = None, text
    mark = next((mark for mark in _QUOTES if text.startswith(mark)), None)
    if mark:
        key, closing, rest = text[len(mark) :].partition(mark)
        if not closing:
            raise IniError(line, f"the key opens with {mark} and never closes (write {mark} after it)")
    delimiter = re.search("[=:]", rest)
    if delimiter is None:
        return "", None
    plain = rest[: delimiter.start()].strip()
    return plain if key is None else key, rest[delimiter.end() :]


def _without_quotes(value: str) -> str:
    """Drop one pair of quotes that encloses the whole value and has no other of its kind inside."""
    if len(value) > 1 and value[0] in "'\"" and value.find(value[0], 1) == len(value) - 1:
        return value[1:-1]
    return value
