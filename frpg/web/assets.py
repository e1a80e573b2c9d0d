"""The files of the pages: our own, or those of the operator's folder."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from flask import Response, request
from werkzeug.security import safe_join

from frpg.web.answers import plain

INDEX = "index.html"
_WORTH = 1024  # bytes from which a file is compressed
_TEXT = ("text/", "application/javascript", "application/json", "image/svg")
_MAX_KEPT = 200  # files

mimetypes.add_type("text/javascript", ".js")  # whatever the system's table says
mimetypes.add_type("image/svg+xml", ".svg")


class _File(NamedTuple):
    data: bytes
    packed: bytes  # gzip; empty where it is not worth it
    kind: str
    etag: str
    changed: float


class Assets:
    """Looks in `folders`, in their order."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._files: dict[str, _File] = {}

    def answer(self, name: str) -> Response:
        """The file `name`, of the folder itself its index."""
        file = self._find(name if name and not name.endswith("/") else f"{name}{INDEX}")
        if file is None:
            return plain("404 page not found\n", 404)
        response = Response(mimetype=file.kind)
        response.set_etag(file.etag)
        response.headers["Cache-Control"] = "no-cache"  # ask again, and mostly get a 304
        response.headers["Vary"] = "Accept-Encoding"
        is_packed = bool(file.packed) and request.accept_encodings["gzip"] > 0
        if is_packed:
            response.headers["Content-Encoding"] = "gzip"
        response.set_data(file.packed if is_packed else file.data)
        response.make_conditional(request)
        return response

    def _find(self, name: str) -> _File | None:
        for folder in self._folders:
            path = safe_join(str(folder), name)
            if path is not None and Path(path).is_file():
                return self._read(Path(path))
        return None

    def _read(self, path: Path) -> _File:
        changed = path.stat().st_mtime
        known = self._files.get(str(path))
        if known is not None and known.changed == changed:
            return known
        data = path.read_bytes()
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        packed = gzip.compress(data, 6) if len(data) >= _WORTH and kind.startswith(_TEXT) else b""
        file = _File(data, packed, kind, hashlib.sha256(data).hexdigest()[:32], changed)
        if len(self._files) < _MAX_KEPT:
            self._files[str(path)] = file
        return file
