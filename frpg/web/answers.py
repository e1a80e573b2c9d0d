"""JSON answers in frp's two shapes: bare with `{"Code","Msg"}` for errors, and the envelope of API v2."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

_SPECIAL = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
V2 = "/api/v2/"


class ApiError(Exception):
    """Reaction: answer with `status` and the text. `more` is added to the body of a v1 answer."""

    def __init__(self, status: int, text: str, more: Mapping[str, Any] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.more = dict(more or {})


def dump(data: object) -> str:
    """JSON as frp writes it: `<`, `>` and `&` escaped, a newline at the end."""
    # These characters occur in strings only, so the whole text can be searched.
    return _SPECIAL.sub(_escape, json.dumps(data, ensure_ascii=False, separators=(",", ":"))) + "\n"


def _escape(found: re.Match[str]) -> str:
    # Else it is half a character, which is no UTF-8.
    return _ESCAPES.get(found[0], "\ufffd")


def bare(data: object, status: int = 200) -> Response:
    """An answer of API v1, or of frpc."""
    return Response(dump(data), status, mimetype="application/json")


def enveloped(data: object) -> Response:
    """A success of API v2."""
    return bare({"code": 200, "msg": "success", "data": data})


def failed(error: ApiError) -> Response:
    """The error in the shape of the route that was asked for."""
    text = str(error)
    if request.path.startswith(V2):
        return bare({"code": error.status, "msg": text, "data": None}, error.status)
    return bare({"Code": error.status, "Msg": text, **error.more}, error.status)


def empty(status: int = 200) -> Response:
    """No body at all."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


def plain(text: str, status: int = 200) -> Response:
    """Text for people."""
    return Response(text, status, mimetype="text/plain")


def flag(name: str) -> bool:
    """A BOOL of the query, as Go reads it; absent or something else is False."""
    return request.args.get(name, "") in ("1", "t", "T", "TRUE", "true", "True")


def body() -> bytes:
    """The request's body. Raises RequestEntityTooLarge."""
    data = request.get_data(cache=False)
    if request.content_length is None and len(data) == request.max_content_length:
        raise RequestEntityTooLarge  # of a body in chunks, what is too much was left out
    return data


def json_body() -> dict[str, Any]:
    """An object in the body; none at all is `{}`. Raises ApiError 400."""
    data = body()
    try:
        found = json.loads(data) if data else {}
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"parse JSON error: {error}") from None
    if not isinstance(found, dict):
        raise ApiError(400, "parse JSON error: an object is wanted")
    return found
