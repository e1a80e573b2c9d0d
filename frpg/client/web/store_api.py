"""Routes of the store: the proxies, or the visitors, that it has."""

from __future__ import annotations

from flask import Response

from frpg.client.changes import Changes
from frpg.client.web.failures import told
from frpg.config.definition import PROXY, Definition, Kind, read_definition
from frpg.web.answers import ApiError, bare, body, empty
from frpg.web.site import Site


class StoreApi:
    """Of one kind of entries. Answers show an entry as it was sent, without defaults."""

    def __init__(self, changes: Changes, kind: Kind) -> None:
        self._changes = changes
        self._kind = kind
        self._plural = "proxies" if kind is PROXY else "visitors"

    def add_to(self, site: Site) -> None:
        root = f"/api/store/{self._plural}"
        site.route(root, self._all)
        site.route(root, self._create, "POST")
        site.route(f"{root}/<name:name>", self._one)
        site.route(f"{root}/<name:name>", self._update, "PUT")
        site.route(f"{root}/<name:name>", self._delete, "DELETE")

    def _all(self) -> Response:
        with told():
            found = self._changes.open_store().all(self._kind)
        return bare({self._plural: [definition.tree() for definition in found]})

    def _one(self, name: str) -> Response:
        with told():
            found = self._changes.open_store().get(self._kind, name)
        if found is None:
            raise ApiError(404, f'not found: {self._kind.word} "{name}"')
        return _answer(found)

    def _create(self) -> Response:
        with told():
            definition = read_definition(self._kind, body())
            self._changes.create(definition)
        return _answer(definition)

    def _update(self, name: str) -> Response:
        with told():
            definition = read_definition(self._kind, body(), name_in_url=name)
            self._changes.update(definition)
        return _answer(definition)

    def _delete(self, name: str) -> Response:
        with told():
            self._changes.delete(self._kind, name)
        return empty()


def _answer(definition: Definition) -> Response:
    return bare(definition.tree())
