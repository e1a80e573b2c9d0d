"""The questions to the plugins: each asks those that want to be asked, in order, and says what came of it."""

from __future__ import annotations

import dataclasses
import logging
import secrets
import time
from collections.abc import Sequence
from typing import Any, TypeVar

from frpg.logs import prefixed
from frpg.net.address import join
from frpg.net.failure import describe
from frpg.net.stream import Address
from frpg.proto.messages import Login, NewProxy, NewWorkConn, Ping
from frpg.server.hooks import Refused
from frpg.server.plugins.api import Reject
from frpg.server.plugins.contents import (
    CloseProxyContent,
    Content,
    LoginContent,
    NewProxyContent,
    NewUserConnContent,
    NewWorkConnContent,
    Op,
    PingContent,
    UserInfo,
)
from frpg.server.plugins.plugin import Plugin, PluginError
from frpg.server.plugins.verdict import facts
from frpg.server.upstream import Owner

logger = logging.getLogger(__name__)

M = TypeVar("M", Login, NewProxy, NewWorkConn, Ping)
C = TypeVar("C", bound=Content)

LOGIN_LIMIT = 8.0  # seconds for all plugins together: a client waits 10 for its login, and should learn why not
MAX_REASON = 1024  # characters; more does not fit into what a client takes for a message


class Questions:
    """To one set of plugins. Whoever asks waits; all raise Refused."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._plugins = plugins

    def has(self, op: Op) -> bool:
        """Whether anybody wants to be asked."""
        return any(op in plugin.ops for plugin in self._plugins)

    def login(self, message: Login, address: Address) -> Login:
        """The login to go on with, from `address`."""
        content = LoginContent(**_values(message), client_address=join(address))
        return _message(message, content, self._ask("Login", content, LOGIN_LIMIT))

    def new_proxy(self, owner: Owner, message: NewProxy) -> NewProxy:
        """The proxy to register."""
        content = NewProxyContent(**_values(message), user=_user(owner))
        return _message(message, content, self._ask("NewProxy", content))

    def ping(self, owner: Owner, message: Ping) -> Ping:
        """The heartbeat to check."""
        content = PingContent(**_values(message), user=_user(owner))
        return _message(message, content, self._ask("Ping", content))

    def new_work_conn(self, owner: Owner, message: NewWorkConn) -> NewWorkConn:
        """The opening of a work connection, to check."""
        content = NewWorkConnContent(**_values(message), user=_user(owner))
        return _message(message, content, self._ask("NewWorkConn", content))

    def new_user_conn(self, owner: Owner, name: str, kind: str, address: Address) -> None:
        """Whether the user at `address` may connect to the proxy `name` of type `kind`."""
        content = NewUserConnContent(proxy_name=name, proxy_type=kind, remote_addr=join(address), user=_user(owner))
        self._ask("NewUserConn", content)

    def close_proxy(self, owner: Owner, name: str) -> None:
        """Tell all of them; raises nothing."""
        content = CloseProxyContent(proxy_name=name, user=_user(owner))
        request_id = secrets.token_hex(8)
        for plugin in self._plugins:
            if "CloseProxy" in plugin.ops:
                try:
                    plugin.ask("CloseProxy", content, request_id, plugin.timeout)
                except Reject:
                    pass  # it is closed already
                except Exception as error:
                    _report("CloseProxy", plugin, request_id, error)

    def _ask(self, op: Op, content: C, limit: float | None = None) -> C:
        request_id = secrets.token_hex(8)  # the same for all of them
        end = None if limit is None else time.monotonic() + limit
        for plugin in self._plugins:
            if op not in plugin.ops:
                continue
            left = plugin.timeout if end is None else max(0.1, round(end - time.monotonic(), 1))
            try:
                answer = plugin.ask(op, content, request_id, min(plugin.timeout, left))
            except Reject as no:
                # Without a reason a client would read the refusal as success.
                raise Refused(reason=no.reason[:MAX_REASON] or f"{op} was refused by plugin {plugin.name}") from None
            except Exception as error:
                _report(op, plugin, request_id, error)
                raise Refused(reason=f"send {op} request to plugin error") from error
            if answer is not content:
                content = dataclasses.replace(answer, **facts(content))  # type: ignore[assignment]
        return content


def _report(op: Op, plugin: Plugin, request_id: str, error: Exception) -> None:
    level = logging.INFO if op == "NewUserConn" else logging.WARNING  # as in frp: users come often
    log = prefixed(logger, f"reqid: {request_id}")
    # Where a plugin's own code failed, the traceback tells its author where.
    cause = error.__cause__ if isinstance(error, PluginError) else None
    log.log(level, "send %s request to plugin [%s] error: %s", op, plugin.name, describe(error), exc_info=cause)


def _user(owner: Owner) -> UserInfo:
    # A copy: what a plugin does to it is nobody else's business.
    return UserInfo(user=owner.user, metas=dict(owner.metas), run_id=owner.run_id)


def _values(message: Any) -> dict[str, Any]:
    return {field.name: getattr(message, field.name) for field in dataclasses.fields(message)}


def _message(message: M, content: Content, answer: Content) -> M:
    """The part of `answer` that goes on as a message; `message` itself when the content has not changed."""
    if answer is content:
        return message
    return type(message)(**{field.name: getattr(answer, field.name) for field in dataclasses.fields(message)})
