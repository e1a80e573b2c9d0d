"""On which lines of a TOML text its options are written. A parser has read it before: little is checked here."""

from __future__ import annotations

import contextlib
import re

from frpg.config.faults import join

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})' r"|'''.*?'''(?:'{0,2})" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'", re.S
)
_BARE_KEY = re.compile(r"[^ \t\r\n.=\]\"'#]+")
_WORD = re.compile(r"[^,\]}\n#]+")  # number, boolean or date
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_MAX_PARTS = 20  # of a dotted key; no option has more than 6
_MAX_PATH = 200  # characters; what lies deeper has the place of what it lies in


class _Stuck(Exception):
    """Here stands something else than TOML has."""


def toml_places(text: str) -> dict[str, int]:
    """Key path in lower case to line, from 1, as far as the text can be read."""
    scan = _Scan(text.removeprefix("\ufeff"))
    with contextlib.suppress(_Stuck, RecursionError):
        scan.document()
    return scan.lines


class _Scan:
    """Walks over the text once."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self._text = text
        self._position = 0
        self._line, self._counted = 1, 0  # the line of the character at `_counted`
        self._table = ""  # key path of the table whose header came last
        self._last: dict[str, int] = {}  # of an array of tables: the index of the last one

    def document(self) -> None:
        while self._more():
            if self._takes("[["):
                self._header(is_array=True)
            elif self._takes("["):
                self._header(is_array=False)
            else:
                self._pair(self._table)

    def _header(self, *, is_array: bool) -> None:
        line = self._here()
        *above, name = self._key()
        path = ""
        for part in above:
            path = self._inside(_below(path, part))
            self.lines.setdefault(path.lower(), line)
        path = _below(path, name)
        if is_array:
            self._last[path] = self._last.get(path, -1) + 1
            self.lines.setdefault(path.lower(), line)
        self._table = self._inside(path)
        self.lines.setdefault(self._table.lower(), line)
        self._demand("]]" if is_array else "]")

    def _inside(self, path: str) -> str:
        return f"{path}[{self._last[path]}]" if path in self._last else path

    def _pair(self, table: str) -> None:
        line, path = self._here(), table
        for part in self._key():
            path = _below(path, part)
            self.lines.setdefault(path.lower(), line)
        self._demand("=")
        self._value(path)

    def _key(self) -> list[str]:
        parts = []
        while True:
            self._more()
            string = _STRING.match(self._text, self._position)
            match = string or _BARE_KEY.match(self._text, self._position)
            if match is None:
                raise _Stuck
            parts.append(_unquoted(match[0]) if string else match[0])
            self._position = match.end()
            if not self._matches(_DOT):
                return parts[:_MAX_PARTS]

    def _value(self, path: str) -> None:
        self._more()
        if self._takes("["):
            self._array(path)
        elif self._takes("{"):
            while not self._closes("}"):
                self._pair(path)
        elif not self._matches(_STRING) and not self._matches(_WORD):
            raise _Stuck

    def _array(self, path: str) -> None:
        index = 0
        while not self._closes("]"):
            item = f"{path}[{index}]" if len(path) < _MAX_PATH else path
            self.lines.setdefault(item.lower(), self._here())
            self._value(item)
            index += 1

    def _closes(self, bracket: str) -> bool:
        """Past a comma and what is blank; whether the collection ends here, which it does at the end of the text."""
        self._more()
        if self._takes(","):
            self._more()
        return self._takes(bracket) or self._position >= len(self._text)

    def _more(self) -> bool:
        """Skip spaces, line ends and comments; whether something stands behind them."""
        self._matches(_BLANK)
        return self._position < len(self._text)

    def _matches(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self._text, self._position)
        if match:
            self._position = match.end()
        return match is not None

    def _takes(self, word: str) -> bool:
        found = self._text.startswith(word, self._position)
        self._position += len(word) if found else 0
        return found

    def _demand(self, word: str) -> None:
        self._more()
        if not self._takes(word):
            raise _Stuck

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._position)
        self._counted = self._position
        return self._line


def _below(path: str, key: str) -> str:
    return join(path, key) if len(path) + len(key) < _MAX_PATH else path


def _unquoted(literal: str) -> str:
    import tomllib

    try:
        return str(tomllib.loads(f"key = {literal}")["key"])
    except tomllib.TOMLDecodeError:
        raise _Stuck from None
