from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from frpg.config.client import ClientConfig
from frpg.config.decode import Decoder, Variants, field_hint, find, v1_key
from frpg.config.faults import Fault
from frpg.config.proxies import HttpProxyConfig, TcpProxyConfig
from frpg.config.server import ServerConfig
from frpg.config.values import Bandwidth, PortRange


@dataclass(kw_only=True)
class Inner:
    is_on: bool = False
    size: int = 0


@dataclass(kw_only=True)
class Shape:
    type: str = ""


@dataclass(kw_only=True)
class Circle(Shape):
    radius: int = 0


@dataclass(kw_only=True)
class Outer:
    name: str = "none"
    inner: Inner = field(default_factory=Inner)
    many: list[Inner] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    flags: dict[str, bool] = field(default_factory=dict)
    maybe: Inner | None = None
    limit: Bandwidth = field(default_factory=Bandwidth)
    ports: list[PortRange] = field(default_factory=list)
    shape: Shape | None = None
    free: dict[str, Any] = field(default_factory=dict)


def decode(tree: object, **kw: object) -> tuple[Outer, list[Fault]]:
    decoder = Decoder(variants={Shape: Variants("shape type", {"circle": Circle})}, **kw)  # type: ignore[arg-type]
    return decoder.decode(Outer, tree), decoder.faults


def test_every_kind_of_option_is_decoded() -> None:
    config, faults = decode(
        {
            "name": "n",
            "inner": {"isOn": True, "size": 3},
            "many": [{"size": 1}, {"size": 2}],
            "words": ["a", "b"],
            "flags": {"Upper": True},
            "maybe": {},
            "limit": " 2MB ",
            "ports": [{"start": 1, "end": 3}, {"single": 7}, {"single": 8, "start": 1, "end": 2}],
            "shape": {"type": "circle", "radius": 2},
            "free": {"a": [1, "b", {"c": None}], "d": {"name": 0.5}},
        }
    )
    assert faults == []
    assert config == Outer(
        name="n",
        inner=Inner(is_on=True, size=3),
        many=[Inner(size=1), Inner(size=2)],
        words=["a", "b"],
        flags={"Upper": True},
        maybe=Inner(),
        limit=Bandwidth.parse("2MB"),
        ports=[PortRange(1, 3), PortRange(7, 7), PortRange(8, 8)],
        shape=Circle(type="circle", radius=2),
        free={"a": [1, "b", {"c": None}], "d": {"name": 0.5}},
    )


def test_null_leaves_an_option_absent() -> None:
    config, faults = decode({"name": None, "inner": None, "maybe": None, "many": None})
    assert (config, faults) == (Outer(), [])
    config, faults = decode({"words": [None], "flags": {"a": None}, "many": [None]})
    assert (config, faults) == (Outer(words=[""], flags={"a": False}, many=[Inner()]), [])


@pytest.mark.parametrize("key", ["inner", "INNER", "Inner", "iNNER"])
def test_keys_match_in_any_letter_case(key: str) -> None:
    config, faults = decode({key: {"ISON": True}})
    assert (config.inner.is_on, faults) == (True, [])


def test_of_several_spellings_the_last_in_order_wins() -> None:
    assert decode({"NAME": "a", "Name": "b", "name": "c"})[0].name == "c"
    assert decode({"name": "c", "NAME": "a", "Name": "b"})[0].name == "b"


def test_all_faults_come_together_with_their_full_path() -> None:
    _, faults = decode(
        {
            "name": 5,
            "inner": {"isOn": "yes", "size": "7"},
            "many": [{}, {"size": 1.5}, 3],
            "words": "a",
            "flags": {"a": 1, "b": True},
            "limit": 5,
            "ports": [{"start": "1"}],
        }
    )
    assert dict(faults) == {
        "name": "expected string, got integer, put it in quotes",
        "inner.isOn": "expected boolean, got string, write it without quotes",
        "inner.size": "expected integer, got string, write it without quotes",
        "many[1].size": "expected integer, got number with a fraction",
        "many[2]": "expected object, got integer",
        "words": "expected list, got string, put it in brackets",
        "flags.a": "expected boolean, got integer",
        "limit": 'expected string, got integer, write a number and its unit KB or MB, such as "512KB"',
        "ports[0].start": "expected integer, got string, write it without quotes",
    }


def test_what_does_not_fit_leaves_the_default() -> None:
    config, _ = decode({"name": 5, "inner": {"size": "x", "isOn": True}, "flags": {"a": 1, "b": True}})
    assert config == Outer(inner=Inner(is_on=True), flags={"b": True})


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (True, "expected integer, got boolean"),
        ([], "expected integer, got list"),
        ({}, "expected integer, got object"),
        (2**63, "expected integer of 64 bits, got a larger one"),
        (7000.0, "expected integer, got number with a fraction"),  # of JSON; from TOML and YAML it comes as an integer
        (float("nan"), "expected integer, got number with a fraction"),
    ],
)
def test_what_is_no_integer(value: object, problem: str) -> None:
    assert decode({"inner": {"size": value}})[1] == [Fault("inner.size", problem)]


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 0])
def test_what_is_an_integer(value: int) -> None:
    config, faults = decode({"inner": {"size": value}})
    assert (config.inner.size, faults) == (value, [])


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("nmae", 'unknown field "nmae", did you mean "name"?'),
        ("zzzzzz", 'unknown field "zzzzzz"'),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_one(key: str, text: str) -> None:
    assert decode({key: 1})[1] == [Fault(key, text)]


