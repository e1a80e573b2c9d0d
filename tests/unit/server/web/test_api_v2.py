"""frp's API v2 over a server that runs: envelopes, lists with filters, details."""

import datetime
from urllib.parse import quote

import pytest

from frpg.proto.messages import CloseProxy
from tests.support.users import tcp_echoes
from tests.support.waiting import eventually
from tests.support.web_api import ODD_NAME, Dashboard
from tests.unit.server.web.conftest import LogIn


def names(api: Dashboard, path: str, key: str = "name") -> list[str]:
    return [item[key] for item in api.items(path)]


def test_system_info(api: Dashboard, log_in: LogIn) -> None:
    assert api.data("/system/info")["status"] == {
        "totalTrafficIn": 0, "totalTrafficOut": 0, "curConns": 0, "clientCounts": 0, "proxyTypeCount": {},
    }  # fmt: skip
    log_in().publish("p")
    info = api.data("/system/info")
    assert info["status"]["proxyTypeCount"] == {"tcp": 1}
    assert (info["config"]["tlsForce"], info["config"]["subdomainHost"]) == (False, "hosts.test")


def test_proxies_by_type_and_name(api: Dashboard, log_in: LogIn) -> None:
    peer = log_in()
    for name, kind in (("z", "tcp"), ("b", "udp"), ("a", "udp"), ("B", "tcp")):
        peer.publish(name, kind)
    assert names(api, "/proxies") == ["B", "z", "a", "b"]
    assert names(api, "/proxies?page=2&pageSize=3") == ["b"]
    assert api.data("/proxies?pageSize=1")["total"] == 4


def test_filters_of_proxies(api: Dashboard, log_in: LogIn) -> None:
    alice, nobody = log_in("alice", "cid"), log_in()
    port = alice.publish("ssh")
    for peer, kind, fields in (
        (alice, "http", {"custom_domains": ["www.test"], "subdomain": "sub", "locations": ["/"]}),
        (nobody, "https", {"custom_domains": ["tls.test"]}),
        (nobody, "tcpmux", {"custom_domains": ["mux.test"], "multiplexer": "httpconnect"}),
    ):
        assert peer.new_proxy(f"{kind}-proxy", kind, **fields).error == ""
    alice.publish("gone")
    alice.send(CloseProxy(proxy_name="gone"))
    eventually(lambda: api.data("/proxies/gone")["status"]["phase"] == "offline")
    for query, found in {
        "status=offline": ["gone"],
        "status=Online&type=TCP": ["ssh"],
        "user=alice": ["http-proxy", "gone", "ssh"],
        "user=": ["https-proxy", "tcpmux-proxy"],
        "clientID=cid&type=tcp": ["gone", "ssh"],
        f"clientID={nobody.run_id}": ["https-proxy", "tcpmux-proxy"],
        "q=SSH": ["ssh"],
        f"q={port}": ["ssh"],
        "q=www.T": ["http-proxy"],
        "q=sub": ["http-proxy"],
        "q=tls.test": ["https-proxy"],
        "q=mux.test": ["tcpmux-proxy"],
        "q=ofFline": ["gone"],
        "q=alice": ["http-proxy", "gone", "ssh"],
        "q=tcpm": ["tcpmux-proxy"],
        "q=hosts.test": [],
        "type=stcp": [],
    }.items():
        assert names(api, f"/proxies?{query}") == found, query


def test_one_proxy(api: Dashboard, log_in: LogIn) -> None:
    port = log_in("alice", "cid").publish(ODD_NAME)
    path = f"/proxies/{quote(ODD_NAME, safe='')}"
    proxy = api.data(path)
    assert (proxy["name"], proxy["user"], proxy["clientID"]) == (ODD_NAME, "alice", "cid")
    assert proxy["spec"]["tcp"]["remotePort"] == port
    assert set(proxy["status"]) == {"phase", "todayTrafficIn", "todayTrafficOut", "curConns", "lastStartAt"}
    assert api.data(f"{path}/traffic")["name"] == ODD_NAME


