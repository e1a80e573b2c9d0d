"""Rendering of a configuration file as a template, before anything else reads it.

frp's files are templates of Go's package text/template, whose documentation is the source. The data is the
environment: `{{ .Envs.NAME }}`. The text is a template as a whole, comments and quoted strings included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from frpg.config.template.evaluator import Evaluator
from frpg.config.template.functions import BUILTINS, RANGE_FUNCTIONS, Function
from frpg.config.template.nodes import (
    Action,
    Branch,
    Call,
    Jump,
    Node,
    Pipe,
    Text,
)
from frpg.config.template.parser import ROOT, TemplateError, parse
from frpg.config.template.values import NO_VALUE, Data, format_value, is_true, print_value

_MAX_DEPTH = 100  # templates in templates


def render(text: str, environ: Mapping[str, str], *, legacy: bool = False) -> str:
    """Return `text` with its template actions replaced; a text without any comes back as it is.

    `legacy` is for INI files, which have no functions for port ranges.

    Raises:
        TemplateError: the template is wrong, or stopped at an error; the message names line and column.
    """
    if "{{" not in text:
        return text
    functions = BUILTINS if legacy else BUILTINS | RANGE_FUNCTIONS
    data = Data(environ, "*legacy.Values" if legacy else "*config.Values")
    try:
        templates = parse(text, functions)
        return _Executor(text, templates, functions, data).run()
    except RecursionError:
        raise TemplateError(f"template: {ROOT}: nested too deeply") from None


class _Break(Exception):
    """Leaves the innermost range."""


class _Continue(Exception):
    """Goes on with the next element of the innermost range."""


class _Executor(Evaluator):
    """Walks over the tree once and collects what it prints."""

    def __init__(
        self, text: str, templates: Mapping[str, Sequence[Node]], functions: Mapping[str, Function], data: Data
    ) -> None:
        super().__init__(text, functions, data)
        self._templates = templates
        self._data = data
        self._depth = 0  # of templates in templates
        self._output: list[str] = []

    def run(self) -> str:
        self._walk(self._data, self._templates[ROOT])
        return "".join(self._output)

    def _walk(self, dot: object, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if isinstance(node, Text):
                self._output.append(node.text)
            elif isinstance(node, Action):
                value = self._pipeline(dot, node.pipe)
                if not node.pipe.variables:
                    self._output.append(print_value(value))
            elif isinstance(node, Branch):
                self._branch(dot, node)
            elif isinstance(node, Jump):
                raise _Break if node.kind == "break" else _Continue
            elif isinstance(node, Call):
                self._call_template(dot, node)

    def _branch(self, dot: object, branch: Branch) -> None:
        """Run an if, with or range; what it declares ends with it."""
        scope = len(self._variables)
        try:
            value = self._pipeline(dot, branch.pipe)
            if branch.kind == "range":
                self._range(dot, branch, value)
            elif is_true(value):
                self._walk(value if branch.kind == "with" else dot, branch.body)
            else:
                self._walk(dot, branch.otherwise)
        finally:
            del self._variables[scope:]

    def _range(self, dot: object, branch: Branch, value: object) -> None:
        names = branch.pipe.variables
        items = self._items(value, names)
        scope = len(self._variables)
        is_empty = True
        for key, item in items:
            is_empty = False
            self._set_loop_variables(branch.pipe, key, item)
            try:
                self._walk(item, branch.body)
            except _Break:
                break
            except _Continue:
                pass
            finally:
                del self._variables[scope:]
        if is_empty:
            self._walk(dot, branch.otherwise)

    def _items(self, value: object, names: Sequence[str]) -> Iterable[tuple[object, object]]:
        """The keys and elements that range visits, a map's in the order of its keys."""
        if isinstance(value, list):
            return enumerate(value)
        if isinstance(value, Mapping):
            return sorted(value.items())
        if isinstance(value, int) and not isinstance(value, bool):
            if len(names) > 1:
                raise self._error(f"can't use {value} to iterate over more than one variable")
            return zip(range(value), range(value), strict=True)
        if value is NO_VALUE or value is None:
            return []
        raise self._error(f"range can't iterate over {format_value(value)}")

    def _set_loop_variables(self, pipe: Pipe, key: object, item: object) -> None:
        """One variable gets the element, two get key and element."""
        names = pipe.variables
        values = (key, item)[2 - len(names) :]
        for position, (name, value) in enumerate(zip(names, values, strict=True), len(self._variables) - len(names)):
            if pipe.is_assignment:
                self._assign(name, value)
            else:
                self._variables[position] = (name, value)

    def _call_template(self, dot: object, call: Call) -> None:
        self._at = call
        nodes = self._templates.get(call.name)
        if nodes is None:
            raise self._error(f'template "{call.name}" not defined')
        if self._depth == _MAX_DEPTH:
            raise self._error(f"exceeded maximum template depth ({_MAX_DEPTH})")
        value = NO_VALUE if call.pipe is None else self._pipeline(dot, call.pipe)
        outside = self._name, self._variables
        self._name, self._variables = call.name, [("$", value)]
        self._depth += 1
        self._walk(value, nodes)
        self._depth -= 1
        self._name, self._variables = outside
