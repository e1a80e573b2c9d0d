"""The query of a list in API v2: its page and its filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import Response, request

from frpg.web.answers import ApiError, enveloped

T = TypeVar("T")

_DIGITS = re.compile(r"([0-9]{1,18})")
TYPES = ("tcp", "udp", "http", "https", "tcpmux", "stcp", "xtcp", "sudp")
_STATUSES = ("all", "online", "offline")
_PAGE_SIZE = 50
_MAX_PAGE_SIZE = 200
_MAX_NUMBER = 2**63 - 1  # as in frp, which counts items in 64 bits


def page_of(found: Sequence[T], shape: Callable[[T], Any]) -> Response:
    """The page of `found` that was asked for; only its items are made into JSON. Raises ApiError 400."""
    page, size = _positive("page", 1), _positive("pageSize", _PAGE_SIZE)
    if size > _MAX_PAGE_SIZE:
        raise ApiError(400, f"pageSize must be between 1 and {_MAX_PAGE_SIZE}")
    end = page * size
    if end > _MAX_NUMBER:
        raise ApiError(400, "page is too large")
    items = [shape(each) for each in found[end - size : end]]
    return enveloped({"total": len(found), "page": page, "pageSize": size, "items": items})


def in_order(found: list[T], keys: Mapping[str, Callable[[T], Any]]) -> list[T]:
    """Sorted as `sort` asks: a name of `keys`, with "-" in front the other way round. Raises ApiError 400."""
    asked = request.args.get("sort", "")
    if not asked:
        return found
    key = keys.get(asked.removeprefix("-"))
    if key is None:
        raise ApiError(400, f"sort must be one of {', '.join(keys)}, with - in front for descending")
    return sorted(found, key=key, reverse=asked.startswith("-"))


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A key by which web2 comes before web10."""
    parts = _DIGITS.split(text.lower())
    return tuple((1, int(part)) if part.isdecimal() else (0, part) for part in parts if part)


def _positive(name: str, default: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return default
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19 or not 1 <= int(digits) <= _MAX_NUMBER:
        raise ApiError(400, f"{name} must be a positive integer")
    return int(digits)


def status_filter() -> bool | None:
    """Whether those online or those offline are asked for; None: all. Raises ApiError 400."""
    status = request.args.get("status", "").lower() or "all"
    if status not in _STATUSES:
        raise ApiError(400, f"status must be one of {', '.join(_STATUSES)}")
    return None if status == "all" else status == "online"


def type_filter() -> str:
    """The type asked for; "": all. Raises ApiError 400."""
    kind = request.args.get("type", "").lower()
    if kind and kind not in TYPES:
        raise ApiError(400, f"type must be one of {', '.join(TYPES)}")
    return kind


def search() -> str:
    """What is searched for, in lower case."""
    return request.args.get("q", "").lower()


def is_real(text: str) -> bool:
    """Whether a name of the path was text in UTF-8."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)