def test_a_week_of_traffic_ends_today(api: Dashboard, log_in: LogIn) -> None:
    assert tcp_echoes(log_in().publish("p"), b"12345")
    eventually(lambda: api.data("/proxies/p/traffic")["history"][-1]["trafficOut"] == 5)
    traffic = api.data("/proxies/p/traffic")
    today = datetime.date.today()
    assert [day["date"] for day in traffic["history"]] == [
        (today - datetime.timedelta(days=ago)).isoformat() for ago in range(6, -1, -1)
    ]
    assert (traffic["unit"], traffic["granularity"]) == ("bytes", "day")
    assert {key: traffic["history"][-1][key] for key in ("trafficIn", "trafficOut")} == {
        "trafficIn": 5,
        "trafficOut": 5,
    }


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/proxies/none", 404, "no proxy info found"),
        ("/proxies/none/traffic", 404, "no proxy info found"),
        ("/proxies/%FF", 400, "invalid proxy name"),
        ("/clients/a%2Fb", 404, "client a/b not found"),
        ("/clients/%FF", 400, "invalid client key"),
        ("/clients?status=x", 400, "status must be one of all, online, offline"),
        ("/users?page=0", 400, "page must be a positive integer"),
    ],
)
def test_faults(api: Dashboard, path: str, status: int, text: str) -> None:
    answer = api.ask("GET", f"/api/v2{path}")
    assert (answer.status, answer.json) == (status, {"code": status, "msg": text, "data": None})


def test_filters_of_clients(api: Dashboard, log_in: LogIn) -> None:
    log_in("bob", "cid2", hostname="Laptop").close()
    alice, nobody = log_in("alice", "cid1", version=2), log_in()
    eventually(lambda: not api.data("/clients/bob.cid2")["online"])
    for query, found in {
        "": [nobody.run_id, "alice.cid1", "bob.cid2"],
        "status=online": [nobody.run_id, "alice.cid1"],
        "user=": [nobody.run_id],
        "user=bob": ["bob.cid2"],
        "user=BOB": [],
        "clientID=cid1": ["alice.cid1"],
        f"runID={alice.run_id}": ["alice.cid1"],
        "q=CID": ["alice.cid1", "bob.cid2"],
        "q=laptop": ["bob.cid2"],
        "q=V2": ["alice.cid1"],
        "q=127.0.0.1&status=offline": ["bob.cid2"],
        "page=2&pageSize=2": ["bob.cid2"],
    }.items():
        assert names(api, f"/clients?{query}", "key") == found, query


def test_one_client_and_its_sums(api: Dashboard, log_in: LogIn) -> None:
    alice = log_in("alice", "cid")
    alice.publish("one")
    alice.publish("two")
    log_in("alice", "other").publish("three")
    client = api.data("/clients/alice.cid")
    assert client["status"] == {"phase": "online", "curConns": 0, "proxyCount": 2}
    alice.close()
    eventually(lambda: not api.data("/clients/alice.cid")["online"])
    assert api.data("/clients/alice.cid")["status"] == {"phase": "offline", "curConns": 0, "proxyCount": 2}


def test_users_are_those_of_clients_and_of_proxies(api: Dashboard, log_in: LogIn) -> None:
    log_in("alice", "one").publish("p")
    log_in("alice", "two")
    gone = log_in("Bob")
    gone.publish("q")
    gone.close()
    eventually(lambda: api.data("/proxies/q")["status"]["phase"] == "offline")
    assert api.items("/users") == [
        {"user": "Bob", "clientCount": 0, "proxyCount": 1},
        {"user": "alice", "clientCount": 2, "proxyCount": 1},
    ]
    assert names(api, "/users?q=BO", "user") == ["Bob"]


def test_prune(api: Dashboard, log_in: LogIn) -> None:
    peer = log_in()
    for name in ("gone", "there"):
        peer.publish(name)
    peer.send(CloseProxy(proxy_name="gone"))
    eventually(lambda: api.data("/proxies/gone")["status"]["phase"] == "offline")
    for query, text in (("", "type is required"), ("?type=x", "type must be one of offline_proxies")):
        answer = api.ask("POST", f"/api/v2/system/prune{query}")
        assert (answer.status, answer.json["msg"]) == (400, text)
    for cleared, total in ((1, 2), (0, 1)):
        answer = api.act("POST", "/system/prune?type=Offline_Proxies")
        assert answer == {"type": "offline_proxies", "cleared": cleared, "total": total}
