"""Tokens of the template language: plain text, and what stands between {{ and }}.

Source: the documentation of Go's package text/template.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from frpg.config.quoting import go_quote

KEYWORDS = frozenset(["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"])


class Kind(Enum):
    """What a token is."""

    TEXT = auto()
    LEFT = auto()  # {{
    RIGHT = auto()  # }}
    SPACE = auto()
    KEYWORD = auto()
    IDENTIFIER = auto()
    FIELD = auto()  # .Name
    VARIABLE = auto()  # $ or $name
    DOT = auto()
    NIL = auto()
    BOOL = auto()
    NUMBER = auto()
    CHARACTER = auto()  # 'c'
    STRING = auto()  # in quotes or backquotes
    PIPE = auto()
    LEFT_PAREN = auto()
    RIGHT_PAREN = auto()
    DECLARE = auto()  # :=
    ASSIGN = auto()  # =
    OTHER = auto()  # one character that has no meaning except the comma of `range $i, $v`
    ERROR = auto()  # the text is the message; always the last token
    EOF = auto()


class Token(NamedTuple):
    """One token; `pos` is the index of its first character, `line` counts from 1."""

    kind: Kind
    text: str
    pos: int
    line: int

    def __str__(self) -> str:
        """The token as an error message names it."""
        if self.kind is Kind.EOF:
            return "EOF"
        if self.kind in (Kind.KEYWORD, Kind.DOT, Kind.NIL):
            return f"<{self.text}>"
        if self.kind is Kind.ERROR:
            return self.text
        return go_quote(self.text[:10]) + "..." if len(self.text) > 10 else go_quote(self.text)


_SPACE = " \t\r\n"
_RIGHT = re.compile(r"[ \t\r\n]+-}}|}}")
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*"
    r"|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)"
)
_TOKEN = re.compile(
    r"""(?P<SPACE>[ \t\r\n]+)
    |(?P<STRING>"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`)
    |(?P<CHARACTER>'(?:[^'\\\n]|\\[^\n])*')
    |(?P<NUMBER>[+-]|\.?[0-9])|(?P<FIELD>\.\w+)|(?P<DOT>\.)|(?P<VARIABLE>\$\w*)|(?P<IDENTIFIER>\w+)
    |(?P<DECLARE>:=)|(?P<ASSIGN>=)|(?P<PIPE>\|)|(?P<LEFT_PAREN>\()|(?P<RIGHT_PAREN>\))""",
    re.X,
)
_UNTERMINATED = {
    '"': "unterminated quoted string",
    "`": "unterminated raw quoted string",
    "'": "unterminated character constant",
    ":": "expected :=",
}
_WORDS = frozenset({Kind.IDENTIFIER, Kind.FIELD, Kind.VARIABLE, Kind.DOT})
_ENDS_WORD = frozenset(_SPACE + ".,|:)(")


def lex(text: str) -> list[Token]:
    """Cut `text` into tokens; the last one is EOF, or ERROR where the text cannot go on."""
    return _Lexer(text).run()


class _Lexer:
    """One pass over a text; `_pos` is where the next token begins."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pos = 0
        self._line = 1  # that of the character at _counted
        self._counted = 0
        self._parens = 0  # open ones of the action
        self._trims = False  # the action before ended with -}}
        self._tokens: list[Token] = []
        self._is_done = False

    def run(self) -> list[Token]:
        while not self._is_done:
            self._plain_text()
            if self._is_done:
                break
            if self._text.startswith("/*", self._pos):
                self._comment()
            else:
                self._action()
        return self._tokens

    def _add(self, kind: Kind, text: str, pos: int) -> None:
        self._line += self._text.count("\n", self._counted, pos)
        self._counted = pos
        self._tokens.append(Token(kind, text, pos, self._line))
        self._is_done = kind in (Kind.ERROR, Kind.EOF)

    def _plain_text(self) -> None:
        """The text up to the next {{, white space removed as the trim markers at both of its ends ask for."""
        start = self._text.find("{{", self._pos)
        end = len(self._text) if start < 0 else start
        text = self._text[self._pos : end]
        if self._trims:
            text = text.lstrip(_SPACE)
        pos = end - len(text)
        opens_trimmed = self._text.startswith("{{-", end) and self._text[end + 3 : end + 4] in tuple(_SPACE)
        if opens_trimmed:
            text = text.rstrip(_SPACE)
        if text:
            self._add(Kind.TEXT, text, pos)
        if start < 0:
            self._add(Kind.EOF, "", end)
            return
        self._pos = end + (4 if opens_trimmed else 2)
        if not self._text.startswith("/*", self._pos):
            self._add(Kind.LEFT, "{{", end)

    def _comment(self) -> None:
        comment = _COMMENT.match(self._text, self._pos)
        if comment is None:
            self._add(Kind.ERROR, "unclosed comment", self._pos)
            return
        right = _RIGHT.match(self._text, comment.end())
        if right is None:
            self._add(Kind.ERROR, "comment ends before closing delimiter", self._pos)
            return
        self._leave(right)

    def _leave(self, right: re.Match[str]) -> None:
        self._trims = len(right[0]) > 2
        self._pos = right.end()

    def _action(self) -> None:
        """The tokens up to and with the next }}."""
        while not self._is_done:
            right = _RIGHT.match(self._text, self._pos)
            if right is None:
                self._token()
            elif self._parens:
                self._add(Kind.ERROR, "unclosed left paren", self._pos)
            else:
                self._add(Kind.RIGHT, "}}", right.end() - 2)
                self._leave(right)
                return

    def _token(self) -> None:
        match = _TOKEN.match(self._text, self._pos)
        if match is None:
            self._other()
            return
        kind, text, pos = Kind[match.lastgroup or "OTHER"], match[0], self._pos
        if kind is Kind.NUMBER:
            self._number()
            return
        self._pos = match.end()
        following = self._text[self._pos : self._pos + 1]
        if kind in _WORDS and following and following not in _ENDS_WORD and not self._text.startswith("}}", self._pos):
            self._add(Kind.ERROR, f"bad character {_code_point(following)}", pos)
        elif kind is Kind.RIGHT_PAREN and not self._parens:
            self._add(Kind.ERROR, "unexpected right paren", pos)
        elif kind is Kind.IDENTIFIER:
            self._add(_word_kind(text), text, pos)
        else:
            self._parens += (kind is Kind.LEFT_PAREN) - (kind is Kind.RIGHT_PAREN)
            self._add(kind, text, pos)

    def _number(self) -> None:
        match = _NUMBER.match(self._text, self._pos)
        end = match.end() if match else self._pos
        following = self._text[end : end + 1]
        text, pos = self._text[self._pos : end], self._pos
        if following.isalnum() or following == "_":
            self._add(Kind.ERROR, f"bad number syntax: {go_quote(text + following)}", pos)
            return
        self._pos = end
        self._add(Kind.NUMBER, text, pos)

    def _other(self) -> None:
        """A character that starts no token, or whose token is never closed."""
        char, pos = self._text[self._pos : self._pos + 1], self._pos
        if not char:
            self._add(Kind.ERROR, "unclosed action", pos)
        elif char in _UNTERMINATED:
            self._add(Kind.ERROR, _UNTERMINATED[char], pos)
        elif char.isascii() and char.isprintable():
            self._pos += 1
            self._add(Kind.OTHER, char, pos)
        else:
            self._add(Kind.ERROR, f"unrecognized character in action: {_code_point(char)}", pos)


def _word_kind(text: str) -> Kind:
    if text in KEYWORDS:
        return Kind.KEYWORD
    if text in ("true", "false"):
        return Kind.BOOL
    return Kind.NIL if text == "nil" else Kind.IDENTIFIER


def _code_point(char: str) -> str:
    """The character as Go prints it with %#U."""
    code = f"U+{ord(char):04X}"
    return f"{code} '{char}'" if char.isprintable() else code
