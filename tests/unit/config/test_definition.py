from __future__ import annotations

import json
from typing import Any

import pytest

from frpg.config.definition import PROXY, VISITOR, DefinitionError, parse_definition, read_definition, running
from frpg.config.faults import Fault
from frpg.config.proxies import HttpProxyConfig, TcpProxyConfig
from frpg.config.visitors import StcpVisitorConfig


def refusal(tree: object, kind: Any = PROXY, **kw: Any) -> str:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(kind, tree, **kw)
    return str(caught.value)


def test_a_definition_is_taken_as_it_was_sent() -> None:
    sent = {"name": "ssh", "type": "tcp", "tcp": {"localIP": "127.0.0.1", "localPort": 22, "remotePort": 6000}}
    definition = parse_definition(PROXY, sent)
    assert (definition.name, definition.type, definition.is_enabled) == ("ssh", "tcp", True)
    assert json.dumps(definition.tree(), sort_keys=True) == json.dumps(
        {
            "name": "ssh",
            "type": "tcp",
            "tcp": {
                "name": "ssh",
                "type": "tcp",
                "transport": {"bandwidthLimit": ""},
                "loadBalancer": {"group": ""},
                "healthCheck": {"type": "", "intervalSeconds": 0},
                "localIP": "127.0.0.1",
                "localPort": 22,
                "plugin": None,
                "remotePort": 6000,
            },
        },
        sort_keys=True,
    )


def test_its_configuration_is_complete_and_its_own() -> None:
    definition = parse_definition(PROXY, {"name": "a", "type": "tcp", "tcp": {"localIP": "", "localPort": 22}})
    config = definition.config()
    assert config == TcpProxyConfig(name="a", local_ip="127.0.0.1", local_port=22)
    config.metadatas["x"] = "y"
    assert definition.config().metadatas == {}


def test_the_name_and_type_outside_overwrite_those_inside() -> None:
    sent = {"name": " c ", "type": "tcp", "tcp": {"NAME": "zz", "type": "udp", "Enabled": False}}
    definition = parse_definition(PROXY, sent)
    assert (definition.entry["name"], definition.entry["type"]) == (" c ", "tcp")
    assert not definition.is_enabled


def test_keys_outside_are_matched_in_any_letter_case_and_unknown_ones_are_ignored() -> None:
    sent = {"Name": "v", "TYPE": "stcp", "STCP": {"ServerName": "s", "bindport": 1}, "udp": None, "source": "store"}
    assert parse_definition(VISITOR, sent).config() == StcpVisitorConfig(name="v", server_name="s", bind_port=1)


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ([], "parse JSON error: expected object, got list"),
        (None, "parse JSON error: expected object, got null"),
        ({"name": 5, "type": "tcp"}, "parse JSON error: name: expected string, got integer"),
        (
            {"name": " ", "type": "tcp", "tcp": {"remotePort": "x"}},
            "parse JSON error: tcp.remotePort: expected integer, got string, write it without quotes",
        ),
        ({"name": "a", "type": "tcp", "tcp": []}, "parse JSON error: tcp: expected object, got list"),
        ({"name": " \t", "type": "foo"}, "proxy name is required"),
        ({}, "proxy name is required"),
        ({"name": "a", "type": "foo"}, "invalid proxy type: foo"),
        ({"name": "a"}, "invalid proxy type: "),
        ({"name": "a", "type": "TCP", "tcp": {}}, "invalid proxy type: TCP"),
        ({"name": "a", "type": "tcp"}, "exactly one proxy type block is required"),
        ({"name": "a", "type": "tcp", "tcp": None}, "exactly one proxy type block is required"),
        ({"name": "a", "type": "tcp", "tcp": {}, "udp": {}}, "exactly one proxy type block is required"),
        ({"name": "a", "type": "tcp", "udp": {}}, 'proxy type block "udp" does not match type "tcp"'),
        (
            {"name": "a", "type": "http", "http": {"localPort": 70000}},
            "invalid argument: validation error: localPort: port number 70000 must be in the range 0..65535; "
            "customDomains: subdomain and custom domains should not be both empty",
        ),
    ],
)
def test_a_faulty_definition_is_refused_in_the_words_of_frp(tree: object, text: str) -> None:
    assert refusal(tree) == text


