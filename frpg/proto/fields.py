"""Message dataclasses to maps of wire names and back: the part that the JSON and msgpack codecs share.

The two forms differ in one thing: bytes are base64 text in JSON and raw in msgpack ("binary").
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from frpg.errors import ProtocolError
from frpg.proto import b64
from frpg.proto.addresses import ip_text

T = TypeVar("T")
Read = Callable[[Any, str], Any]  # (decoded value, wire name) to the value of the field; raises ProtocolError
Write = Callable[[Any], Any]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_I64 = 1 << 63


class _Field(NamedTuple):
    attribute: str
    name: str  # on the wire
    is_always: bool  # written even when empty
    read: Read
    write: Write | None  # None: as it is


class _Plan(NamedTuple):
    fields: tuple[_Field, ...]
    by_name: dict[str, _Field]
    by_folded: dict[str, _Field]


class _Kind(NamedTuple):
    read: Read
    write: Write | None
    zero: Callable[[], Any]


_PLANS: tuple[dict[type, _Plan], dict[type, _Plan]] = ({}, {})  # by `binary`, made when a class is first used


def to_map(message: Any, *, binary: bool = False) -> dict[str, Any]:
    """The fields of a message dataclass that go on the wire, in wire order."""
    result = {}
    for attribute, name, is_always, _, write in _plan(type(message), binary).fields:
        value = getattr(message, attribute)
        if value or is_always:
            result[name] = write(value) if write else value
    return result


def from_map(cls: type[T], values: dict[str, Any], *, binary: bool = False) -> T:
    """Build a message; unknown names are ignored, null leaves a field at zero.

    A name matches without regard to case, the exact spelling first.

    Raises:
        ProtocolError: wrong type or range, or one field given in two spellings.
    """
    _, by_name, by_folded = _plan(cls, binary)
    arguments: dict[str, Any] = {}
    for key, value in values.items():
        field = by_name.get(key)
        if field is None:
            field = by_folded.get(key.casefold())
            if field is None or field.name in values:
                continue
            if field.attribute in arguments:
                raise ProtocolError(f"field {field.name} twice")
        if value is not None:
            arguments[field.attribute] = field.read(value, field.name)
    return cls(**arguments)


def replace_surrogates(text: str) -> str:
    """Half characters, which UTF-8 has no form for, as U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def _plan(cls: type, binary: bool) -> _Plan:
    plan = _PLANS[binary].get(cls)
    if plan is None:
        plan = _PLANS[binary][cls] = _make_plan(cls, binary)
    return plan


def _make_plan(cls: type, binary: bool) -> _Plan:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = []
    for field in dataclasses.fields(cls):
        kind = _kind(hints[field.name], binary)
        name = field.metadata.get("wire", field.name)
        fields.append(_Field(field.name, name, bool(field.metadata.get("always")), kind.read, kind.write))
    by_name = {field.name: field for field in fields}
    return _Plan(tuple(fields), by_name, {name.casefold(): field for name, field in by_name.items()})


def _kind(hint: Any, binary: bool) -> _Kind:
    """How a field of this annotation is read and written."""
    if typing.get_origin(hint) is types.UnionType:  # only "... | None" is used
        hint = next(choice for choice in typing.get_args(hint) if choice is not types.NoneType)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return {"u16": _Kind(_read_port, None, int), "ip": _Kind(_read_ip, ip_text, str)}[arguments[1]]
    if origin is list:
        return _list_kind(_kind(arguments[0], binary))
    if origin is dict:
        return _Kind(_read_map, lambda value: dict(sorted(value.items())), dict)
    if dataclasses.is_dataclass(hint):
        return _object_kind(typing.cast(type, hint), binary)
    if hint is bytes:
        return _Kind(_read_binary, None, bytes) if binary else _Kind(_read_base64, _write_base64, bytes)
    return {str: _Kind(_read_text, None, str), int: _Kind(_read_int, None, int), bool: _Kind(_read_bool, None, bool)}[
        hint
    ]


def _list_kind(item: _Kind) -> _Kind:
    def read(value: Any, name: str) -> list[Any]:
        _check(value, list, name)
        return [item.zero() if element is None else item.read(element, name) for element in value]

    def write(value: Any) -> list[Any]:
        return [item.write(element) for element in value] if item.write else list(value)

    return _Kind(read, write, list)


def _object_kind(cls: type, binary: bool) -> _Kind:
    def read(value: Any, name: str) -> Any:
        _check(value, dict, name)
        return from_map(cls, value, binary=binary)

    return _Kind(read, lambda value: to_map(value, binary=binary), cls)


def _check(value: Any, kind: type, name: str) -> None:
    # By identity: a bool is no int here, and 1.0 neither.
    if type(value) is not kind:
        raise ProtocolError(f"field {name}: {type(value).__name__} where {kind.__name__} belongs")


def _read_text(value: Any, name: str) -> str:
    if type(value) is not str:
        _check(value, str, name)
    return value if value.isascii() else replace_surrogates(value)


def _read_bool(value: Any, name: str) -> Any:
    _check(value, bool, name)
    return value


def _read_int(value: Any, name: str) -> int:
    _check(value, int, name)
    if not -_I64 <= value < _I64:
        raise ProtocolError(f"field {name}: out of range")
    return int(value)


def _read_port(value: Any, name: str) -> int:
    if type(value) is not int or not 0 <= value <= 0xFFFF:
        raise ProtocolError(f"field {name}: no port number")
    return value


def _read_ip(value: Any, name: str) -> str:
    _check(value, str, name)
    try:
        return ip_text(value)
    except ValueError:
        raise ProtocolError(f"field {name}: no IP address") from None


def _read_map(value: Any, name: str) -> dict[str, str]:
    _check(value, dict, name)
    return {_read_text(key, name): "" if item is None else _read_text(item, name) for key, item in value.items()}


def _read_binary(value: Any, name: str) -> Any:
    _check(value, bytes, name)
    return value


def _read_base64(value: Any, name: str) -> bytes:
    _check(value, str, name)
    try:
        return b64.decode(value)
    except ValueError:
        raise ProtocolError(f"field {name}: no base64") from None


def _write_base64(value: bytes) -> str:
    return b64.encode(value).decode("ascii")
