"""The way from the files of frpc to its configuration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from frpg.config.client import ClientConfig, complete_client
from frpg.config.decode import Decoder, Tree, Variants, find, kind
from frpg.config.defaults import fill
from frpg.config.faults import Fault, Place, without_known
from frpg.config.includes import folder_of, matching_files
from frpg.config.plugins import CLIENT_PLUGINS, VISITOR_PLUGINS, ClientPlugin, VisitorPlugin
from frpg.config.proxies import PROXY_TYPES, ProxyConfig
from frpg.config.sources import Part, Source, read_source, reason
from frpg.config.validate_client import client_faults, client_warnings
from frpg.config.validate_proxies import proxy_faults, proxy_warnings, visitor_faults, visitor_warnings
from frpg.config.visitors import VISITOR_TYPES, VisitorConfig
from frpg.errors import ConfigError

P = TypeVar("P", bound=ProxyConfig | VisitorConfig)

VARIANTS: Mapping[type, Variants] = {
    ProxyConfig: Variants("proxy type", PROXY_TYPES),
    VisitorConfig: Variants("visitor type", VISITOR_TYPES),
    ClientPlugin: Variants("plugin type", CLIENT_PLUGINS),
    VisitorPlugin: Variants("visitor plugin type", VISITOR_PLUGINS),
}


class Parts(NamedTuple):
    """What the files say beside the common options."""

    proxies: list[Part]
    visitors: list[Part]


class Checks(NamedTuple):
    """How one kind of entry is called and checked."""

    word: str
    faults: Callable[..., Iterator[Fault]]
    warnings: Callable[..., Iterator[Fault]]


_PROXY = Checks("proxy", proxy_faults, proxy_warnings)
_VISITOR = Checks("visitor", visitor_faults, visitor_warnings)


class ClientLoad:
    """One load: gathers the faults and warnings of all files on the way."""

    def __init__(self, strict: bool, environ: Mapping[str, str], allow_unsafe: Collection[str] = ()) -> None:
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self._strict = strict
        self._environ = environ
        self._allow_unsafe = allow_unsafe

    def run(self, source: Source) -> ClientConfig:
        """Raises ConfigError with all faults."""
        config, parts = self._legacy(source) if source.is_legacy else self._v1(source)
        config.proxies = self._entries(ProxyConfig, parts.proxies, _PROXY, config.start)
        config.visitors = self._entries(VisitorConfig, parts.visitors, _VISITOR, config.start)
        if self.faults:
            raise ConfigError(list(dict.fromkeys(self.faults)))  # a [range:x] says the same for each of its proxies
        self.warnings = list(dict.fromkeys(self.warnings))
        return config

    def _v1(self, source: Source) -> tuple[ClientConfig, Parts]:
        common, parts = split(source.tree(self._environ, strict=self._strict), source.path)
        config = self._common(common)
        for path in self._included(config.includes, common.place):
            self._include(path, source.path, parts)
        return config, parts

    def _legacy(self, source: Source) -> tuple[ClientConfig, Parts]:
        from frpg.config.legacy_client import LegacyClient

        legacy = LegacyClient(source, self._environ)
        common = legacy.common()
        config = self._common(common)
        for path in self._included(config.includes, common.place):
            try:
                legacy.include(path)
            except ConfigError as problem:
                self.faults += problem.faults
        try:
            return config, Parts(*legacy.entries(config.start))
        except ConfigError as problem:
            self.faults += problem.faults
            return config, Parts([], [])

    def _common(self, part: Part) -> ClientConfig:
        decoder = self._decoder(part)
        config = decoder.decode(ClientConfig, part.tree)
        complete_client(config, self._environ)
        faults = decoder.faults + without_known(client_faults(config, self._allow_unsafe), decoder.faults)
        self.faults += part.place.lines(faults)
        self.warnings += part.place.lines([*part.warnings, *client_warnings(config)])
        return config

    def _included(self, patterns: list[str], place: Place) -> Iterator[Path]:
        for index, pattern in enumerate(patterns):
            if not folder_of(pattern).is_dir():
                continue  # the check of the common part says so
            try:
                yield from matching_files(pattern)
            except OSError as error:
                fault = Fault(f"includes[{index}]", f"open {folder_of(pattern)}: {reason(error)}")
                self.faults.append(place.line(fault))

    def _include(self, path: Path, includer: str, parts: Parts) -> None:
        try:
            source = read_source(path)
            if source.is_legacy:
                raise ConfigError(f"{path}: is an INI file, {includer} can include TOML, YAML and JSON only")
            common, more = split(source.tree(self._environ, strict=self._strict), source.path)
        except ConfigError as problem:
            self.faults += problem.faults
            return
        # Only its proxies and visitors count, but a fault in the rest is one.
        decoder = self._decoder(common)
        decoder.decode(ClientConfig, common.tree)
        self.faults += common.place.lines(decoder.faults)
        parts.proxies.extend(more.proxies)
        parts.visitors.extend(more.visitors)

    def _entries(self, base: type[P], parts: list[Part], checks: Checks, start: list[str]) -> list[P]:
        """Those to run, sorted by name; the others are decoded all the same, but not validated."""
        kept: list[P] = []
        names: set[str] = set()
        for part in parts:
            decoder = self._decoder(part)
            entry = decoder.decode_variant(base, part.tree)
            faults = list(decoder.faults)
            if entry is not None:
                if entry.name in names:
                    faults.append(Fault("name", f"{checks.word} name [{entry.name}] is duplicated"))
                names.update([entry.name] if entry.name else [])
                if entry.enabled and (not start or entry.name in start):
                    fill(entry)
                    kept.append(entry)
                    found = without_known(checks.faults(entry), decoder.faults)
                    faults += (_named(fault, checks.word, entry.name) for fault in found)
                    self.warnings += part.place.lines([*part.warnings, *checks.warnings(entry)])
            self.faults += part.place.lines(faults)
        return sorted(kept, key=_name_bytes)

    def _decoder(self, part: Part) -> Decoder:
        return Decoder(strict=self._strict, variants=VARIANTS, faults=list(part.faults))


def split(tree: Tree, file: str) -> tuple[Part, Parts]:
    """The common options of one file, and its proxies and visitors one by one."""
    rest = {key: value for key, value in tree.items() if key.lower() not in ("proxies", "visitors")}
    common = Part(tree=rest, place=Place(file))
    return common, Parts(_list(tree, "proxies", common), _list(tree, "visitors", common))


def _list(tree: Tree, key: str, common: Part) -> list[Part]:
    value = find(tree, key)
    if value is None:
        return []
    if not isinstance(value, list):
        common.faults.append(Fault(key, f"expected list, got {kind(value)}; in TOML each one begins with [[{key}]]"))
        return []
    return [Part(tree=item, place=Place(common.place.file, f"{key}[{index}]")) for index, item in enumerate(value)]


def _named(fault: Fault, word: str, name: str) -> Fault:
    return Fault(fault.path, f"{word} {name}: {fault.text}" if name else fault.text)


def _name_bytes(entry: ProxyConfig | VisitorConfig) -> bytes:
    return entry.name.encode()