def test_visitors_are_refused_as_such() -> None:
    assert refusal({"name": ""}, VISITOR) == "visitor name is required"
    assert refusal({"name": "a", "type": "tcp", "tcp": {}}, VISITOR) == "invalid visitor type: tcp"
    assert refusal({"name": "a", "type": "stcp", "tcp": {}}, VISITOR) == "exactly one visitor type block is required"
    expected = 'visitor type block "sudp" does not match type "stcp"'
    assert refusal({"name": "a", "type": "stcp", "sudp": {}}, VISITOR) == expected
    expected = (
        "invalid argument: validation error: serverName: server name is required; bindPort: bind port is required"
    )
    assert refusal({"name": "a", "type": "stcp", "stcp": {}}, VISITOR) == expected


def test_the_name_in_the_url_is_looked_at_after_the_type_and_before_the_block() -> None:
    assert refusal({"name": "a", "type": "foo"}, name_in_url="b") == "invalid proxy type: foo"
    assert refusal({"name": "a", "type": "tcp"}, name_in_url="b") == "proxy name in URL must match name in body"
    assert refusal({"name": "a", "type": "tcp"}, name_in_url="a") == "exactly one proxy type block is required"


def test_a_refusal_names_the_options_below_the_block() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_definition(PROXY, {"name": "a", "type": "tcp", "tcp": {"transport": {"bandwidthLimit": "7x"}}})
    assert [fault.path for fault in caught.value.found] == ["transport.bandwidthLimit"]
    assert "unit not support" in caught.value.found[0].text
    with pytest.raises(DefinitionError) as caught:
        parse_definition(PROXY, {"name": "a", "type": "tcp", "tcp": {"plugin": {"type": "zz"}}})
    assert [fault.path for fault in caught.value.found] == ["plugin.type"]
    assert "unknown plugin type: zz" in str(caught.value)
    with pytest.raises(DefinitionError) as caught:
        parse_definition(PROXY, {"name": "a", "type": "tcp", "tcp": {"plugin": {"type": "static_file"}}})
    assert caught.value.found == [Fault("plugin.localPath", "plugin static_file: localPath is required")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unexpected EOF"),
        (b'{"name":', "unexpected EOF"),
        (b'{"name":"a"} x', "invalid character 'x' after top-level value"),
        (b'{"name":NaN}', "invalid character 'N'"),
        (b"\xff", "not text in UTF-8"),
        (b'{"name":"\\ud800"}', "half a character"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5000, "number too large"),
    ],
)
def test_a_body_that_is_not_json_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(DefinitionError, match=r"^parse JSON error: ") as caught:
        read_definition(PROXY, body)
    assert reason in str(caught.value)


def test_a_body_is_read_as_a_definition() -> None:
    body = '{"name":"é","type":"tcp","tcp":{"localPort":1}}'.encode()
    assert read_definition(PROXY, body, name_in_url="é").name == "é"


def test_a_running_configuration_is_shown_with_its_defaults() -> None:
    tree = running(HttpProxyConfig(name="web", subdomain="a")).tree()
    assert tree["http"]["localIP"] == "127.0.0.1"
    visitor = running(StcpVisitorConfig(name="v"))
    assert (visitor.kind, visitor.tree()["stcp"]["bindAddr"]) == (VISITOR, "127.0.0.1")


def test_secrets_are_not_in_the_text_of_a_refusal() -> None:
    secret = {"secretKey": "hunter2", "metadatas": {"token": "hunter2"}, "localPort": -1}
    assert "hunter2" not in refusal({"name": "a", "type": "stcp", "stcp": secret})
