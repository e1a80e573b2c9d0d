"""Python plugins for tests, and how a configuration names them."""

from collections.abc import Callable
from typing import Any

from frpg.config.server import PythonPluginConfig
from frpg.server.plugins import (
    CloseProxyContent,
    LoginContent,
    NewProxyContent,
    NewUserConnContent,
    NewWorkConnContent,
    PingContent,
    ServerPlugin,
)

OPS = {
    "login": "Login",
    "new_proxy": "NewProxy",
    "close_proxy": "CloseProxy",
    "ping": "Ping",
    "new_work_conn": "NewWorkConn",
    "new_user_conn": "NewUserConn",
}


class Scripted(ServerPlugin):
    """Its options are its methods."""

    def login(self, content: LoginContent) -> Any:
        return self.options["login"](content)

    def new_proxy(self, content: NewProxyContent) -> Any:
        return self.options["new_proxy"](content)

    def close_proxy(self, content: CloseProxyContent) -> Any:
        return self.options["close_proxy"](content)

    def ping(self, content: PingContent) -> Any:
        return self.options["ping"](content)

    def new_work_conn(self, content: NewWorkConnContent) -> Any:
        return self.options["new_work_conn"](content)

    def new_user_conn(self, content: NewUserConnContent) -> Any:
        return self.options["new_user_conn"](content)

    def close(self) -> None:
        self.options.get("close", lambda: None)()


class Polite(ServerPlugin):
    """Two operations."""

    def login(self, content: LoginContent) -> None:
        pass

    def new_user_conn(self, content: NewUserConnContent) -> None:
        pass


class Plain:
    """Of no class of ours, and without a close."""

    def __init__(self, options: dict[str, Any]) -> None:
        pass

    def ping(self, content: PingContent) -> None:
        pass


class Idle(ServerPlugin):
    """No operation."""


class Broken(ServerPlugin):
    def __init__(self, options: dict[str, Any]) -> None:
        raise KeyError("file")

    def login(self, content: LoginContent) -> None:
        pass


class Leaving(ServerPlugin):
    def __init__(self, options: dict[str, Any]) -> None:
        raise SystemExit(3)

    def login(self, content: LoginContent) -> None:
        pass


NOT_A_CLASS = 5


def named(cls: str, **fields: Any) -> PythonPluginConfig:
    """A configuration for a class of this module."""
    return PythonPluginConfig(plugin=f"{__name__}:{cls}", **fields)


def scripted(name: str = "p", **methods: Callable[..., Any]) -> PythonPluginConfig:
    """A plugin with these methods, and asked for nothing else; `close` may be among them."""
    return named("Scripted", name=name, ops=[OPS[key] for key in methods if key in OPS], options=dict(methods))
