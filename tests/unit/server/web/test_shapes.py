"""Proxies and clients as JSON: each type's keys, what is left out when empty, and no secret."""

import json
from typing import Any

import pytest

from frpg.config.values import PortRange
from frpg.proto.messages import Login, NewProxy
from frpg.server.clients import ClientRecord
from frpg.server.statistics import Record
from frpg.server.web.shapes import client_v1, proxy_v1, proxy_v2, server_config
from tests.unit.server.conftest import server_config as make_config

STARTED = 1795413122.9
SECRETS = {
    "http_pwd": "s3cret-password", "sk": "s3cret-sk", "group_key": "s3cret-group",
    "headers": {"x-key": "s3cret-header"}, "response_headers": {"x-key": "s3cret-answer"},
}  # fmt: skip


def record(kind: str = "tcp", **fields: Any) -> Record:
    found = Record(NewProxy(proxy_name="alice.p", proxy_type=kind, **fields), Login(user="alice"), "cid1")
    found.started_at, found.port = STARTED, 6000 if kind in ("tcp", "udp") else 0
    return found


def v1(found: Record, *, is_online: bool = True) -> Any:
    return proxy_v1(found, is_online=is_online)


def v2(found: Record, *, is_online: bool = True, is_blocked: bool = False) -> Any:
    return proxy_v2(found, is_online=is_online, is_blocked=is_blocked)


def test_v1_of_a_proxy_with_everything() -> None:
    found = record(
        annotations={"a/b": "c"}, metas={"k": "v"}, use_encryption=True, use_compression=True, bandwidth_limit="1MB",
        bandwidth_limit_mode="server", group="g", **SECRETS,
    )  # fmt: skip
    found.traffic_in.value = 5
    answer = v1(found)
    assert answer["conf"] == {
        "name": "alice.p",
        "type": "tcp",
        "annotations": {"a/b": "c"},
        "transport": {
            "useEncryption": True, "useCompression": True, "bandwidthLimit": "1MB", "bandwidthLimitMode": "server",
        },
        "metadatas": {"k": "v"},
        "loadBalancer": {"group": "g", "groupKey": "***"},
        "healthCheck": {"type": "", "intervalSeconds": 0},
        "localIP": "127.0.0.1",
        "plugin": None,
        "remotePort": 6000,
    }  # fmt: skip
    assert {key: answer[key] for key in ("name", "user", "clientID", "todayTrafficIn", "curConns", "status")} == {
        "name": "alice.p", "user": "alice", "clientID": "cid1", "todayTrafficIn": 5, "curConns": 0, "status": "online",
    }  # fmt: skip


def test_v1_of_one_that_has_ended() -> None:
    found = record()
    found.closed_at = STARTED + 60
    answer = v1(found, is_online=False)
    assert (answer["conf"], answer["status"]) == (None, "offline")
    assert [len(answer[key]) for key in ("lastStartTime", "lastCloseTime")] == [14, 14]  # MM-DD hh:mm:ss
    assert v1(record())["lastCloseTime"] == ""


DOMAINS = {"custom_domains": ["www.test"], "subdomain": "sub"}


@pytest.mark.parametrize(
    ("kind", "fields", "keys"),
    [
        ("udp", {}, {"remotePort": 6000}),
        ("https", DOMAINS, {"customDomains": ["www.test"], "subdomain": "sub"}),
        ("https", {}, {"customDomains": None}),
        ("http", {}, {"customDomains": None, "locations": None, "hostHeaderRewrite": ""}),
        (
            "http",
            {**DOMAINS, "locations": ["/"], "host_header_rewrite": "h", "route_by_http_user": "u"},
            {"customDomains": ["www.test"], "subdomain": "sub", "locations": ["/"], "hostHeaderRewrite": "h"},
        ),
        (
            "tcpmux",
            {**DOMAINS, "multiplexer": "httpconnect", "route_by_http_user": "u"},
            {"customDomains": ["www.test"], "subdomain": "sub", "multiplexer": "httpconnect", "routeByHTTPUser": "u"},
        ),
        ("stcp", {}, {}),
        ("xtcp", {}, {}),
        ("sudp", {}, {}),
    ],
)
def test_v1_keys_of_each_type(kind: str, fields: dict[str, Any], keys: dict[str, Any]) -> None:
    conf = v1(record(kind, **fields))["conf"]
    common = {"name", "type", "transport", "loadBalancer", "healthCheck", "localIP", "plugin"}
    assert {key: value for key, value in conf.items() if key not in common} == keys


