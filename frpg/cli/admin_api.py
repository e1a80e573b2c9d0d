"""The HTTP API of a running program: one request, and its answer or the reason why there is none."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket as system
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gevent
from gevent import socket

from frpg.config.common import PORT_MAX
from frpg.logs.format import escape
from frpg.net.failure import describe

if TYPE_CHECKING:
    from frpg.config.common import WebServerConfig

_LIMIT = 16 << 20  # bytes of an answer
_SHOWN = 4096  # characters of an answer that nobody can make sense of
_LOCAL = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # where a program that listens everywhere is found


class AdminError(Exception):
    """str() is what to tell the user; lines of others are escaped."""


@dataclass(frozen=True, slots=True)
class Admin:
    """The API of one running program; `timeout` seconds are for all of a request."""

    web: WebServerConfig
    timeout: float = 30.0

    def ask(self, method: str, path: str) -> bytes:
        """The body of an answer with status 200; redirects are not followed. Raises AdminError."""
        status, body = self._exchange(method, path)
        if status != 200:
            raise AdminError("\n".join([f"api status code [{status}]" + _reason(body), *_faults(body)]))
        return body

    def _exchange(self, method: str, path: str) -> tuple[int, bytes]:
        failure = f'{method.capitalize()} "{self._url(path)}": '
        deadline = gevent.Timeout(max(self.timeout, 0.0))
        with deadline:
            try:
                if self.timeout <= 0:
                    raise AdminError("context deadline exceeded")
                return self._request(method, path)
            except gevent.Timeout as expired:
                if expired is not deadline:
                    raise
                raise AdminError(f"{failure}context deadline exceeded") from None
            except AdminError as error:
                raise AdminError(f"{failure}{error}") from None
            except (OSError, http.client.HTTPException) as error:
                raise AdminError(f"{failure}{_told(error)}") from None

    def _request(self, method: str, path: str) -> tuple[int, bytes]:
        with contextlib.closing(_Connection(self._host, self.web.port, self._wrapper())) as connection:
            connection.request(method, path, headers=self._headers())
            with connection.getresponse() as response:
                body = response.read(_LIMIT + 1)
        if len(body) > _LIMIT:
            raise AdminError(f"the answer is longer than {_LIMIT} bytes")
        if response.length:  # bytes announced that did not come
            raise AdminError("unexpected EOF")
        return response.status, body

    @property
    def _host(self) -> str:
        return _LOCAL.get(self.web.addr, self.web.addr)

    def _url(self, path: str) -> str:
        scheme = "http" if self.web.tls is None else "https"
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{scheme}://{host}:{self.web.port}{path}"

    def _headers(self) -> dict[str, str]:
        headers = {"Connection": "close"}
        if self.web.user or self.web.password:
            word = base64.b64encode(f"{self.web.user}:{self.web.password}".encode()).decode()
            headers["Authorization"] = f"Basic {word}"
        return headers

    def _wrapper(self) -> Callable[[Any], Any] | None:
        if self.web.tls is None:
            return None
        from frpg.cli.admin_tls import wrapper

        return wrapper(self.web.tls, self._host)


class _Connection(http.client.HTTPConnection):
    """Over sockets of gevent, whether the process is patched or not."""

    def __init__(self, host: str, port: int, wrap: Callable[[Any], Any] | None) -> None:
        super().__init__(host, port)
        self._wrap = wrap

    def connect(self) -> None:
        place = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        if self.port > PORT_MAX:
            raise AdminError(f"dial tcp: address {self.port}: invalid port")
        try:
            self.sock = socket.create_connection((self.host, self.port))
        except system.gaierror as error:
            raise AdminError(f"dial tcp: lookup {self.host}: {describe(error)}") from None
        except OSError as error:
            raise AdminError(f"dial tcp {place}: connect: {describe(error)}") from None
        if self._wrap:
            self.sock = self._wrap(self.sock)


def tree_of(body: bytes) -> Any:
    """The value that an answer has as JSON. Raises AdminError."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise unreadable(body) from None


def reloaded_text(body: bytes) -> str:
    """What frps says of a reload. Raises AdminError when the answer is another one."""
    answer = tree_of(body)
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        raise unreadable(body)
    lines = ["reload success"]
    for key, words in (("changed", "changed"), ("restart", "needs a restart")):
        names = data.get(key) or []
        if not isinstance(names, list):
            raise unreadable(body)
        if names:
            lines.append(f"{words}: " + _safe(", ".join(map(str, names))))
    return "\n".join(lines)


def unreadable(body: bytes) -> AdminError:
    return AdminError(f"unmarshal http response error: {_safe(body.decode(errors='replace')[:_SHOWN])}")


def _reason(body: bytes) -> str:
    """The reason that an answer of either program gives, with a colon in front."""
    answer = _error(body)
    text = next((answer[key] for key in ("Msg", "msg") if isinstance(answer.get(key), str)), "")
    return f": {_safe(text)}" if text else ""


def _faults(body: bytes) -> list[str]:
    """Faults of a configuration that are not in the reason already."""
    known = _reason(body)
    faults = _error(body).get("Faults")
    items = [item for item in faults if isinstance(item, dict)] if isinstance(faults, list) else []
    return [_safe(_fault(item)) for item in items if _safe(str(item.get("text", ""))) not in known]


def _fault(item: dict[str, Any]) -> str:
    line = f"line {item['line']}" if item.get("line") else ""
    return ": ".join(part for part in (line, str(item.get("path", "")), str(item.get("text", ""))) if part)


def _error(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _safe(text: str) -> str:
    """Lines of others, without what a terminal could act upon."""
    return "\n".join(escape(line) for line in text.split("\n"))


def _told(error: Exception) -> str:
    if isinstance(error, http.client.RemoteDisconnected):
        return "EOF"
    if isinstance(error, http.client.IncompleteRead):
        return "unexpected EOF"
    if isinstance(error, http.client.HTTPException):
        return f"malformed HTTP response: {escape(str(error))[:_SHOWN]}"
    return describe(error)
