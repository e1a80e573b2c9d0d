"""What pipelines evaluate to: words, commands and calls of functions.

Source: the documentation of Go's package text/template, "Pipelines"; the error texts are those its users know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from frpg.config.template.functions import LAZY, Function
from frpg.config.template.nodes import Chain, Command, Dot, Field, Identifier, Literal, Node, Pipe, Variable
from frpg.config.template.pipelines import ROOT, TemplateError
from frpg.config.template.values import NO_VALUE, Data, Pair, is_true, type_name


class _Missing:
    """Stands for the piped value of a command that gets none."""


_MISSING = _Missing()


class Evaluator:
    """The state of a run: variables in scope, and `_at`, the node that an error is laid to."""

    def __init__(self, text: str, functions: Mapping[str, Function], data: Data) -> None:
        self._text = text
        self._functions = functions
        self._name = ROOT  # of the template that runs
        self._at: Node = Dot(0)
        self._variables: list[tuple[str, object]] = [("$", data)]

    def _error(self, message: str) -> TemplateError:
        before = self._text[: self._at.pos]
        line = before.count("\n") + 1
        column = len(before[before.rfind("\n") + 1 :].encode("utf-8", "surrogateescape"))
        place = f'{ROOT}:{line}:{column}: executing "{self._name}" at <{self._at}>'
        return TemplateError(f"template: {place}: {message}")

    def _assign(self, name: str, value: object) -> None:
        for position in range(len(self._variables) - 1, -1, -1):
            if self._variables[position][0] == name:
                self._variables[position] = (name, value)
                return
        raise self._error(f"undefined variable: {name}")

    def _pipeline(self, dot: object, pipe: Pipe) -> object:
        self._at = pipe
        value: object = _MISSING
        for command in pipe.commands:
            value = self._command(dot, command, value)
        for name in pipe.variables:
            if pipe.is_assignment:
                self._assign(name, value)
            else:
                self._variables.append((name, value))
        return value

    def _command(self, dot: object, command: Command, piped: object) -> object:
        """The value of a command; `piped` becomes its last argument unless it is _MISSING."""
        first = command.words[0]
        if isinstance(first, Identifier):
            return self._function(dot, first, command, command.words[1:], piped)
        self._at = first
        has_arguments = len(command.words) > 1 or piped is not _MISSING
        names = first.names if isinstance(first, Field | Chain | Variable) else []
        if has_arguments and not names:
            raise self._error(f"can't give argument to non-function {first}")
        if isinstance(first, Literal) and first.value is None:
            raise self._error("nil is not a command")
        return self._value(dot, first, has_arguments=has_arguments)

    def _value(self, dot: object, node: Node, *, has_arguments: bool = False) -> object:
        """The value of one word."""
        self._at = node
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Dot):
            return dot
        if isinstance(node, Pipe):
            return self._pipeline(dot, node)
        if isinstance(node, Identifier):
            return self._function(dot, node, node, [], _MISSING)
        if isinstance(node, Field):
            return self._fields(dot, node.names, node, has_arguments)
        if isinstance(node, Variable):
            return self._fields(self._variable(node.name), node.names, node, has_arguments)
        if isinstance(node, Chain):
            return self._fields(self._value(dot, node.operand), node.names, node, has_arguments)
        raise self._error(f"can't evaluate command {node}")

    def _variable(self, name: str) -> object:
        for known, value in reversed(self._variables):
            if known == name:
                return value
        raise self._error(f"undefined variable: {name}")

    def _fields(self, value: object, names: Sequence[str], node: Node, has_arguments: bool) -> object:
        self._at = node
        for position, name in enumerate(names, 1):
            value = self._field(value, name, has_arguments=has_arguments and position == len(names))
        return value

    def _field(self, value: object, name: str, *, has_arguments: bool) -> object:
        if value is NO_VALUE or value is None:
            return NO_VALUE
        is_map = isinstance(value, Mapping)
        is_field = (isinstance(value, Data) and name == "Envs") or (
            isinstance(value, Pair) and name in ("First", "Second")
        )
        if not is_map and not is_field:
            raise self._error(f"can't evaluate field {name} in type {type_name(value)}")
        if has_arguments and is_map:
            raise self._error(f"{name} is not a method but has arguments")
        if has_arguments:
            raise self._error(f"{name} has arguments but cannot be invoked as function")
        return value.get(name, NO_VALUE) if isinstance(value, Mapping) else getattr(value, name)

    def _function(self, dot: object, name_node: Identifier, node: Node, words: Sequence[Node], piped: object) -> object:
        """Call a function; `node` is what its errors are laid to."""
        self._at = name_node
        name = name_node.name
        function = self._functions[name]
        count = len(words) + (piped is not _MISSING)
        if count < function.least or (function.most is not None and count > function.most):
            want = str(function.least) if function.most is not None else f"at least {function.least}"
            raise self._error(f"wrong number of args for {name}: want {want} got {count}")
        if name in LAZY:
            return self._lazy(dot, words, piped, LAZY[name])
        arguments = [self._argument(dot, word, index < function.strings) for index, word in enumerate(words)]
        if piped is not _MISSING:
            arguments.append(self._checked(piped, len(words) < function.strings))
        self._at = node
        try:
            return function.call(*arguments)
        except ValueError as error:
            raise self._error(f"error calling {name}: {error}") from None

    def _lazy(self, dot: object, words: Sequence[Node], piped: object, end: bool) -> object:
        """`and` or `or`: the first value whose truth is `end`, or else the last one."""
        value: object = None
        for word in words:
            value = self._value(dot, word)
            if is_true(value) is end:
                return value
        return value if piped is _MISSING else piped

    def _argument(self, dot: object, word: Node, is_string: bool) -> object:
        self._at = word
        if is_string and isinstance(word, Literal):
            if word.value is None:
                raise self._error("cannot assign nil to string")
            if not isinstance(word.value, str):
                raise self._error(f"expected string; found {word}")
        return self._checked(self._value(dot, word), is_string)

    def _checked(self, value: object, is_string: bool) -> object:
        if is_string and (value is NO_VALUE or value is None):
            raise self._error("invalid value; expected string")
        if is_string and not isinstance(value, str):
            raise self._error(f"wrong type for value; expected string; got {type_name(value)}")
        return None if value is NO_VALUE else value
