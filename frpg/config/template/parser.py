"""Tokens to the tree of a template.

Source: the documentation of Go's package text/template; the error texts are those its users know.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from frpg.config.quoting import go_quote
from frpg.config.template.lexer import Kind, Token
from frpg.config.template.nodes import Action, Branch, Call, Jump, Node, Text
from frpg.config.template.pipelines import ROOT, PipelineParser, TemplateError

__all__ = ["ROOT", "TemplateError", "parse"]


def parse(text: str, functions: Collection[str]) -> dict[str, Sequence[Node]]:
    """Return the templates of `text` by name; what stands outside of a `define` is ROOT.

    Raises:
        TemplateError: the text breaks the grammar, or names a function or variable that there is not.
    """
    parser = _Parser(text, functions)
    parser.parse_file()
    return parser.templates


class _Parser(PipelineParser):
    """The lists of texts and actions around the pipelines."""

    def __init__(self, text: str, functions: Collection[str]) -> None:
        super().__init__(text, functions)
        self.templates: dict[str, Sequence[Node]] = {}
        self._loops = 0  # how many `range` are open

    def parse_file(self) -> None:
        nodes: list[Node] = []
        while self._peek().kind is not Kind.EOF:
            if self._starts("define"):
                self._define()
                continue
            node = self._node()
            if isinstance(node, Token):
                raise self._error(f"unexpected {{{{{node.text}}}}}", node)
            nodes.append(node)
        self._add_template(ROOT, nodes)

    def _starts(self, keyword: str) -> bool:
        """Whether the next action is that of `keyword`."""
        offset = 2 if self._peek(1).kind is Kind.SPACE else 1
        return self._peek().kind is Kind.LEFT and self._peek(offset)[:2] == (Kind.KEYWORD, keyword)

    def _list(self) -> tuple[list[Node], Token]:
        """The nodes up to an `end` or `else` and that keyword; the keyword is taken, its }} is not."""
        nodes: list[Node] = []
        while self._peek().kind is not Kind.EOF:
            node = self._node()
            if isinstance(node, Token):
                return nodes, node
            nodes.append(node)
        raise self._error("unexpected EOF", self._peek())

    def _node(self) -> Node | Token:
        """The next text or action; for `end` and `else` their keyword."""
        token = self._next()
        if token.kind is Kind.TEXT:
            return Text(token.pos, token.text)
        if token.kind is not Kind.LEFT:
            raise self._unexpected(token, "input")
        self._action_line = token.line
        token = self._skip_space()
        if token.kind is not Kind.KEYWORD or token.text == "define":
            pipe = self._pipeline("command", Kind.RIGHT)
            return Action(token.pos, pipe)
        self._next()
        if token.text in ("if", "with", "range"):
            return self._branch(token)
        if token.text in ("break", "continue"):
            return self._jump(token)
        if token.text == "block":
            return self._block(token)
        return self._call(token) if token.text == "template" else token

    def _branch(self, keyword: Token) -> Branch:
        scope = len(self._variables)
        pipe = self._pipeline(keyword.text, Kind.RIGHT)
        is_loop = keyword.text == "range"
        self._loops += is_loop
        body, last = self._list()
        self._loops -= is_loop
        otherwise: list[Node] = []
        if last.text == "else":
            otherwise = self._otherwise(keyword)
        else:
            self._expect(Kind.RIGHT, "end")
        del self._variables[scope:]
        return Branch(keyword.pos, keyword.text, pipe, body, otherwise)

    def _otherwise(self, keyword: Token) -> list[Node]:
        """What follows an `else`, up to and with the `end`; `else if` nests and shares the end."""
        token = self._skip_space()
        if token.kind is Kind.KEYWORD and token.text == keyword.text and token.text in ("if", "with"):
            self._next()
            return [self._branch(token)]
        self._expect(Kind.RIGHT, "else")
        nodes, last = self._list()
        if last.text != "end":
            raise self._error(f"expected end; found {{{{{last.text}}}}}", last)
        self._expect(Kind.RIGHT, "end")
        return nodes

    def _jump(self, keyword: Token) -> Jump:
        token = self._skip_space()
        if token.kind is not Kind.RIGHT:
            raise self._unexpected(token, f"{{{{{keyword.text}}}}}")
        self._next()
        if not self._loops:
            raise self._error(f"{{{{{keyword.text}}}}} outside {{{{range}}}}", keyword)
        return Jump(keyword.pos, keyword.text)

    # Templates

    def _define(self) -> None:
        self._action_line = self._next().line
        self._skip_space()
        self._next()
        name = self._name("define clause")
        self._expect(Kind.RIGHT, "define clause")
        self._body(name, "define clause")

    def _block(self, keyword: Token) -> Call:
        name = self._name("block clause")
        pipe = self._pipeline("block clause", Kind.RIGHT)
        self._body(name, "block clause")
        return Call(keyword.pos, name, pipe)

    def _body(self, name: str, context: str) -> None:
        """Read a template up to its `end`; it sees no variable from outside."""
        outside = self._variables, self._loops
        self._variables, self._loops = ["$"], 0
        nodes, last = self._list()
        if last.text != "end":
            raise self._error(f"unexpected {{{{{last.text}}}}} in {context}", last)
        self._expect(Kind.RIGHT, "end")
        self._variables, self._loops = outside
        self._add_template(name, nodes)

    def _call(self, keyword: Token) -> Call:
        name_token = self._skip_space()
        name = self._name("template clause")
        pipe = None
        if self._skip_space().kind is Kind.RIGHT:
            self._next()
        else:
            pipe = self._pipeline("template clause", Kind.RIGHT)
        return Call(name_token.pos, name, pipe)

    def _name(self, context: str) -> str:
        token = self._expect(Kind.STRING, context)
        return str(self._literal(token).value)

    def _add_template(self, name: str, nodes: Sequence[Node]) -> None:
        """Keep a template; one that holds nothing but white space gives way to another of its name."""
        if _is_blank(self.templates.get(name, [])):
            self.templates[name] = nodes
        elif not _is_blank(nodes):
            raise self._error(f"template: multiple definition of template {go_quote(name)}")


def _is_blank(nodes: Sequence[Node]) -> bool:
    return all(isinstance(node, Text) and not node.text.strip() for node in nodes)
