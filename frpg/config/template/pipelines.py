"""The innermost part of the template grammar: pipelines, their commands and words.

Source: the documentation of Go's package text/template, "Pipelines"; the error texts are those its users know.
"""

from __future__ import annotations

from collections.abc import Collection

from frpg.config.quoting import go_quote, go_unquote
from frpg.config.template.lexer import Kind, Token, lex
from frpg.config.template.nodes import Chain, Command, Dot, Field, Identifier, Literal, Node, Pipe, Variable
from frpg.config.values import parse_float, parse_int_ini
from frpg.errors import ConfigError

ROOT = "frp"  # name of the template that a file is, in messages and for {{ template }}

_OPERANDS = frozenset(
    {
        Kind.BOOL,
        Kind.CHARACTER,
        Kind.DOT,
        Kind.FIELD,
        Kind.IDENTIFIER,
        Kind.NUMBER,
        Kind.NIL,
        Kind.STRING,
        Kind.VARIABLE,
        Kind.LEFT_PAREN,
    }
)
_ENDS = frozenset({Kind.RIGHT, Kind.RIGHT_PAREN, Kind.PIPE})


class TemplateError(ConfigError):
    """A file's template is wrong, or stopped; the message names line and, when it ran already, column."""


class PipelineParser:
    """A place among the tokens of a text, and recursive descent from there; the names in scope are checked at once."""

    def __init__(self, text: str, functions: Collection[str]) -> None:
        self._tokens = lex(text)
        self._index = 0  # of the next token
        self._functions = functions
        self._variables = ["$"]  # in scope
        self._action_line = 0  # where the current action began

    def _next(self) -> Token:
        token = self._tokens[min(self._index, len(self._tokens) - 1)]
        self._index += 1
        return token

    def _peek(self, offset: int = 0) -> Token:
        return self._tokens[min(self._index + offset, len(self._tokens) - 1)]

    def _skip_space(self) -> Token:
        """Pass over white space and return the token behind it, not taken yet."""
        if self._peek().kind is Kind.SPACE:
            self._index += 1
        return self._peek()

    def _expect(self, kind: Kind, context: str) -> Token:
        self._skip_space()
        token = self._next()
        if token.kind is not kind:
            raise self._unexpected(token, context)
        return token

    def _error(self, message: str, token: Token | None = None) -> TemplateError:
        line = (token or self._tokens[min(max(self._index - 1, 0), len(self._tokens) - 1)]).line
        return TemplateError(f"template: {ROOT}:{line}: {message}")

    def _unexpected(self, token: Token, context: str) -> TemplateError:
        if token.kind is not Kind.ERROR:
            return self._error(f"unexpected {token} in {context}", token)
        started = ""
        if self._action_line not in (0, token.line):
            started = f"{'' if token.text.endswith(' action') else ' in action'} started at {ROOT}:{self._action_line}"
        return self._error(token.text + started, token)

    def _pipeline(self, context: str, end: Kind) -> Pipe:
        pipe = Pipe(self._skip_space().pos)
        self._declarations(pipe, context)
        while True:
            token = self._skip_space()
            if token.kind is end:
                self._next()
                self._check(pipe, context)
                return pipe
            if token.kind not in _OPERANDS:
                self._next()
                raise self._unexpected(token, context)
            pipe.commands.append(self._command())

    def _declarations(self, pipe: Pipe, context: str) -> None:
        """The `$x :=` or `$i, $v :=` a pipeline may begin with."""
        while self._skip_space().kind is Kind.VARIABLE:
            offset = 2 if self._peek(1).kind is Kind.SPACE else 1
            sign = self._peek(offset)
            is_list = sign.kind is Kind.OTHER and sign.text == ","
            if not is_list and sign.kind not in (Kind.DECLARE, Kind.ASSIGN):
                return
            pipe.variables.append(self._peek().text)
            self._index += offset + 1
            if not is_list:
                pipe.is_assignment = sign.kind is Kind.ASSIGN
                self._variables += pipe.variables
                return
            if context != "range" or len(pipe.variables) > 1:
                raise self._error(f"too many declarations in {context}")
            if self._skip_space().kind is not Kind.VARIABLE:
                raise self._error("range can only initialize variables")

    def _check(self, pipe: Pipe, context: str) -> None:
        if not pipe.commands:
            raise self._error(f"missing value for {context}")
        for stage, command in enumerate(pipe.commands[1:], 2):
            if isinstance(command.words[0], Literal | Dot):
                raise self._error(f"non executable command in pipeline stage {stage}")

    def _command(self) -> Command:
        """Words with white space between them; a | at the end is taken, what else ends it is not."""
        command = Command(self._skip_space().pos)
        while True:
            self._skip_space()
            if self._peek().kind in _OPERANDS:
                command.words.append(self._operand())
            token = self._peek()
            if token.kind is Kind.SPACE:
                continue
            if token.kind not in _ENDS:
                self._next()
                raise self._unexpected(token, "operand")
            if token.kind is Kind.PIPE:
                self._next()
            return command

    def _operand(self) -> Node:
        token = self._next()
        node = self._term(token)
        pos = self._peek().pos
        names = []
        while self._peek().kind is Kind.FIELD:
            names.append(self._next().text[1:])
        if not names:
            return node
        if isinstance(node, Field | Variable):
            node.pos = pos
            node.names += names
            return node
        if isinstance(node, Literal | Dot):
            raise self._error(f"unexpected . after term {go_quote(str(node))}")
        return Chain(pos, node, names)

    def _term(self, token: Token) -> Node:
        if token.kind is Kind.IDENTIFIER:
            if token.text not in self._functions:
                raise self._error(f"function {go_quote(token.text)} not defined", token)
            return Identifier(token.pos, token.text)
        if token.kind is Kind.DOT:
            return Dot(token.pos)
        if token.kind is Kind.FIELD:
            return Field(token.pos, [token.text[1:]])
        if token.kind is Kind.VARIABLE:
            if token.text not in self._variables:
                raise self._error(f"undefined variable {go_quote(token.text)}", token)
            return Variable(token.pos, token.text, [])
        if token.kind is Kind.LEFT_PAREN:
            return self._pipeline("parenthesized pipeline", Kind.RIGHT_PAREN)
        return self._literal(token)

    def _literal(self, token: Token) -> Literal:
        text = token.text
        value: bool | int | float | str | None = None
        if token.kind is Kind.BOOL:
            value = text == "true"
        elif token.kind is Kind.NUMBER:
            value = self._number(token)
        elif token.kind is not Kind.NIL:
            try:
                value = go_unquote(text)
            except ValueError as error:
                is_string = token.kind is Kind.STRING
                raise self._error(str(error) if is_string else f"malformed character constant: {text}", token) from None
            value = value if token.kind is Kind.STRING else ord(value)
        return Literal(token.pos, value, text)

    def _number(self, token: Token) -> int | float:
        text = token.text
        try:
            return parse_int_ini(text)
        except ValueError:
            pass
        try:
            value = parse_float(text)
        except ValueError:
            raise self._error(f"illegal number syntax: {go_quote(text)}", token) from None
        if not any(char in text for char in ".eEpP"):
            raise self._error(f"integer overflow: {go_quote(text)}", token)
        return value
