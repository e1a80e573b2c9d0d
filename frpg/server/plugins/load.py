"""Plugins as the configuration names them."""

from __future__ import annotations

from frpg.config.server import HttpPluginConfig, PythonPluginConfig, ServerConfig
from frpg.errors import ConfigError
from frpg.server.plugins.plugin import Plugin

PluginConfig = HttpPluginConfig | PythonPluginConfig
Made = list[tuple[PluginConfig, Plugin]]


def make_plugins(config: ServerConfig, running: Made) -> Made:
    """All of `config`, in the order in which they are asked; those of `running` whose options are the same go on.

    Raises ConfigError with all faults; nothing new is left then.
    """
    left, made, new = list(running), [], []
    faults: list[str] = []
    for path, wanted in _wanted(config):
        found = next((pair for pair in left if pair[0] == wanted), None)
        if found is not None:
            left.remove(found)
            made.append(found)
            continue
        try:
            plugin = _make(wanted, path)
        except ConfigError as error:
            faults += error.faults
        else:
            made.append((wanted, plugin))
            new.append(plugin)
    if faults:
        for plugin in new:
            plugin.close()
        raise ConfigError(faults)
    return made


def _wanted(config: ServerConfig) -> list[tuple[str, PluginConfig]]:
    http = [(f"httpPlugins[{index}]", plugin) for index, plugin in enumerate(config.http_plugins)]
    return http + [(f"pythonPlugins[{index}]", plugin) for index, plugin in enumerate(config.python_plugins)]


def _make(config: PluginConfig, path: str) -> Plugin:
    if isinstance(config, HttpPluginConfig):
        from frpg.server.plugins.http import HttpPlugin

        return HttpPlugin(config, path)
    from frpg.server.plugins.python import PythonPlugin

    return PythonPlugin(config, path)
