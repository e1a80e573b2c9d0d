"""The tree of a parsed template; str() of a node is its source in normal form, as error messages show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Node:
    """`pos` is the index in the text of the first character (of a field `.A.B` that of the second name)."""

    pos: int


@dataclass(slots=True)
class Text(Node):
    text: str


@dataclass(slots=True)
class Literal(Node):
    """A constant; None is nil."""

    value: bool | int | float | str | None
    source: str

    def __str__(self) -> str:
        return self.source


@dataclass(slots=True)
class Dot(Node):
    """The current element."""

    def __str__(self) -> str:
        return "."


@dataclass(slots=True)
class Field(Node):
    """`.A.B`: names below the current element."""

    names: list[str]

    def __str__(self) -> str:
        return "".join("." + name for name in self.names)


@dataclass(slots=True)
class Variable(Node):
    """`$v.A.B`: a variable, its $ included, and names below it."""

    name: str
    names: list[str]

    def __str__(self) -> str:
        return self.name + "".join("." + name for name in self.names)


@dataclass(slots=True)
class Identifier(Node):
    """The name of a function."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Chain(Node):
    """`(pipeline).A.B`."""

    operand: Node
    names: list[str]

    def __str__(self) -> str:
        return _operand(self.operand) + "".join("." + name for name in self.names)


@dataclass(slots=True)
class Command(Node):
    """A function or value and its arguments."""

    words: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(_operand(word) for word in self.words)


@dataclass(slots=True)
class Pipe(Node):
    """Commands, each getting the result of the one before; the last result goes to the variables too."""

    variables: list[str] = field(default_factory=list)
    is_assignment: bool = False  # `=` and not `:=`
    commands: list[Command] = field(default_factory=list)

    def __str__(self) -> str:
        sign = " = " if self.is_assignment else " := "
        head = ", ".join(self.variables) + sign if self.variables else ""
        return head + " | ".join(str(command) for command in self.commands)


@dataclass(slots=True)
class Action(Node):
    """A pipeline whose result is printed, unless it goes to a variable."""

    pipe: Pipe


@dataclass(slots=True)
class Branch(Node):
    """`kind` is the keyword: if, with or range."""

    kind: str
    pipe: Pipe
    body: Sequence[Node]
    otherwise: Sequence[Node]


@dataclass(slots=True)
class Jump(Node):
    """`kind` is the keyword: break or continue."""

    kind: str


@dataclass(slots=True)
class Call(Node):
    """`template "name" pipeline`."""

    name: str
    pipe: Pipe | None

    def __str__(self) -> str:
        return f'{{{{template "{self.name}"{f" {self.pipe}" if self.pipe else ""}}}}}'


def _operand(node: Node) -> str:
    return f"({node})" if isinstance(node, Pipe) else str(node)
