"""Routes about the configuration file: read, check, save, apply; and about the level of the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response

from frpg import logs
from frpg.client.changes import Changes, NoFile
from frpg.client.web.failures import told
from frpg.config.locate import faults_with_lines
from frpg.config.sources import read_text
from frpg.errors import ConfigError
from frpg.net.failure import describe
from frpg.web.answers import ApiError, bare, body, empty, flag, json_body
from frpg.web.site import Site


class ConfigApi:
    """Of one client."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def add_to(self, site: Site) -> None:
        site.route("/api/reload", self._reload, "GET", "POST")
        site.route("/api/config", self._read)
        site.route("/api/config", self._write, "PUT")
        site.route("/api/config/check", self._check, "POST")
        site.route("/api/loglevel", _level)
        site.route("/api/loglevel", _set_level, "PUT")

    def _reload(self) -> Response:
        try:
            with told():
                self._changes.reload(strict=flag("strictConfig"))
        except ConfigError as error:
            raise ApiError(400, f"invalid argument: {error}", {"Faults": self._faults_on_disk(error)}) from None
        return empty()

    def _read(self) -> Response:
        with told():
            path = self._path()
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ApiError(400, f"invalid argument: {describe(error)}") from None
        return Response(data, mimetype="text/plain")  # the operator's own text, secrets and all

    def _check(self) -> Response:
        text = _text()
        try:
            loaded = self._changes.load_text(text, strict=flag("strictConfig"))
        except ConfigError as error:
            return bare({"faults": self._faults(text, error), "warnings": []})
        return bare({"faults": [], "warnings": loaded.warnings})

    def _write(self) -> Response:
        """Unlike frp, look at the text first, and leave the old file whole whatever happens."""
        text = _text()
        if not text:
            raise ApiError(400, "body can't be empty")
        try:
            with told():
                self._changes.save(text, strict=flag("strictConfig"))
        except ConfigError as error:
            raise ApiError(400, f"invalid argument: {error}", {"Faults": self._faults(text, error)}) from None
        except OSError as error:
            raise ApiError(500, f"write config file error: {describe(error)}") from None
        return empty()

    def _path(self) -> Path:
        if not self._changes.path:
            raise NoFile
        return Path(self._changes.path)

    def _faults_on_disk(self, error: ConfigError) -> list[Any]:
        try:
            return self._faults(read_text(self._changes.path), error)
        except ConfigError:  # that it cannot be read is the fault
            return [{"line": 0, "path": "", "text": text} for text in error.faults]

    def _faults(self, text: str, error: ConfigError) -> list[Any]:
        return [*faults_with_lines(text, self._changes.path, error)]


def _text() -> str:
    try:
        return body().decode()
    except UnicodeDecodeError:
        raise ApiError(400, "invalid argument: is not text in UTF-8") from None


def _level() -> Response:
    return bare({"level": logs.level()})


def _set_level() -> Response:
    level = json_body().get("level")
    try:
        logs.set_level(level if isinstance(level, str) else "")
    except ValueError as error:
        raise ApiError(400, str(error)) from None
    return _level()
