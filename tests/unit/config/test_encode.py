from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, get_args

import pytest

from frpg.config.decode import Decoder, field_hint, options
from frpg.config.defaults import fill
from frpg.config.encode import effective, raw
from frpg.config.load_client import VARIANTS
from frpg.config.plugins import CLIENT_PLUGINS, VISITOR_PLUGINS
from frpg.config.proxies import PROXY_TYPES, NatTraversalConfig, ProxyConfig, TcpProxyConfig, XtcpProxyConfig
from frpg.config.values import Bandwidth
from frpg.config.visitors import VISITOR_TYPES, VisitorConfig, XtcpVisitorConfig

BARE = {"transport": {"bandwidthLimit": ""}, "loadBalancer": {"group": ""}}
BARE_CHECK = {"type": "", "intervalSeconds": 0}


def decoded(base: type, tree: object) -> Any:
    decoder = Decoder(strict=True, variants=VARIANTS)
    config = decoder.decode_variant(base, tree)
    assert decoder.faults == []
    return config


def full(cls: type) -> dict[str, Any]:
    """A tree that sets every option of `cls` to something that is no default."""
    return {option.key: _something(field_hint(cls, option.key)) for option in options(cls).values()}


def _something(hint: Any) -> Any:
    if hint in VARIANTS:
        type_, cls = next(iter(VARIANTS[hint].classes.items()))
        return full(cls) | {"type": type_}
    if hint is Bandwidth:
        return "7KB"
    if is_dataclass(hint):
        return full(hint)  # type: ignore[arg-type]
    parts = get_args(hint)
    if len(parts) == 2:
        return {"Some-Key": "v"}
    return [_something(parts[0])] if parts else {bool: True, int: 7, str: "text"}[hint]


ENTRIES = [(ProxyConfig, name) for name in PROXY_TYPES] + [(VisitorConfig, name) for name in VISITOR_TYPES]


@pytest.mark.parametrize(("base", "name"), ENTRIES)
def test_an_entry_with_every_option_set_comes_back_as_it_was(base: type, name: str) -> None:
    tree = full(VARIANTS[base].classes[name]) | {"type": name}
    assert raw(base, tree) == tree
    assert effective(decoded(base, tree)) == {key: value for key, value in tree.items() if key != "enabled"}


@pytest.mark.parametrize(("base", "name"), ENTRIES)
def test_an_effective_entry_is_read_back_as_the_same_configuration(base: type, name: str) -> None:
    config = VARIANTS[base].classes[name](name="n")
    fill(config)
    assert decoded(base, effective(config)) == config


@pytest.mark.parametrize("plugins", [CLIENT_PLUGINS, VISITOR_PLUGINS])
def test_every_plugin_comes_back_as_it_was(plugins: dict[str, type]) -> None:
    base = ProxyConfig if plugins is CLIENT_PLUGINS else VisitorConfig
    for name, cls in plugins.items():
        plugin = full(cls) | {"type": name}
        assert raw(base, {"name": "n", "type": "stcp", "plugin": plugin})["plugin"] == plugin


def test_a_raw_entry_has_what_was_sent_and_the_keys_that_are_always_there() -> None:
    assert raw(ProxyConfig, {"name": "n", "type": "tcp", "localPort": 22}) == {
        "name": "n",
        "type": "tcp",
        "localPort": 22,
        "plugin": None,
        **BARE,
        "healthCheck": BARE_CHECK,
    }
    assert raw(VisitorConfig, {"name": "n", "type": "stcp"}) == {
        "name": "n",
        "type": "stcp",
        "transport": {},
        "plugin": None,
    }


def test_the_header_objects_of_http_and_the_bridges_are_always_there() -> None:
    entry = raw(ProxyConfig, {"name": "n", "type": "http", "plugin": {"type": "http2http"}})
    assert (entry["requestHeaders"], entry["responseHeaders"]) == ({}, {})
    assert entry["plugin"] == {"type": "http2http", "requestHeaders": {}}
    assert raw(ProxyConfig, {"name": "n", "type": "tcp", "plugin": {"type": "socks5"}})["plugin"] == {"type": "socks5"}


def test_keys_are_spelt_as_documented_and_unknown_ones_are_dropped() -> None:
    sent = {
        "NAME": "n",
        "Type": "tcp",
        "LOCALip": "::1",
        "local_port": 1,
        "zz": 1,
        "Transport": {"USEencryption": True},
    }
    entry = raw(ProxyConfig, sent)
    assert entry["localIP"] == "::1"
    assert entry["transport"] == {"useEncryption": True, "bandwidthLimit": ""}
    assert {"local_port", "zz", "NAME"}.isdisjoint(entry)


def test_what_is_empty_is_left_out_but_a_switch_that_was_set_is_kept() -> None:
    plugin = {"type": "https2http", "enableHTTP2": False, "crtPath": ""}
    sent = {"localIP": "", "localPort": 0, "annotations": {}, "enabled": False, "plugin": plugin, "natTraversal": {}}
    entry = raw(ProxyConfig, {"name": "n", "type": "xtcp", **sent, "allowUsers": []})
    assert entry["enabled"] is False
    assert entry["natTraversal"] == {}
    assert entry["plugin"] == {"type": "https2http", "requestHeaders": {}, "enableHTTP2": False}
    assert {"localIP", "localPort", "annotations", "allowUsers"}.isdisjoint(entry)


def test_null_leaves_an_option_unset_and_is_an_empty_text_in_a_map() -> None:
    sent = {"localPort": None, "transport": None, "metadatas": {"a": None}, "healthCheck": {"httpHeaders": [None]}}
    entry = raw(ProxyConfig, {"name": "n", "type": "tcp", **sent})
    assert entry["metadatas"] == {"a": ""}
    assert entry["transport"] == {"bandwidthLimit": ""}
    assert entry["healthCheck"]["httpHeaders"] == [{"name": "", "value": ""}]


def test_an_effective_entry_shows_defaults() -> None:
    config = TcpProxyConfig(name="n", local_port=22)
    config.transport.bandwidth_limit = Bandwidth.parse(" 1MB ")
    fill(config)
    entry = effective(config)
    assert entry["localIP"] == "127.0.0.1"
    assert entry["transport"] == {"bandwidthLimit": "1MB", "bandwidthLimitMode": "client"}
    assert "enabled" not in entry
    assert effective(XtcpVisitorConfig(name="v", bind_port=-1, enabled=False)) == {
        "name": "v",
        "type": "xtcp",
        "enabled": False,
        "transport": {},
        "bindAddr": "127.0.0.1",
        "bindPort": -1,
        "plugin": None,
        "protocol": "quic",
        "maxRetriesAnHour": 8,
        "minRetryInterval": 90,
        "fallbackTimeoutMs": 1000,
    }


def test_the_hole_punching_of_an_effective_entry_shows_only_when_it_says_something() -> None:
    assert "natTraversal" not in effective(XtcpProxyConfig(name="n"))
    config = XtcpProxyConfig(name="n", nat_traversal=NatTraversalConfig(disable_assisted_addrs=True))
    assert effective(config)["natTraversal"] == {"disableAssistedAddrs": True}
