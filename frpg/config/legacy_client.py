"""INI files of frpc: `[common]`, proxies, visitors, port ranges and included files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from frpg.config.client import ClientConfig
from frpg.config.common import PORT_MAX
from frpg.config.ini import DEFAULT, IniFile, IniSection, IniValue
from frpg.config.legacy import SectionReader, put
from frpg.config.legacy_keys import (
    BRIDGES,
    CLIENT,
    CLIENT_MAPS,
    DEAD,
    PLUGIN,
    PLUGIN_PREFIX,
    PROXY,
    PROXY_KEYS,
    SERVER,
    VISITOR,
    VISITOR_KEYS,
    VISITOR_POSITIVE,
)
from frpg.config.legacy_text import COMMON, open_legacy
from frpg.config.plugins import CLIENT_PLUGINS
from frpg.config.proxies import PROXY_TYPES
from frpg.config.sources import Part, Source, read_text
from frpg.config.values import parse_numbers, parse_port_ranges
from frpg.config.visitors import VISITOR_TYPES

RANGE = "range:"  # `[range:NAME]` stands for many proxies
_PORT_KEYS = ("local_port", "remote_port")


class LegacyClient:
    """One file and, added one by one, those it includes. Raises ConfigError when it cannot be rendered or parsed."""

    def __init__(self, source: Source, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._texts, self._file, self._reader = open_legacy(source, environ)
        self._common = self._reader.section.name
        self._has_included = False

    def common(self) -> Part:
        """The common options; those of included files do not count."""
        reader = self._reader
        reader.options(ClientConfig, CLIENT)
        reader.scopes()
        reader.maps(CLIENT_MAPS)
        reader.warn_of_unknown(DEAD, SERVER, "frpc")
        return reader.part

    def include(self, path: Path) -> None:
        """Append a file's text. Raises ConfigError when it cannot be read or rendered."""
        source = Source(str(path), read_text(path), is_legacy=True)
        self._texts.add(source.path, source.rendered(self._environ))
        self._has_included = True

    def entries(self, start: Collection[str]) -> tuple[list[Part], list[Part]]:
        """Proxies and visitors; of names not in `start` (when it is not empty) nothing is looked at.

        Raises:
            ConfigError: an included text is no INI.
        """
        file = self._texts.parse() if self._has_included else self._file
        proxies, made = self._expand_ranges(file)
        visitors: list[Part] = []
        for section in file.sections.values():
            is_entry = section.name not in (DEFAULT, COMMON, self._common) and not section.name.startswith(RANGE)
            if not is_entry or (start and section.name not in start):
                continue
            reader = SectionReader(section, self._texts.place(section.line)[0], made.get(section.name, ""))
            role = reader.text("role", "role")
            if role == "visitor":
                visitors.append(read_visitor(reader))
                continue
            if role not in ("", "server"):
                reader.fault("role", f"proxy {section.name} role should be 'server' or 'visitor'")
            proxies.append(read_proxy(reader))
        return proxies, visitors

    def _expand_ranges(self, file: IniFile) -> tuple[list[Part], dict[str, str]]:
        """Make `[NAME_0]`, `[NAME_1]`, ... of each `[range:NAME]`.

        Returns the parts of those that fail, and the names made with the section that each came from.
        """
        broken: list[Part] = []
        made: dict[str, str] = {}
        for section in [section for section in file.sections.values() if section.name.startswith(RANGE)]:
            name = section.name[len(RANGE) :].strip()
            try:
                pairs = _port_pairs(section)
            except ValueError as problem:
                reader = SectionReader(section, self._texts.place(section.line)[0])
                reader.fault("", str(problem))
                reader.tree.update(name=name, type="tcp", enabled=False)  # nothing else to say about it
                broken.append(reader.part)
                continue
            for index, ports in enumerate(pairs):
                copy = file.section(f"{name}_{index}", section.line)
                copy.keys.update(section.keys)
                for key, port in zip(_PORT_KEYS, ports, strict=True):
                    copy.keys[key] = IniValue(str(port), section.keys[key].line)
                made[copy.name] = section.name
        return broken, made


def _port_pairs(section: IniSection) -> Iterator[tuple[int, int]]:
    texts = [section.keys[key].value if key in section.keys else "" for key in _PORT_KEYS]
    if not all(texts):
        raise ValueError("local_port or remote_port is empty")
    sizes = [sum(ports.end - ports.start + 1 for ports in parse_port_ranges(text)) for text in texts]
    if max(sizes) > PORT_MAX + 1:
        raise ValueError(f"{max(sizes)} ports, there are no more than {PORT_MAX + 1}")
    local, remote = (parse_numbers(text) for text in texts)
    if len(local) != len(remote):
        raise ValueError("local ports number should be same with remote ports number")
    return zip(local, remote, strict=True)


def read_proxy(reader: SectionReader) -> Part:
    """The proxy that one section stands for."""
    kind = reader.text("type", "type") or "tcp"
    reader.tree.update(name=reader.section.name, type=kind)
    if kind in PROXY:
        reader.options(PROXY_TYPES[kind], PROXY[kind])
        reader.maps({"meta_": "metadatas", **({"header_": "requestHeaders.set"} if kind == "http" else {})})
        _plugin(reader)
        reader.warn_of_unknown({}, PROXY_KEYS, f"a proxy of type {kind}")
    return reader.part


def read_visitor(reader: SectionReader) -> Part:
    """The visitor that one section stands for."""
    kind = reader.text("type", "type")
    reader.tree.update(name=reader.section.name, type=kind)
    if kind in VISITOR:
        reader.options(VISITOR_TYPES[kind], VISITOR[kind])
        for path in VISITOR_POSITIVE.values():
            if reader.tree.get(path, 1) <= 0:
                del reader.tree[path]
        reader.warn_of_unknown({}, VISITOR_KEYS, f"a visitor of type {kind}")
    return reader.part


def _plugin(reader: SectionReader) -> None:
    kind = reader.text("plugin", "plugin.type")
    if not kind:
        return
    put(reader.tree, "plugin.type", kind)  # an unknown one is found when this is decoded
    if kind in PLUGIN:
        reader.raw_options(CLIENT_PLUGINS[kind], PLUGIN_PREFIX, PLUGIN[kind], "plugin")
        if kind in BRIDGES:
            reader.maps({f"{PLUGIN_PREFIX}header_": "plugin.requestHeaders.set"})
    elif kind in CLIENT_PLUGINS:
        reader.fault("plugin.type", f"plugin {kind} has no INI form, write the file in TOML, YAML or JSON")
