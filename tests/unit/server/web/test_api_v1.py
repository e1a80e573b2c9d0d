"""frp's API v1 over a server that runs."""

from urllib.parse import quote

from frpg.proto.messages import CloseProxy
from frpg.server.service import Server
from tests.support.users import tcp_echoes
from tests.support.waiting import eventually
from tests.support.web_api import ODD_NAME, Dashboard
from tests.unit.server.web.conftest import LogIn

NO_PROXY = {"Code": 404, "Msg": "no proxy info found"}


def test_server_info(api: Dashboard, server: Server, log_in: LogIn) -> None:
    peer = log_in()
    assert tcp_echoes(peer.publish("t"), b"12345")
    peer.publish("u", "udp")
    eventually(lambda: api.get("/api/serverinfo")["totalTrafficOut"] == 5)
    info = api.get("/api/serverinfo")
    assert info["bindPort"] == server.config.bind_port
    assert (info["clientCounts"], info["proxyTypeCount"], info["totalTrafficIn"]) == (1, {"tcp": 1, "udp": 1}, 5)
    assert "tlsForce" not in info
    peer.send(CloseProxy(proxy_name="u"))
    eventually(lambda: api.get("/api/serverinfo")["proxyTypeCount"] == {"tcp": 1, "udp": 0})


def test_proxies_of_a_type_by_name(api: Dashboard, log_in: LogIn) -> None:
    peer = log_in()
    for name in ("b", "a", "C"):
        peer.publish(name)
    peer.publish("u", "udp")
    assert [proxy["name"] for proxy in api.get("/api/proxy/tcp")["proxies"]] == ["C", "a", "b"]
    assert [proxy["name"] for proxy in api.get("/api/proxy/udp")["proxies"]] == ["u"]
    for kind in ("stcp", "none", "TCP", "t%2Fcp"):
        assert api.get(f"/api/proxy/{kind}") == {"proxies": []}


def test_one_proxy(api: Dashboard, log_in: LogIn) -> None:
    log_in().publish("p")
    by_name = api.get("/api/proxies/p")
    assert by_name == api.get("/api/proxy/tcp/p")
    assert (by_name["name"], by_name["status"]) == ("p", "online")
    for path in ("/api/proxy/udp/p", "/api/proxy/tcp/q", "/api/proxies/q", "/api/traffic/q", "/api/proxies/%FF"):
        answer = api.ask("GET", path)
        assert (answer.status, answer.json) == (404, NO_PROXY), path


def test_names_with_any_character(api: Dashboard, log_in: LogIn) -> None:
    log_in().publish(ODD_NAME)
    path = quote(ODD_NAME, safe="")
    for prefix in ("/api/proxies/", "/api/proxy/tcp/", "/api/traffic/"):
        answer = api.ask("GET", prefix + path)
        assert answer.json["name"] == ODD_NAME
        assert b"<" not in answer.body
        assert b"\\u003cb\\u003e" in answer.body


def test_traffic_begins_with_today(api: Dashboard, log_in: LogIn) -> None:
    assert tcp_echoes(log_in().publish("p"), b"12345")
    eventually(lambda: api.get("/api/traffic/p")["trafficOut"][0] == 5)
    assert api.get("/api/traffic/p") == {"name": "p", "trafficIn": [5, *[0] * 6], "trafficOut": [5, *[0] * 6]}


def test_clients_and_their_filters(api: Dashboard, log_in: LogIn) -> None:
    log_in("bob", "cid").close()
    alice, nobody = log_in("alice", "cid"), log_in()
    eventually(lambda: not api.get("/api/clients/bob.cid")["online"])

    def keys(query: str) -> list[str]:
        return [client["key"] for client in api.get(f"/api/clients?{query}")]

    everybody = [nobody.run_id, "alice.cid", "bob.cid"]
    assert keys("") == keys("user=&clientId=&runId=&status=x") == keys("status=ALL") == everybody
    assert keys("user=alice") == ["alice.cid"]
    assert keys("user=ALICE") == []
    assert keys("clientId=cid") == ["alice.cid", "bob.cid"]
    assert keys(f"clientId={nobody.run_id}") == [nobody.run_id]
    assert keys(f"runId={alice.run_id}") == ["alice.cid"]
    assert keys("status=Online") == [nobody.run_id, "alice.cid"]
    assert keys("status=offline&user=bob") == ["bob.cid"]


def test_no_clients(api: Dashboard) -> None:
    assert api.ask("GET", "/api/clients").body == b"[]\n"
    answer = api.ask("GET", "/api/clients/a%2Fb")
    assert (answer.status, answer.json) == (404, {"Code": 404, "Msg": "client a/b not found"})
    assert api.ask("GET", "/api/clients/%FF").status == 404


def test_forgetting_those_that_have_ended(api: Dashboard, log_in: LogIn) -> None:
    peer = log_in()
    for name in ("gone", "there"):
        peer.publish(name)
    peer.send(CloseProxy(proxy_name="gone"))
    eventually(lambda: api.get("/api/proxies/gone")["status"] == "offline")
    for query in ("", "?status=online", "?status=OFFLINE"):
        answer = api.ask("DELETE", f"/api/proxies{query}")
        assert (answer.status, answer.json) == (400, {"Code": 400, "Msg": "status only support offline"})
    assert api.ask("DELETE", "/api/proxies?status=offline").json == {"Code": 200, "Msg": "success"}
    assert api.ask("GET", "/api/proxies/gone").status == 404
    assert api.get("/api/proxies/there")["status"] == "online"
