"""What a Python plugin is made of."""

from __future__ import annotations

from typing import Any

from frpg.server.plugins.contents import (
    CloseProxyContent,
    LoginContent,
    NewProxyContent,
    NewUserConnContent,
    NewWorkConnContent,
    PingContent,
)


class Reject(Exception):
    """Refuse an operation.

    Args:
        reason: what the client reads, unless `detailedErrorsToClient` is false; users of a proxy read nothing.
    """

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class ServerPlugin:
    """frps makes one of it for each entry of `pythonPlugins` that names it, when it starts or reads its file again.

    A plugin is asked about the operations whose methods its class defines, before frps looks at them itself. A method
    returns None to leave all as it is, or a changed copy of its argument; it raises `Reject` to refuse. Any other
    exception refuses as well: the client reads that the plugin failed, the log has the traceback.

    Methods run in frps's own greenlets, several at one time. They may wait in a cooperative way, `timeoutSeconds` at
    most: sockets, time.sleep, locks and queues are cooperative in frps. What computes for long, or waits in C code,
    holds up all of frps.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        """
        Args:
            options: the table `options` of the configuration; empty when there is none.

        Whatever is raised here stops the start of frps, or the reload, with its text.
        """
        self.options = options

    def login(self, content: LoginContent) -> LoginContent | None:
        """A client logs in. All Login plugins together have 8 seconds: the client waits for no more than 10."""

    def new_proxy(self, content: NewProxyContent) -> NewProxyContent | None:
        """A client registers a proxy. Until this returns, its other messages wait."""

    def close_proxy(self, content: CloseProxyContent) -> None:
        """A proxy has ended; nobody waits for the answer."""

    def ping(self, content: PingContent) -> PingContent | None:
        """A heartbeat. A client whose heartbeat is refused logs in anew."""

    def new_work_conn(self, content: NewWorkConnContent) -> NewWorkConnContent | None:
        """A client brings a work connection; one for each user connection, and those of its pool."""

    def new_user_conn(self, content: NewUserConnContent) -> None:
        """Somebody connects to a proxy of type tcp, https or tcpmux. What this returns does not count."""

    def close(self) -> None:
        """frps ends, or goes on without this plugin. Called once."""