def test_an_ini_key_is_no_v1_key_but_hints_at_it() -> None:
    decoder = Decoder()
    decoder.decode(TcpProxyConfig, {"local_ip": "x", "remotPort": 1}, "proxies[2]")
    assert decoder.faults == [
        Fault("proxies[2].local_ip", 'unknown field "local_ip", did you mean "localIP"?'),
        Fault("proxies[2].remotPort", 'unknown field "remotPort", did you mean "remotePort"?'),
    ]


def test_without_strict_unknown_keys_are_ignored_at_every_level() -> None:
    config, faults = decode({"x": 1, "inner": {"y": 2, "size": 3}, "shape": {"type": "circle", "z": 1}}, strict=False)
    assert (config.inner.size, faults) == (3, [])


@pytest.mark.parametrize(("value", "text"), [(12345, "12345"), (True, "true"), (False, "false"), (1.5, "1.5")])
def test_coercion_takes_numbers_and_booleans_as_strings(value: object, text: str) -> None:
    config, faults = decode({"name": value, "inner": {"size": "1"}}, coerce=True)
    assert config.name == text
    assert [fault.path for fault in faults] == ["inner.size"]  # never the other way round


@pytest.mark.parametrize(
    ("tree", "fault"),
    [
        ({}, Fault("shape.type", "shape type is required, optional values are [circle]")),
        ({"type": "Circle"}, Fault("shape.type", "unknown shape type: Circle, optional values are [circle]")),
        ({"type": 1}, Fault("shape.type", "expected string, got integer")),
        ({"type": "circle", "radus": 1}, Fault("shape.radus", 'unknown field "radus", did you mean "radius"?')),
        ([], Fault("shape", "expected object, got list")),
    ],
)
def test_faults_of_an_object_with_a_type(tree: object, fault: Fault) -> None:
    assert decode({"shape": tree})[1] == [fault]


@pytest.mark.parametrize("tree", ["text", 3, ["a"]])
def test_a_tree_that_is_no_object(tree: object) -> None:
    config, faults = decode(tree)
    assert config == Outer()
    assert [fault.text.split(",")[0] for fault in faults] == ["expected object"]


def test_no_fault_shows_a_value() -> None:
    decoder = Decoder()
    decoder.decode(ServerConfig, {"auth": {"token": ["s3cret"], "method": {"s3cret": 1}}, "bindPort": "s3cret"})
    assert len(decoder.faults) == 3
    assert "s3cret" not in str(decoder.faults)


@pytest.mark.parametrize(
    ("attribute", "key"),
    [
        ("bind_port", "bindPort"),
        ("vhost_http_port", "vhostHTTPPort"),
        ("vhost_https_port", "vhostHTTPSPort"),
        ("tcpmux_http_connect_port", "tcpmuxHTTPConnectPort"),
        ("custom_404_page", "custom404Page"),
        ("sub_domain_host", "subDomainHost"),
        ("local_ip", "localIP"),
        ("connect_server_local_ip", "connectServerLocalIP"),
        ("client_id", "clientID"),
        ("proxy_url", "proxyURL"),
        ("token_endpoint_url", "tokenEndpointURL"),
        ("disable_custom_tls_first_byte", "disableCustomTLSFirstByte"),
        ("trusted_ca_file", "trustedCaFile"),
        ("route_by_http_user", "routeByHTTPUser"),
        ("http_headers", "httpHeaders"),
        ("enable_http2", "enableHTTP2"),
        ("tls_verify", "tlsVerify"),
        ("fallback_timeout_ms", "fallbackTimeoutMs"),
        ("nathole_analysis_data_reserve_hours", "natholeAnalysisDataReserveHours"),
        ("nat_hole_stun_server", "natHoleStunServer"),
    ],
)
def test_the_rule_for_names(attribute: str, key: str) -> None:
    assert v1_key(attribute) == key


def test_field_hint_follows_a_path() -> None:
    assert field_hint(ServerConfig, "transport.tls.certFile") is str
    assert field_hint(ClientConfig, "transport.tcpMux") is bool
    assert field_hint(HttpProxyConfig, "customDomains") == list[str]


def test_find_ignores_letter_case() -> None:
    assert find({"PROXIES": 1, "a": 2}, "proxies") == 1
    assert find({"Type": "a", "type": "b", "TYPE": "c"}, "type") == "c"
    assert find({"a": 2}, "proxies") is None
