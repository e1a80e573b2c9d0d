"""The answers to what the client refuses, in the words and with the statuses of frp."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from frpg.client.changes import ApplyFailed, Conflict, NoFile, NotFound, StoreDisabled
from frpg.client.store import StoreError
from frpg.config.definition import DefinitionError
from frpg.errors import FrpgError
from frpg.web.answers import ApiError

_ANSWERS: dict[type[FrpgError], tuple[int, str]] = {
    DefinitionError: (400, ""),
    NoFile: (400, "invalid argument: "),
    NotFound: (404, "not found: "),
    StoreDisabled: (404, "store disabled: "),
    Conflict: (409, "conflict: "),
    ApplyFailed: (500, "apply config failed: "),
    StoreError: (500, ""),
}


@contextmanager
def told() -> Iterator[None]:
    """Raises ApiError in place of an error that has an answer."""
    try:
        yield
    except tuple(_ANSWERS) as error:
        status, prefix = _ANSWERS[type(error)]
        raise ApiError(status, f"{prefix}{error}", _faults(error)) from None


def _faults(error: FrpgError) -> dict[str, Any]:
    if not isinstance(error, DefinitionError) or not error.found:
        return {}
    return {"Faults": [{"line": 0, "path": fault.path, "text": fault.text} for fault in error.found]}
