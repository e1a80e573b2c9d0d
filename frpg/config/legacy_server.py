"""INI files of frps: `[common]` and the server plugins."""

from __future__ import annotations

from collections.abc import Mapping

from frpg.config.ini import DEFAULT, IniFile
from frpg.config.legacy import SectionReader, put
from frpg.config.legacy_keys import CLIENT, DASHBOARD_TLS, DASHBOARD_TLS_MODE, DEAD_SERVER, SERVER, SERVER_PLUGIN
from frpg.config.legacy_text import open_legacy
from frpg.config.server import HttpPluginConfig, ServerConfig
from frpg.config.sources import Part, Source

PLUGIN = "plugin."  # `[plugin.NAME]`
DASHBOARD_ADDR = "0.0.0.0"  # the default of INI; v1 has 127.0.0.1


def server_part(source: Source, environ: Mapping[str, str]) -> Part:
    """Everything that the file says. Raises ConfigError when it cannot be rendered or parsed."""
    _, file, reader = open_legacy(source, environ)
    put(reader.tree, "webServer.addr", DASHBOARD_ADDR)
    reader.options(ServerConfig, SERVER)
    reader.scopes()
    _dashboard_tls(reader)
    reader.warn_of_unknown(DEAD_SERVER, CLIENT, "frps")
    _plugins(file, reader, source.path)
    for name in file.sections:
        if name not in (DEFAULT, reader.section.name) and not name.startswith(PLUGIN):
            reader.warn("", f"section [{name}] has no effect in a file of frps")
    return reader.part


def _dashboard_tls(reader: SectionReader) -> None:
    if reader.flag(DASHBOARD_TLS_MODE, "webServer.tls"):
        put(reader.tree, "webServer.tls", {})
        reader.options(ServerConfig, DASHBOARD_TLS)
        return
    for key, path in DASHBOARD_TLS.items():
        if reader.text(key, path):
            reader.warn(path, f"has no effect without {DASHBOARD_TLS_MODE} = true")


def _plugins(file: IniFile, reader: SectionReader, path: str) -> None:
    trees: dict[str, dict[str, object]] = {}  # by trimmed name: the later of two counts
    for section in file.sections.values():
        name = section.name[len(PLUGIN) :].strip()
        if not section.name.startswith(PLUGIN):
            continue
        plugin = SectionReader(section, path)
        plugin.options(HttpPluginConfig, SERVER_PLUGIN)
        plugin.warn_of_unknown({"name": "has no effect, the section names the plugin"})
        trees[name] = {**plugin.tree, "name": name}
        reader.adopt(plugin, f"httpPlugins[{list(trees).index(name)}]")
    put(reader.tree, "httpPlugins", list(trees.values()))
