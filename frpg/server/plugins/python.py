"""A plugin that is a class in this process."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from typing import Any

from gevent import Timeout

from frpg.config.server import HTTP_PLUGIN_OPS, PythonPluginConfig
from frpg.errors import ConfigError
from frpg.server.plugins.api import Reject, ServerPlugin
from frpg.server.plugins.contents import CONTENTS, Content, Op
from frpg.server.plugins.plugin import Plugin, PluginError

logger = logging.getLogger(__name__)

GROUP = "frpg.server_plugins"  # of entry points

METHODS: dict[str, str] = {
    "Login": "login",
    "NewProxy": "new_proxy",
    "CloseProxy": "close_proxy",
    "Ping": "ping",
    "NewWorkConn": "new_work_conn",
    "NewUserConn": "new_user_conn",
}


class PythonPlugin(Plugin):
    """Owns the instance that it makes.

    Raises ConfigError with the path of the option below `path`.
    """

    def __init__(self, config: PythonPluginConfig, path: str) -> None:
        cls = _find(config.plugin, f"{path}.plugin")
        ops = config.ops or [op for op in HTTP_PLUGIN_OPS if _defines(cls, METHODS[op])]
        _check_ops(cls, ops, config, path)
        super().__init__(config.name or config.plugin, ops, float(config.timeout_seconds))
        self._plugin = self._make(cls, config, path)
        self._methods: dict[str, Callable[[Any], Any]] = {op: getattr(self._plugin, METHODS[op]) for op in ops}

    def _make(self, cls: Callable[..., Any], config: PythonPluginConfig, path: str) -> Any:
        try:
            return self._in_time(self.timeout, cls, dict(config.options))
        except (Exception, SystemExit) as error:
            logger.exception("plugin [%s] cannot be made", self.name)
            raise ConfigError(f"{path}: {config.plugin} cannot be made: {_told(error)}") from error

    def _ask(self, op: Op, content: Content, request_id: str, timeout: float) -> Content:
        try:
            answer = self._in_time(timeout, self._methods[op], content)
        except (Reject, PluginError):
            raise
        except (Exception, SystemExit) as error:
            raise PluginError(_told(error)) from error
        if answer is None or op in ("CloseProxy", "NewUserConn"):
            return content
        if not isinstance(answer, CONTENTS[op]):
            raise PluginError(f"returned {type(answer).__name__}, not {CONTENTS[op].__name__} or None")
        return answer

    def _in_time(self, seconds: float, call: Callable[[Any], Any], argument: Any) -> Any:
        """Raises PluginError when `call`, which has to be cooperative for that, takes longer."""
        limit = Timeout(seconds)
        limit.start()
        try:
            return call(argument)
        except Timeout as expired:
            if expired is not limit:
                raise
            raise PluginError(f"no answer within {seconds:g} s") from None
        finally:
            limit.close()

    def _end(self) -> None:
        close = getattr(self._plugin, "close", None)
        if close is None:
            return
        try:
            self._in_time(self.timeout, lambda _: close(), None)
        except (Exception, SystemExit):
            logger.exception("plugin [%s] failed to close", self.name)


def _find(name: str, path: str) -> Callable[..., Any]:
    """The class behind `package.module:Class`, or behind an entry point. Raises ConfigError."""
    try:
        found = _imported(name) if ":" in name else _entry_point(name)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except (Exception, SystemExit) as error:
        cure = ""
        if isinstance(error, ModuleNotFoundError):
            cure = "; install it into frpg's environment, or put the folder that it is in on PYTHONPATH"
        else:
            logger.exception("%s cannot be imported", name)
        raise ConfigError(f"{path}: {name} cannot be imported: {_told(error)}{cure}") from error
    if not callable(found):
        raise ConfigError(f"{path}: {name} is no class")
    return found  # type: ignore[no-any-return]


def _imported(name: str) -> Any:
    module, _, attribute = name.partition(":")
    found = importlib.import_module(module)
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ConfigError(f"there is no {attribute} in {module} ({getattr(found, '__file__', 'built in')})")
        found = getattr(found, part)
    return found


def _entry_point(name: str) -> Any:
    from importlib.metadata import entry_points

    points = entry_points(group=GROUP)
    for point in points:
        if point.name == name:
            return point.load()
    known = " ".join(sorted(points.names)) or "none"
    cure = f"write package.module:Class, or the name of an entry point of {GROUP} (now: {known})"
    raise ConfigError(f"there is no plugin {name}: {cure}")


def _check_ops(cls: object, ops: list[str], config: PythonPluginConfig, path: str) -> None:
    if not ops:
        names = ", ".join(METHODS.values())
        raise ConfigError(f"{path}.plugin: {config.plugin} has none of the methods of a plugin ({names})")
    for op in ops:
        if not callable(getattr(cls, METHODS[op], None)):
            raise ConfigError(f"{path}.ops: {config.plugin} has no method {METHODS[op]} for {op}")


def _defines(cls: object, method: str) -> bool:
    return getattr(cls, method, None) not in (None, getattr(ServerPlugin, method))


def _told(error: BaseException) -> str:
    if isinstance(error, PluginError):
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
