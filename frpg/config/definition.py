"""Definition objects: how the admin interface writes one proxy or visitor, `{"name":N,"type":T,"T":{…}}`.

Checks run in frp's order, and their texts are frp's own. Source: frp 0.70.1 behaviour.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from frpg.config.decode import Decoder, Tree, kind
from frpg.config.defaults import fill
from frpg.config.encode import effective, raw
from frpg.config.faults import Fault, Place
from frpg.config.json_tree import JsonError, read_json
from frpg.config.load_client import VARIANTS
from frpg.config.proxies import ProxyConfig
from frpg.config.validate_proxies import proxy_faults, visitor_faults
from frpg.config.visitors import VisitorConfig
from frpg.errors import ConfigError

Entry = ProxyConfig | VisitorConfig


class Kind(NamedTuple):
    """What proxies and visitors differ in here."""

    word: str
    base: type[Entry]
    check: Callable[..., Iterator[Fault]]

    @property
    def label(self) -> str:
        return VARIANTS[self.base].label

    @property
    def classes(self) -> Mapping[str, type[Entry]]:
        return VARIANTS[self.base].classes


PROXY = Kind("proxy", ProxyConfig, proxy_faults)
VISITOR = Kind("visitor", VisitorConfig, visitor_faults)


class DefinitionError(ConfigError):
    """Reaction: answer 400 with str(), change nothing. `found` are the faults, by v1 key path in the block."""

    def __init__(self, text: str, found: list[Fault] | None = None) -> None:
        self.found = found or []
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Definition:
    """One proxy or visitor as a flat entry, whose keys are those of a configuration file. May hold secrets."""

    kind: Kind
    entry: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.entry["name"])

    @property
    def type(self) -> str:
        return str(self.entry["type"])

    @property
    def is_enabled(self) -> bool:
        return bool(self.entry.get("enabled", True))

    def tree(self) -> dict[str, Any]:
        """The definition object."""
        return {"name": self.name, "type": self.type, self.type: dict(self.entry)}

    def config(self) -> Any:
        """The completed ProxyConfig or VisitorConfig, a new one each time; not validated."""
        config = _decoder().decode(self.kind.classes[self.type], self.entry)
        fill(config)
        return config

    def faults(self) -> list[Fault]:
        """What is wrong with its values."""
        return list(self.kind.check(self.config()))

    def validate(self) -> None:
        """Raises DefinitionError."""
        if faults := self.faults():
            raise DefinitionError(f"invalid argument: validation error: {listed(faults)}", faults)


def running(config: Entry) -> Definition:
    """The definition of a completed configuration, with its defaults."""
    return Definition(PROXY if isinstance(config, ProxyConfig) else VISITOR, effective(config))


def read_definition(kind_: Kind, body: bytes, *, name_in_url: str | None = None) -> Definition:
    """As `parse_definition`, from the body of a request.

    Raises:
        DefinitionError: also when the body is not JSON.
    """
    try:
        tree = read_text(body)
    except JsonError as error:
        raise _no_json(str(error)) from None
    return parse_definition(kind_, tree, name_in_url=name_in_url)


def parse_definition(kind_: Kind, tree: object, *, name_in_url: str | None = None) -> Definition:
    """A definition object as it was sent, checked. The name in a URL, if given, must be the one inside.

    Raises:
        DefinitionError: the first thing that is wrong, of values all.
    """
    name, type_, blocks = _envelope(kind_, tree)
    if not name.strip():
        raise DefinitionError(f"{kind_.word} name is required")
    if type_ not in kind_.classes:
        raise DefinitionError(f"invalid {kind_.label}: {type_}")
    if name_in_url is not None and name != name_in_url:
        raise DefinitionError(f"{kind_.word} name in URL must match name in body")
    if len(blocks) != 1:
        raise DefinitionError(f"exactly one {kind_.label} block is required")
    ((key, block),) = blocks.items()
    if key != type_:
        raise DefinitionError(f'{kind_.label} block "{key}" does not match type "{type_}"')
    inner = {key: value for key, value in block.items() if key.lower() not in ("name", "type")}
    definition = Definition(kind_, raw(kind_.base, {"name": name, "type": type_, **inner}))
    definition.validate()
    return definition


def read_text(text: str | bytes) -> object:
    """The value of a JSON text of which all is meant.

    Raises:
        JsonError: not JSON, or nothing that could be written again.
    """
    try:
        value = read_json(text.decode() if isinstance(text, bytes) else text, strict=False)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise JsonError("is not text in UTF-8") from None
    except UnicodeEncodeError:
        raise JsonError("half a character: \\ud800 to \\udfff come in pairs") from None
    except RecursionError:
        raise JsonError("nested too deeply") from None
    return value


def entry_faults(kind_: Kind, type_: str, tree: object) -> list[Fault]:
    """What in a flat entry is of the wrong type, or a word that means nothing; unknown keys are no fault."""
    decoder = _decoder()
    decoder.decode(kind_.classes[type_], tree)
    return decoder.faults


def listed(faults: list[Fault]) -> str:
    """Faults on one line."""
    return "; ".join(Place().lines(faults))


def _envelope(kind_: Kind, tree: object) -> tuple[str, str, dict[str, Tree]]:
    """Name, type and the blocks that are not null; a fault in any of them is one of the whole."""
    if not isinstance(tree, Mapping):
        raise _no_json(f"expected object, got {kind(tree)}")
    given = {key.lower(): value for key, value in tree.items() if value is not None}
    blocks = {key: given[key] for key in kind_.classes if key in given}
    heads = {key: given.get(key, "") for key in ("name", "type")}
    wrong = {key: value for key, value in heads.items() if not isinstance(value, str)}
    found = [Fault(key, f"expected string, got {kind(value)}") for key, value in wrong.items()]
    lines = Place().lines(found)
    for key, block in blocks.items():
        faults = entry_faults(kind_, key, block)
        found += faults
        lines += Place(prefix=key).lines(faults)
    if found:
        raise DefinitionError(f"parse JSON error: {'; '.join(lines)}", found)
    return heads["name"], heads["type"], blocks


def _no_json(reason: str) -> DefinitionError:
    return DefinitionError(f"parse JSON error: {reason}")


def _decoder() -> Decoder:
    return Decoder(strict=False, variants=VARIANTS)
