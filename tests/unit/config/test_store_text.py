from __future__ import annotations

import json

import pytest

from frpg.config.definition import PROXY, VISITOR, parse_definition
from frpg.config.store_text import parse_store, store_text
from frpg.errors import ConfigError

# Written by frpc 0.70.1, key order apart.
TEXT = """{
  "proxies": [
    {
      "name": "ssh",
      "type": "tcp",
      "localPort": 22,
      "plugin": null,
      "transport": {
        "bandwidthLimit": ""
      },
      "loadBalancer": {
        "group": ""
      },
      "healthCheck": {
        "type": "",
        "intervalSeconds": 0
      },
      "remotePort": 6000
    }
  ],
  "visitors": [
    {
      "name": "p2p",
      "type": "xtcp",
      "transport": {},
      "secretKey": "abc",
      "serverName": "ssh",
      "bindPort": 9001,
      "plugin": null
    }
  ]
}"""


def test_a_store_is_read_and_written_as_it_was() -> None:
    stored = parse_store(TEXT)
    assert (list(stored.proxies), list(stored.visitors)) == (["ssh"], ["p2p"])
    assert store_text(stored.proxies.values(), stored.visitors.values()) == TEXT


def test_what_the_admin_interface_took_is_written_without_defaults() -> None:
    proxy = parse_definition(PROXY, {"name": "ssh", "type": "tcp", "tcp": {"localPort": 22, "remotePort": 6000}})
    block = {"serverName": "ssh", "secretKey": "abc", "bindPort": 9001}
    visitor = parse_definition(VISITOR, {"name": "p2p", "type": "xtcp", "xtcp": block})
    assert store_text([proxy], [visitor]) == TEXT


def test_entries_are_sorted_by_name_and_empty_lists_left_out() -> None:
    text = json.dumps({"proxies": [{"name": name, "type": "tcp"} for name in ("b", "é", "a")], "visitors": []})
    written = store_text(*(entries.values() for entries in parse_store(text)))
    assert [entry["name"] for entry in json.loads(written)["proxies"]] == ["a", "b", "é"]
    assert "visitors" not in json.loads(written)
    assert store_text([], []) == "{}"


@pytest.mark.parametrize("text", ["{}", "null", '{"proxies": null, "zz": 5}', b"{}"])
def test_an_empty_store_is_read(text: str | bytes) -> None:
    assert parse_store(text) == ({}, {})


def test_of_two_entries_with_one_name_the_last_counts_and_unknown_keys_are_ignored() -> None:
    first, last = {"name": "a", "type": "tcp", "localPort": 1}, {"NAME": "a", "Type": "udp", "zzz": 1}
    (entry,) = parse_store(json.dumps({"PROXIES": [first, last]})).proxies.values()
    assert (entry.type, "localPort" in entry.entry) == ("udp", False)


def test_values_are_left_to_validation() -> None:
    (entry,) = parse_store('{"proxies":[{"name":"a","type":"tcp","localPort":99999}]}').proxies.values()
    assert [fault.path for fault in entry.faults()] == ["localPort"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "failed to parse JSON: unexpected EOF (line 1, column 1)"),
        ("[]", "failed to parse JSON: expected object, got list"),
        ("{} x", "failed to parse JSON: invalid character 'x' after top-level value (line 1, column 4)"),
        (b"\xff", "failed to parse JSON: is not text in UTF-8"),
        ('{"proxies":5}', "failed to parse JSON: proxies: expected list, got integer"),
        ('{"proxies":[5]}', "failed to decode proxy at index 0: expected object, got integer"),
        ('{"proxies":[null]}', "failed to decode proxy at index 0: type is required"),
        ('{"proxies":[{}]}', "failed to decode proxy at index 0: unknown proxy type: "),
        (
            '{"proxies":[{"name":"a","type":"tcp"},{"type":"x"}]}',
            "failed to decode proxy at index 1: unknown proxy type: x",
        ),
        ('{"visitors":[{"name":"a","type":"tcp"}]}', "failed to decode visitor at index 0: unknown visitor type: tcp"),
        ('{"proxies":[{"type":"tcp"}]}', "proxy name cannot be empty"),
        ('{"visitors":[{"name":"","type":"stcp"}]}', "visitor name cannot be empty"),
        (
            '{"proxies":[{"name":"a","type":"tcp","remotePort":"5"}]}',
            "failed to decode proxy at index 0: remotePort: expected integer, got string, write it without quotes",
        ),
    ],
)
def test_one_entry_that_cannot_be_taken_spoils_the_file(text: str | bytes, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_store(text)
    assert str(caught.value) == reason
