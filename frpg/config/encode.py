"""Proxies and visitors to the JSON trees of the admin interface and of the store.

Which keys an object has is a contract: some are there even when empty, most only when not. Source: frp 0.70.1
behaviour.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from frpg.config.decode import Tree, field_hint, options
from frpg.config.load_client import VARIANTS
from frpg.config.proxies import ProxyConfig
from frpg.config.values import Bandwidth
from frpg.config.visitors import VisitorConfig

# Wherever such a key may be, it is; null, "", 0 or an object stand for what was not set.
_ALWAYS = frozenset(
    {"name", "type", "value", "group", "intervalSeconds", "bandwidthLimit", "plugin"}
    | {"transport", "loadBalancer", "healthCheck", "requestHeaders", "responseHeaders"}
)
_IF_SET = frozenset({"enabled", "enableHTTP2", "natTraversal"})  # also when set to what is the default


def effective(config: ProxyConfig | VisitorConfig) -> dict[str, Any]:
    """What a completed proxy or visitor runs with, defaults and all, as a flat entry.

    A configuration does not keep whether `enabled = true` and an empty `natTraversal` were written; they are left out.
    """
    tree = _shaped(type(config), _plain(config))
    if config.enabled:
        del tree["enabled"]
    if not tree.get("natTraversal"):
        tree.pop("natTraversal", None)
    return tree


def raw(base: type, tree: Tree) -> dict[str, Any]:
    """What a user wrote, as a flat entry: keys spelt as documented, unknown ones dropped, no defaults added.

    `tree` names its `type` and has been decoded without a fault; `base` is ProxyConfig or VisitorConfig.
    """
    return _variant(base, tree)


def _plain(config: object) -> Any:
    """A part of the model as a tree of v1 keys, with everything in it."""
    if isinstance(config, Bandwidth):
        return config.text
    if isinstance(config, list):
        return [_plain(item) for item in config]
    if not dataclasses.is_dataclass(config):
        return config
    return {option.key: _plain(getattr(config, option.attribute)) for option in options(type(config)).values()}


def _variant(base: type, tree: Tree) -> dict[str, Any]:
    return _shaped(VARIANTS[base].classes[_folded(tree)["type"]], tree)


def _shaped(cls: type, tree: Tree) -> dict[str, Any]:
    """The options of `cls` that `tree` has or that are always there, in the order of the model."""
    given, found = _folded(tree), {}
    for key in (option.key for option in options(cls).values()):
        value = _value(field_hint(cls, key), given.get(key.lower()))
        if key in _ALWAYS or value or (key in _IF_SET and value is not None):
            found[key] = _zero(field_hint(cls, key)) if value is None else value
    return found


def _folded(tree: Tree) -> Mapping[str, Any]:
    return {key.lower(): value for key, value in tree.items() if value is not None}


def _value(hint: Any, value: Any) -> Any:
    """`value` as an option of this type has it; None when it is absent."""
    if value is None:
        return None
    if get_origin(hint) is list:
        return [_item(get_args(hint)[0], item) for item in value]
    if get_origin(hint) is dict:
        return {key: _item(get_args(hint)[1], item) for key, item in value.items()}
    if hint in VARIANTS:
        return _variant(hint, value)
    if hint is Bandwidth:
        return value.strip()
    return _shaped(hint, value) if _is_part(hint) else value


def _item(hint: Any, value: Any) -> Any:
    return _zero(hint) if value is None else _value(hint, value)


def _zero(hint: Any) -> Any:
    """What stands for an absent option whose key is there all the same."""
    if hint in VARIANTS:
        return None
    if hint is Bandwidth:
        return ""
    return _shaped(hint, {}) if _is_part(hint) else hint()


def _is_part(hint: Any) -> bool:
    return dataclasses.is_dataclass(hint)
