"""Contents to the JSON of HTTP plugins, and their answers back. Source of the forms: frp 0.70.1, observed."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from frpg.errors import ProtocolError
from frpg.proto.codec import encode_object
from frpg.proto.fields import from_map, to_map
from frpg.server.plugins.api import Reject
from frpg.server.plugins.contents import CONTENTS, Content, LoginContent, NewProxyContent, Op
from frpg.server.plugins.plugin import PluginError

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    reject: bool = False
    reject_reason: str = ""
    unchange: bool = False


def encode_question(op: Op, content: Content) -> bytes:
    """The body of the request."""
    return encode_object({"version": VERSION, "op": op, "content": _as_map(content)})


def _as_map(content: Content) -> dict[str, Any]:
    values = to_map(content)
    for name in _ours(content):
        values.pop(name, None)
    if isinstance(content, LoginContent):
        return values
    user = values.pop("user")
    return {"user": {**user, "metas": user["metas"] or None}, **values}


def read_answer(body: bytes, op: Op, content: Content) -> Content:
    """`content`, or what the answer has in its place. Raises Reject, PluginError."""
    try:
        values = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise PluginError(f"the answer is not JSON: {error}") from None
    if not isinstance(values, dict):
        raise PluginError("the answer is not a JSON object")
    try:
        answer = from_map(_Answer, values)
    except ProtocolError as error:
        raise PluginError(f"the answer does not fit: {error}") from None
    if answer.reject:
        raise Reject(answer.reject_reason)
    return content if answer.unchange else _replaced(values, op, content)


def _replaced(values: dict[str, Any], op: Op, content: Content) -> Content:
    """Nothing of `content` stays but what is not the plugin's to say."""
    given = values.get("content", next((value for key, value in values.items() if key.casefold() == "content"), None))
    if not isinstance(given, dict):
        raise PluginError("the answer says neither reject nor unchange, and has no content")
    try:
        changed = from_map(CONTENTS[op], given)
    except ProtocolError as error:
        raise PluginError(f"the answer's content does not fit: {error}") from None
    return dataclasses.replace(changed, **facts(content))


def facts(content: Content) -> dict[str, Any]:
    """The fields that no plugin changes: who asks, and what HTTP plugins are not told."""
    fixed = ("client_address",) if isinstance(content, LoginContent) else ("user",)
    return {name: getattr(content, name) for name in (*fixed, *_ours(content))}


def _ours(content: Content) -> tuple[str, ...]:
    """Fields that frp does not have, nor its plugins."""
    if isinstance(content, LoginContent):
        return ("half_close",)
    return ("proxy_protocol_version",) if isinstance(content, NewProxyContent) else ()


def _refuse(_: str) -> Any:
    raise ValueError("a number that is none")
