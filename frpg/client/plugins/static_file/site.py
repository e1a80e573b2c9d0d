"""Requests for files: who may ask, and which file is meant."""

from __future__ import annotations

import errno

from frpg.client.plugins.base import Plugin
from frpg.client.plugins.site import PluginSite
from frpg.client.plugins.static_file.answers import Answer, file_answer, folder_answer
from frpg.client.plugins.static_file.cache import Cache
from frpg.client.plugins.static_file.folder import Folder, Found, split
from frpg.client.plugins.static_file.paths import cleaned, location
from frpg.client.plugins.static_file.sources import OpenSource, Source
from frpg.net.address import join
from frpg.proto.http1.credentials import basic
from frpg.proto.http1.request import Request
from frpg.relay.http.local import LateRefusal, LocalExchange
from frpg.relay.http.pages import Pages, unauthorized
from frpg.relay.http.settings import Credentials
from frpg.relay.http.site import Visit

REFUSAL_SECONDS = 0.2  # until a wrong password is answered: guessing shall take its time

_INDEX = b"index.html"
_METHODS = frozenset((b"GET", b"HEAD"))
_ABSENT = frozenset((errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO))


class FileSite(PluginSite):
    """Answers from the folder at `path`.

    Args:
        prefix: what paths begin with that are in it, with a slash at both ends.
    """

    def __init__(self, plugin: Plugin, path: str, prefix: bytes, wanted: Credentials) -> None:
        super().__init__(plugin, Pages())
        self._folder = Folder(path)
        self._cache = Cache(path)
        self._prefix = prefix
        self._wanted = wanted
        self._is_open = not (wanted.user or wanted.password)

    def serve(self, front: Visit, request: Request) -> None:
        """See HttpSite."""
        if not self._is_open and not self._wanted.admits(*basic(request.special.get(b"authorization"))):
            self.refuse(front.stream, "wrong user or password" if request.has_credentials else "no password given")
            front.ask(LateRefusal(front, request, REFUSAL_SECONDS, _challenge))
        elif request.method not in _METHODS:
            front.reply(405, fields=b"Allow: GET, HEAD\r\n", is_empty=True)
        else:
            self._answer(front, request, request.path.encode("utf-8", "surrogateescape"))

    def _answer(self, front: Visit, request: Request, path: bytes) -> None:
        clean = cleaned(path)
        if clean != path:
            _redirect(front, request, clean)
        elif not path.startswith(self._prefix):
            _not_found(front)
        elif path.endswith(b"/" + _INDEX):
            _redirect(front, request, b"./")
        else:
            self._look_up(front, request, path)

    def _look_up(self, front: Visit, request: Request, path: bytes) -> None:
        kept = self._cache.find(path)
        if kept is not None:
            self._send(front, request, file_answer(request, kept))
            return
        names = split(path[len(self._prefix) :])
        try:
            found = self._folder.find(names)
        except (OSError, ValueError) as error:  # a NUL in the path is a ValueError
            self._fail(front, error)
            return
        if found.is_folder == path.endswith(b"/"):
            self._serve_found(front, request, path, names, found)
            return
        found.close()
        _redirect(front, request, b"./%b/" % names[-1] if found.is_folder else b"../%b" % names[-1])

    def _serve_found(self, front: Visit, request: Request, path: bytes, names: list[bytes], found: Found) -> None:
        """Owns `found`."""
        index = self._index(names) if found.is_folder else None
        if index is not None:
            found.close()
            names, found = [*names, _INDEX], index
        try:
            if found.is_folder:
                answer = folder_answer(request, self._folder, names, found)
            else:
                answer = file_answer(request, self._source(path, names, found))
        except OSError as error:
            found.close()
            self._fail(front, error)
            return
        self._send(front, request, answer)

    def _source(self, path: bytes, names: list[bytes], found: Found) -> Source:
        """Owns `found`, unless it raises OSError."""
        kept = self._cache.keep(path, names, found)
        if kept is None:
            return OpenSource(names[-1], found)
        found.close()
        return kept

    def _index(self, names: list[bytes]) -> Found | None:
        try:
            found = self._folder.find([*names, _INDEX])
        except OSError:
            return None
        if found.is_folder:
            found.close()
            return None
        return found

    def _send(self, front: Visit, request: Request, answer: Answer) -> None:
        front.ask(LocalExchange(front, request, answer.status, answer.fields, answer.size, answer.body))

    def _fail(self, front: Visit, error: OSError | ValueError) -> None:
        self._plugin.log.debug("request of user [%s]: %s", join(front.stream.remote_addr), error)
        if isinstance(error, PermissionError):
            front.reply(403, text="403 Forbidden\n")
        elif isinstance(error, FileNotFoundError | NotADirectoryError | ValueError) or error.errno in _ABSENT:
            _not_found(front)
        else:
            self._plugin.log.warning("read local file error: %s", error)
            front.reply(500, text="500 Internal Server Error\n")


def _challenge(front: Visit) -> None:
    fields, text = unauthorized(401, "WWW-Authenticate")
    front.reply(401, text=text, fields=fields)


def _not_found(front: Visit) -> None:
    front.reply(404, text="404 page not found\n")


def _redirect(front: Visit, request: Request, path: bytes) -> None:
    query = request.target.partition(b"?")[2]
    front.reply(301, fields=location(path, query), is_empty=True)
