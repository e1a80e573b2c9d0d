"""A tree of plain values (from TOML, YAML, JSON or INI) to the dataclasses of the model, by their type hints."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from frpg.config.faults import Fault, join
from frpg.config.values import Bandwidth, PortRange, nearest

T = TypeVar("T")
Tree = Mapping[str, object]

_INT64 = range(-(2**63), 2**63)
_ACRONYMS = frozenset({"http", "https", "http2", "id", "ip", "tls", "url"})
_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number with a fraction", list: "list", dict: "object"}


class Variants(NamedTuple):
    """The classes that an object's `type` chooses from."""

    label: str  # `proxy type`
    classes: Mapping[str, type]


class Option(NamedTuple):
    """One field of a dataclass."""

    attribute: str
    key: str  # v1 spelling
    hint: Any


class _Mismatch(Exception):
    """A value does not fit; its text says what would."""


@dataclasses.dataclass(slots=True, kw_only=True)
class Decoder:
    """Decodes one part of a configuration and collects every fault in it.

    What does not fit leaves its option at the default, so that the rest can be looked at as well.
    """

    strict: bool = True  # unknown keys are faults
    coerce: bool = False  # take a number or a boolean where a string is wanted
    variants: Mapping[type, Variants] = dataclasses.field(default_factory=dict)
    faults: list[Fault] = dataclasses.field(default_factory=list)

    def decode(self, cls: type[T], tree: object, path: str = "") -> T:
        """An instance of `cls`, empty where `tree` does not fit."""
        config = cls()
        if tree is None:
            return config
        if not isinstance(tree, Mapping):
            self._fault(path, f"expected object, got {kind(tree)}")
            return config
        known = options(cls)
        for key in tree:  # of several spellings of a key the last one counts
            option = known.get(_squash(key)) if "_" not in key else None
            if option is None:
                self._unknown(join(path, key), key, known)
            elif tree[key] is not None:
                self._set(config, option, tree[key], join(path, option.key))
        return config

    def decode_variant(self, base: type[T], tree: object, path: str = "") -> T | None:
        """As `decode`, into the class that the `type` in `tree` names; None when there is none of that name."""
        label, classes = self.variants[base]
        if not isinstance(tree, Mapping):
            text = "type is required" if tree is None else f"expected object, got {kind(tree)}"
            self._fault(path, text)
            return None
        name = find(tree, "type")
        values = f"optional values are [{' '.join(classes)}]"
        if name is None or name == "":
            self._fault(join(path, "type"), f"{label} is required, {values}")
        elif not isinstance(name, str):
            self._fault(join(path, "type"), f"expected string, got {kind(name)}")
        elif name not in classes:
            self._fault(join(path, "type"), f"unknown {label}: {name}, {values}")
        else:
            found: T = self.decode(classes[name], tree, path)
            return found
        return None

    def _set(self, config: object, option: Option, value: object, path: str) -> None:
        try:
            setattr(config, option.attribute, self._value(option.hint, value, path))
        except _Mismatch as problem:
            self._fault(path, str(problem))

    def _value(self, hint: Any, value: object, path: str) -> object:
        hint = _present(hint)
        if hint is Any:
            return value
        origin = get_origin(hint)
        if origin is list:
            return self._list(get_args(hint)[0], value, path)
        if origin is dict:
            return self._dict(get_args(hint)[1], value, path)
        if hint in self.variants:
            return self.decode_variant(hint, value, path)
        if hint is PortRange:
            return _port_range(self.decode(_Ports, value, path))
        if hint is Bandwidth:
            return _bandwidth(value)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return self.decode(hint, value, path)
        return self._scalar(hint, value)

    def _list(self, hint: Any, value: object, path: str) -> list[Any]:
        if not isinstance(value, list):
            hint_text = ", put it in brackets" if isinstance(value, str) else ""
            raise _Mismatch(f"expected list, got {kind(value)}{hint_text}")
        found = []
        for index, item in enumerate(value):
            try:
                found.append(self._value(hint, item, f"{path}[{index}]"))
            except _Mismatch as problem:
                self._fault(f"{path}[{index}]", str(problem))
        return found

    def _dict(self, hint: Any, value: object, path: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _Mismatch(f"expected object, got {kind(value)}")
        found = {}
        for key, item in value.items():
            try:
                found[str(key)] = self._value(hint, item, join(path, str(key)))
            except _Mismatch as problem:
                self._fault(join(path, str(key)), str(problem))
        return found

    def _scalar(self, hint: Any, value: object) -> object:
        if hint is str and self.coerce and isinstance(value, bool | int | float):
            return str(value).lower()
        if value is None:  # in a list or a map; elsewhere it leaves an option absent
            return hint()
        if type(value) is not hint:
            raise _Mismatch(f"expected {_KINDS[hint]}, got {kind(value)}{_advice(hint, value)}")
        if hint is int and value not in _INT64:
            raise _Mismatch("expected integer of 64 bits, got a larger one")
        return value

    def _unknown(self, path: str, key: str, known: Mapping[str, Option]) -> None:
        if not self.strict:
            return
        twin = known.get(_squash(key))
        near = twin.key if twin else nearest(key, [option.key for option in known.values()])
        self._fault(path, f'unknown field "{key}"' + (f', did you mean "{near}"?' if near else ""))

    def _fault(self, path: str, text: str) -> None:
        self.faults.append(Fault(path, text))


@dataclasses.dataclass(slots=True, kw_only=True)
class _Ports:
    """An entry of `allowPorts` as it is written."""

    start: int = 0
    end: int = 0
    single: int = 0


def _port_range(ports: _Ports) -> PortRange:
    return PortRange(ports.single, ports.single) if ports.single > 0 else PortRange(ports.start, ports.end)


def _bandwidth(value: object) -> Bandwidth:
    if not isinstance(value, str):
        raise _Mismatch(f'expected string, got {kind(value)}, write a number and its unit KB or MB, such as "512KB"')
    try:
        return Bandwidth.parse(value)
    except ValueError as problem:
        raise _Mismatch(f'{problem}, write a number and its unit KB or MB, such as "512KB"') from None


def kind(value: object) -> str:
    """The word for the type of a value."""
    return _KINDS.get(type(value), "null" if value is None else type(value).__name__)


def _advice(hint: Any, value: object) -> str:
    if isinstance(value, str) and hint in (int, bool):
        return ", write it without quotes"
    if hint is str and isinstance(value, bool | int | float):
        return ", put it in quotes"
    return ""


def find(tree: Mapping[str, T], key: str) -> T | None:
    """The value of the option `key` (v1 spelling) in `tree`, in whatever letter case it is written there."""
    found = [value for other, value in tree.items() if other.lower() == key.lower()]
    return found[-1] if found else None


def field_hint(cls: type, path: str) -> Any:
    """The type of the option at a v1 key path below `cls`; list indices are left out of the path."""
    hint: Any = cls
    for key in path.split("."):
        hint = _present(options(hint)[_squash(key)].hint)
    return hint


def _present(hint: Any) -> Any:
    """`X` of `X | None`."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    (present,) = (part for part in get_args(hint) if part is not NoneType)
    return present


def v1_key(attribute: str) -> str:
    """`local_ip` to `localIP`, `bandwidth_limit` to `bandwidthLimit`."""
    first, *rest = attribute.split("_")
    return first + "".join(word.upper() if word in _ACRONYMS else word.capitalize() for word in rest)


def options(cls: type) -> Mapping[str, Option]:
    """The options of a dataclass by their key in lower case."""
    if cls not in _OPTIONS:
        hints = get_type_hints(cls)
        names = [field.name for field in dataclasses.fields(cls)]
        _OPTIONS[cls] = {_squash(name): Option(name, v1_key(name), hints[name]) for name in names}
    return _OPTIONS[cls]


_OPTIONS: dict[type, dict[str, Option]] = {}  # type hints are read once for each class


def _squash(name: str) -> str:
    return name.replace("_", "").lower()
