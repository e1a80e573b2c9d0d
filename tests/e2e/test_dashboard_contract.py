"""frp's API v1 and v2 as tools know them: names and JSON types of every answer, with something of everything."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.lab import Lab
from tests.support.web_api import ODD_NAME, Work

ODD = quote(ODD_NAME, safe="")
GONE = "bob.cid%2F2"

# A shape is a type, a tuple of types, [shape of each item], or {key: shape}; a key that may be missing ends with "?".
COUNTS = {"tcp": int, "udp": int, "http": int, "https": int, "tcpmux": int}
CONFIG = {
    "bindPort": int, "vhostHTTPPort": int, "vhostHTTPSPort": int, "tcpmuxHTTPConnectPort": int, "kcpBindPort": int,
    "quicBindPort": int, "subdomainHost": str, "maxPoolCount": int, "maxPortsPerClient": int, "heartbeatTimeout": int,
}  # fmt: skip
STATUS = {
    "totalTrafficIn": int, "totalTrafficOut": int, "curConns": int, "clientCounts": int, "proxyTypeCount": COUNTS,
}  # fmt: skip
SERVER_INFO = {"version": str, "allowPortsStr?": str, "tlsForce?": bool, **CONFIG, **STATUS}
SYSTEM_INFO = {"version": str, "config": CONFIG | {"allowPortsStr": str, "tlsForce": bool}, "status": STATUS}
CLIENT = {
    "key": str, "user": str, "clientID": str, "runID": str, "version?": str, "wireProtocol?": str, "hostname": str,
    "clientIP?": str, "firstConnectedAt": int, "lastConnectedAt": int, "disconnectedAt?": int, "online": bool,
}  # fmt: skip
TRANSPORT = {"bandwidthLimit": str, "bandwidthLimitMode": str}
CONF = {
    "name": str, "type": str, "annotations?": {"a/b": str}, "metadatas?": {"k": str},
    "transport": TRANSPORT | {"useEncryption?": bool, "useCompression?": bool},
    "loadBalancer": {"group": str, "groupKey?": str}, "healthCheck": {"type": str, "intervalSeconds": int},
    "localIP": str, "plugin": type(None),
}  # fmt: skip
DOMAINS = {"customDomains": [str], "subdomain?": str}
CONFS = {
    "tcp": CONF | {"remotePort": int},
    "udp": CONF | {"remotePort": int},
    "http": CONF | DOMAINS | {"locations": ([str], type(None)), "hostHeaderRewrite": str},
    "https": CONF | DOMAINS,
    "tcpmux": CONF | DOMAINS | {"multiplexer": str, "routeByHTTPUser": str},
}
PROXY_V1 = {
    "name": str, "user?": str, "clientID?": str, "todayTrafficIn": int, "todayTrafficOut": int, "curConns": int,
    "lastStartTime": str, "lastCloseTime": str, "status": str,
}  # fmt: skip
SPEC = {
    "transport": TRANSPORT | {"useEncryption": bool, "useCompression": bool}, "loadBalancer": {"group": str},
    "annotations?": {"a/b": str}, "metadatas?": {"k": str},
}  # fmt: skip
OPTIONAL = {"customDomains?": [str], "subdomain?": str}
SPECS = {
    "tcp": SPEC | {"remotePort": int},
    "udp": SPEC | {"remotePort": int},
    "http": SPEC | OPTIONAL | {"locations?": [str], "hostHeaderRewrite?": str, "routeByHTTPUser?": str},
    "https": SPEC | OPTIONAL,
    "tcpmux": SPEC | OPTIONAL | {"multiplexer?": str, "routeByHTTPUser?": str},
}
PROXY_V2 = {
    "name": str, "user": str, "clientID": str,
    "status": {
        "phase": str, "todayTrafficIn": int, "todayTrafficOut": int, "curConns": int, "lastStartAt?": int,
        "lastCloseAt?": int,
    },
}  # fmt: skip
USER = {"user": str, "clientCount": int, "proxyCount": int}
DAY = {"date": str, "trafficIn": int, "trafficOut": int}


def faults(found: Any, shape: Any, place: str = "$") -> Iterator[str]:
    """What is wrong with `found`; empty when it has that shape."""
    if isinstance(shape, tuple):
        if all(list(faults(found, one, place)) for one in shape):
            yield f"{place}: {found!r} is none of {shape}"
    elif isinstance(shape, list):
        if not isinstance(found, list):
            yield f"{place}: {found!r} is no list"
            return
        for index, item in enumerate(found):
            yield from faults(item, shape[0], f"{place}[{index}]")
    elif isinstance(shape, dict):
        if not isinstance(found, dict):
            yield f"{place}: {found!r} is no object"
            return
        known = {key.removesuffix("?"): one for key, one in shape.items()}
        yield from (f"{place}: unknown key {key}" for key in found.keys() - known.keys())
        yield from (f"{place}: no key {key}" for key in shape if not key.endswith("?") and key not in found)
        for key in found.keys() & known.keys():
            yield from faults(found[key], known[key], f"{place}.{key}")
    elif type(found) is not shape:
        yield f"{place}: {found!r} is no {shape}"


def check(found: Any, shape: Any) -> None:
    assert list(faults(found, shape)) == []


def check_v1(proxy: Any, kind: str) -> None:
    check(proxy, PROXY_V1 | {"conf": CONFS[kind] if proxy["status"] == "online" else type(None)})


def check_v2(proxy: Any) -> None:
    kind = proxy["spec"]["type"]
    check(proxy, PROXY_V2 | {"spec": {"type": str, kind: SPECS[kind] if proxy["status"]["phase"] == "online" else {}}})


def page_of(shape: Any) -> Any:
    return {"total": int, "page": int, "pageSize": int, "items": [shape]}


@pytest.fixture
def work(lab: Lab) -> Work:
    return Work(lab)


def test_api_v1(work: Work) -> None:
    api = work.api
    check(api.get("/api/serverinfo"), SERVER_INFO)
    for kind in CONFS:
        answer = api.get(f"/api/proxy/{kind}")
        assert set(answer) == {"proxies"}
        assert answer["proxies"]
        for proxy in answer["proxies"]:
            check_v1(proxy, kind)
    for path in ("/api/proxies/alice.tcp1", "/api/proxy/tcp/bob.gone"):
        check_v1(api.get(path), "tcp")
    traffic = api.get("/api/traffic/alice.tcp1")
    check(traffic, {"name": str, "trafficIn": [int], "trafficOut": [int]})
    assert len(traffic["trafficIn"]) == len(traffic["trafficOut"]) == 7
    assert traffic["trafficIn"][0] == traffic["trafficOut"][0] == 24
    clients = api.get("/api/clients")
    assert len(clients) == 3
    check(clients, [CLIENT])
    check(api.get("/api/clients/alice.cid1"), CLIENT)


def test_api_v2(work: Work) -> None:
    api = work.api
    check(api.data("/system/info"), SYSTEM_INFO)
    check(api.data("/users"), page_of(USER))
    check(api.data("/clients"), page_of(CLIENT))
    detail = CLIENT | {"status": {"phase": str, "curConns": int, "proxyCount": int}}
    for key in ("alice.cid1", GONE):
        check(api.data(f"/clients/{key}"), detail)
    proxies = api.data("/proxies")
    check(proxies | {"items": []}, page_of(None))
    assert (proxies["total"], {proxy["spec"]["type"] for proxy in proxies["items"]}) == (9, set(SPECS))
    for proxy in (*proxies["items"], api.data("/proxies/bob.gone"), api.data(f"/proxies/{ODD}")):
        check_v2(proxy)
    traffic = api.data(f"/proxies/{ODD}/traffic")
    check(traffic, {"name": str, "unit": str, "granularity": str, "history": [DAY]})
    assert (len(traffic["history"]), traffic["history"][-1]["trafficIn"]) == (7, 24)


def test_offline_and_online(work: Work) -> None:
    api = work.api
    assert [proxy["name"] for proxy in api.items("/proxies?status=offline")] == ["bob.gone"]
    gone = api.data("/proxies/bob.gone")
    assert gone["spec"] == {"type": "tcp", "tcp": {}}
    assert gone["status"]["lastCloseAt"] >= gone["status"]["lastStartAt"]
    client = api.data(f"/clients/{GONE}")
    assert (client["online"], client["runID"], client["status"]["phase"]) == (False, "", "offline")
    assert client["disconnectedAt"] >= client["firstConnectedAt"]
    assert api.act("POST", "/system/prune?type=offline_proxies") == {
        "type": "offline_proxies", "cleared": 1, "total": 9,
    }  # fmt: skip
    assert api.ask("GET", "/api/v2/proxies/bob.gone").status == 404
    assert api.data(f"/clients/{GONE}")["status"]["proxyCount"] == 0  # clients are not pruned