@pytest.mark.parametrize("kind", ["tcp", "udp", "http", "https", "tcpmux", "stcp", "xtcp", "sudp"])
def test_v2_has_one_block_named_like_the_type(kind: str) -> None:
    spec = v2(record(kind))["spec"]
    assert set(spec) == {"type", kind}
    assert spec["type"] == kind
    always = {
        "transport": {
            "useEncryption": False, "useCompression": False, "bandwidthLimit": "", "bandwidthLimitMode": "client",
        },
        "loadBalancer": {"group": ""},
    }  # fmt: skip
    assert spec[kind] == always | ({"remotePort": 6000} if kind in ("tcp", "udp") else {})
    assert v2(record(kind), is_online=False)["spec"] == {"type": kind, kind: {}}


def test_v2_status() -> None:
    found = record()
    found.traffic_out.value = 7
    status = {"phase": "online", "todayTrafficIn": 0, "todayTrafficOut": 7, "curConns": 0, "lastStartAt": 1795413122}
    assert v2(found)["status"] == status
    found.closed_at = STARTED + 60
    status |= {"phase": "offline", "lastCloseAt": 1795413182, "blocked": True}
    assert v2(found, is_online=False, is_blocked=True)["status"] == status


@pytest.mark.parametrize("kind", ["tcp", "udp", "http", "https", "tcpmux", "stcp", "xtcp", "sudp"])
def test_no_secret_of_a_proxy(kind: str) -> None:
    found = record(kind, **SECRETS, http_user="visitor")
    for answer in (v1(found), v2(found)):
        assert "s3cret" not in json.dumps(answer)


def test_client() -> None:
    login = Login(user="alice", client_id="cid1", hostname="vm", version="0.70.1", privilege_key="s3cret")
    client = ClientRecord("alice.cid1", login, 0.0)
    client.log_in(login, "run1", "203.0.113.7", "v2", STARTED)
    client.is_online, client.first_connected = True, STARTED - 10
    expected = {
        "key": "alice.cid1", "user": "alice", "clientID": "cid1", "runID": "run1", "version": "0.70.1",
        "wireProtocol": "v2", "hostname": "vm", "clientIP": "203.0.113.7", "firstConnectedAt": 1795413112,
        "lastConnectedAt": 1795413122, "online": True,
    }  # fmt: skip
    assert client_v1(client) == expected
    client.is_online, client.disconnected_at, client.run_id = False, STARTED + 1, ""
    expected |= {"runID": "", "online": False, "disconnectedAt": 1795413123}
    assert client_v1(client) == expected
    assert client_v1(client, STARTED) == expected | {"blockedUntil": 1795413122}


def test_client_that_tells_little() -> None:
    client = ClientRecord("run1", Login(), 0.0)
    client.log_in(Login(), "run1", "", "", STARTED)
    client.is_online = True
    assert not {"version", "wireProtocol", "clientIP", "disconnectedAt", "blockedUntil"} & set(client_v1(client))
    assert client_v1(client)["clientID"] == "run1"


def test_server() -> None:
    config = make_config(allow_ports=[PortRange(1000, 2000), PortRange(3000, 3000)], transport__tls__force=True)
    found = server_config(config)
    assert (found["allowPortsStr"], found["tlsForce"]) == ("1000-2000,3000", True)
    assert set(found) == {
        "bindPort", "vhostHTTPPort", "vhostHTTPSPort", "tcpmuxHTTPConnectPort", "kcpBindPort", "quicBindPort",
        "subdomainHost", "maxPoolCount", "maxPortsPerClient", "heartbeatTimeout", "allowPortsStr", "tlsForce",
    }  # fmt: skip
    assert "correct horse" not in json.dumps(found)
