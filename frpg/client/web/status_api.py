"""Routes about what runs: the status of every proxy, and the options that one proxy or visitor has."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Response

from frpg.client.web.rows import proxy_rows
from frpg.config.definition import PROXY, VISITOR, Kind, running
from frpg.web.answers import ApiError, bare
from frpg.web.site import Site

if TYPE_CHECKING:
    from frpg.client.service import Client


class StatusApi:
    """Of one client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def add_to(self, site: Site) -> None:
        site.route("/api/status", self._status)
        site.route("/api/proxy/<name:name>/config", partial(self._config, PROXY))
        site.route("/api/visitor/<name:name>/config", partial(self._config, VISITOR))

    def _status(self) -> Response:
        """By type; empty while there is no session."""
        found: dict[str, list[Any]] = {}
        for row in proxy_rows(self._client):
            if row.proxy is not None:
                found.setdefault(row.config.type, []).append(row.status_json())
        return bare(dict(sorted(found.items())))

    def _config(self, kind: Kind, name: str) -> Response:
        """With defaults where it is to run; else as the store has it."""
        entries = self._client.entries
        for config in entries.proxies if kind is PROXY else entries.visitors:
            if config.name == name:
                return bare(running(config).tree())
        store = self._client.changes.store
        stored = store.get(kind, name) if store is not None else None
        if stored is None:
            raise ApiError(404, f'{kind.word} "{name}" not found')
        return bare(stored.tree())
