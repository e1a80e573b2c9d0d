"""The frame of a web interface: what every request goes through, and the routes that both programs have."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from frpg.web.access import HEALTH, Access
from frpg.web.answers import ApiError, empty, failed, plain
from frpg.web.assets import Assets

logger = logging.getLogger(__name__)

SHARED = Path(__file__).parent / "static"
MAX_BODY = 1048576  # bytes
_BROKEN = re.compile("%(?![0-9A-Fa-f]{2})")  # an escape that is none
_QUIET = ("/static/", "/metrics")  # what is asked for again and again is no news

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

View = Callable[..., Response]


class NameConverter(BaseConverter):
    """One segment of the path, decoded: the server leaves the path encoded, so a name may hold any character.

    Bytes that are no UTF-8 become surrogates, which no name has.
    """

    regex = "[^/]+"
    part_isolating = True

    def to_python(self, value: str) -> str:
        return unquote(value, errors="surrogateescape")


class Site:
    """A Flask application that is complete but for the routes of its program.

    Args:
        pages: folder of the program's pages; the shared ones stand behind it.
        assets_dir: the operator's pages, in place of all of ours.
        quiet: paths that pages ask for all the time: their requests are logged at level debug.
    """

    def __init__(self, access: Access, pages: Path, *, assets_dir: str = "", quiet: Iterable[str] = ()) -> None:
        self.app = Flask("frpg.web", static_folder=None, template_folder=None)
        self.app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, PROVIDE_AUTOMATIC_OPTIONS=False)
        self.app.url_map.converters["name"] = NameConverter
        self.app.url_map.merge_slashes = False
        self._assets = Assets([Path(assets_dir)] if assets_dir else [pages, SHARED])
        self._quiet = (*_QUIET, *quiet)
        access.guard(self.app)
        self.app.before_request(self._before)
        self.app.after_request(self._after)
        self.app.register_error_handler(ApiError, self._failed)
        self.app.register_error_handler(HTTPException, _http_error)
        self.app.register_error_handler(Exception, _unexpected)
        self._add_common()

    def route(self, path: str, view: View, *methods: str) -> None:
        """Serve `path`; GET unless told otherwise."""
        self.app.add_url_rule(path, endpoint=f"{path} {methods}", view_func=view, methods=methods or ("GET",))

    def _add_common(self) -> None:
        every = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
        self.route(HEALTH, lambda: empty(), *every)
        self.route("/", lambda: redirect("/static/", 301), *every)  # type: ignore[arg-type, return-value]
        self.route("/static", lambda: redirect("/static/", 301))  # type: ignore[arg-type, return-value]
        self.route("/static/", lambda: self._assets.answer(""))
        self.route("/static/<path:name>", lambda name: self._assets.answer(unquote(name, errors="surrogateescape")))
        self.route("/favicon.ico", lambda: self._assets.answer("favicon.svg"))

    def _before(self) -> Any:
        path = request.environ["PATH_INFO"]  # request.path has lost all but one slash in front
        if _BROKEN.search(path):
            return plain("400 Bad Request\n", 400)
        cleaned = _cleaned(path)
        if cleaned != path:
            query = request.query_string.decode("latin-1")
            return redirect(f"{cleaned}?{query}" if query else cleaned, 301)
        if request.url_rule is not None:
            if request.method == "HEAD" and path != HEALTH:
                return empty(405)
            self._log("http request: [%s]", path)
        return None

    def _after(self, response: Response) -> Response:
        if request.url_rule is not None and response.status_code < 400:
            self._log("http response [%s]: code [%d]", request.path, response.status_code)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def _log(self, text: str, *values: object) -> None:
        if request.path != HEALTH:
            is_quiet = request.method == "GET" and request.path.startswith(self._quiet)
            logger.log(logging.DEBUG if is_quiet else logging.INFO, text, *values)

    def _failed(self, error: ApiError) -> Response:
        logger.warning("http response [%s]: error: %s", request.path, error)
        return failed(error)


def _http_error(error: HTTPException) -> Response | HTTPException:
    """In the words of frp."""
    match error.code:
        case 404:
            return plain("404 page not found\n", 404)
        case 405:
            return empty(405)
        case 413:
            return failed(ApiError(413, f"request body is larger than {MAX_BODY} bytes"))
        case _:
            return error if error.code is None or error.code < 400 else plain(f"{error.name}\n", error.code)


def _unexpected(error: Exception) -> Response:
    logger.error("http response [%s]: unexpected error", request.path, exc_info=error)
    return failed(ApiError(500, "internal error, see the log"))


def _cleaned(path: str) -> str:
    """Without empty, `.` and `..` segments; a slash at the end stays."""
    if "//" not in path and "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    tail = "/" if segments[-1] in ("", ".", "..") and kept else ""
    return "/" + "/".join(kept) + tail
