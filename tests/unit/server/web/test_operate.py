"""What operators do beyond frp's API, over a server that runs."""

import contextlib
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from frpg import logs
from frpg.proto.messages import NewProxyResp
from frpg.server.bans import CLOSED
from frpg.server.service import Server
from tests.support.users import connect, receive_exact, refuses, tcp_echoes
from tests.support.waiting import eventually
from tests.support.web_api import ODD_NAME, Dashboard
from tests.unit.server.web.conftest import LogIn


@pytest.fixture(autouse=True)
def level_as_before() -> Iterator[None]:
    ours = logging.getLogger("frpg")
    level = ours.level
    yield
    ours.setLevel(level)


def fault(api: Dashboard, method: str, path: str, body: object = None) -> tuple[int, str]:
    answer = api.ask(method, f"/api/v2{path}", body)
    assert answer.json == {"code": answer.status, "msg": answer.json["msg"], "data": None}
    return answer.status, answer.json["msg"]


# --- looking


def test_live(api: Dashboard, log_in: LogIn) -> None:
    peer = log_in()
    assert tcp_echoes(peer.publish("p"), b"12345")
    eventually(lambda: api.data("/system/live")["status"]["totalTrafficOut"] == 5)
    live = api.data("/system/live")
    assert set(live) == {
        "now", "interval", "logLevel", "startedAt", "status", "process", "waiting", "samples",
    }  # fmt: skip
    assert live["waiting"] == {"strangers": 0, "users": 0, "workConnections": 1}
    assert set(live["process"]) == {
        "cpuPercent", "memoryBytes", "openFiles", "openFilesLimit", "greenlets", "threads",
    }  # fmt: skip
    assert live["startedAt"] <= live["now"]


@pytest.mark.parametrize("since", ["x", "nan", "inf", "-inf"])
def test_live_since_no_time(api: Dashboard, since: str) -> None:
    assert fault(api, "GET", f"/system/live?since={since}") == (400, "since must be a number of seconds")


def test_connections(api: Dashboard, log_in: LogIn) -> None:
    alice, bob = log_in("alice", "cid"), log_in("bob", "cid")
    with contextlib.ExitStack() as stack:
        first, second = (
            stack.enter_context(connect(peer.publish(f"p{number}"))) for number, peer in ((1, alice), (2, bob))
        )
        for user in (first, second):
            user.sendall(b"hello")
            assert receive_exact(user, 5) == b"hello"
        items = api.items("/connections")
        assert [item["proxy"] for item in items] == ["p2", "p1"]
        assert items[1] == {
            "id": items[1]["id"], "proxy": "p1", "type": "tcp", "user": "alice", "clientID": "cid",
            "clientKey": "alice.cid", "remoteAddr": f"127.0.0.1:{first.getsockname()[1]}",
            "startedAt": items[1]["startedAt"], "trafficIn": 5, "trafficOut": 5,
        }  # fmt: skip
        for query, found in {
            "proxy=p1": ["p1"], "client=bob.cid": ["p2"], "type=tcp": ["p2", "p1"], "type=udp": [], "q=ALICE": ["p1"],
            f"q={second.getsockname()[1]}": ["p2"], "pageSize=1&page=2": ["p1"], "client=cid": [],
        }.items():  # fmt: skip
            assert [item["proxy"] for item in api.items(f"/connections?{query}")] == found, query
    eventually(lambda: api.items("/connections") == [])


def test_a_visitor_of_the_web_port(api: Dashboard, server: Server) -> None:
    with connect(server.config.vhost_http_port) as visitor:
        visitor.sendall(b"GET / HTTP/1.1\r\nHost: nobody\r\n\r\n")
        receive_exact(visitor, 12)
        [item] = api.items("/connections")
        assert (item["type"], item["proxy"], item["trafficIn"], item["trafficOut"]) == ("http", "", None, None)
        api.act("DELETE", f"/connections/{item['id']}")
        while visitor.recv(65536):
            pass
    assert api.items("/connections") == []


def test_a_week_of_all_that_a_client_has(api: Dashboard, log_in: LogIn) -> None:
    client = log_in("alice", "cid")
    path = "/clients/alice.cid/traffic"
    assert [(day["trafficIn"], day["trafficOut"]) for day in api.data(path)["history"]] == [(0, 0)] * 7
    other = log_in("bob", "cid").publish("bob's")
    for port in (client.publish("one"), client.publish("two"), other):
        assert tcp_echoes(port, b"12345")
    eventually(lambda: api.data(path)["history"][-1]["trafficOut"] == 10)
    week = api.data(path)
    assert (week["name"], week["unit"], week["granularity"], len(week["history"])) == ("alice.cid", "bytes", "day", 7)
    assert week["history"][-1]["trafficIn"] == 10
    assert fault(api, "GET", "/clients/none/traffic") == (404, "client none not found")


def test_errors_of_a_proxy_and_of_a_client(api: Dashboard, log_in: LogIn) -> None:
    peer = log_in("alice", "cid", service=None)
    port = peer.publish("p")
    assert peer.new_proxy("<b>", remote_port=port).error == "port already used"
    [item] = api.data("/clients/alice.cid/errors")["items"]
    assert item["text"] == "new proxy [<b>] type [tcp] error: port already used"
    assert api.data("/proxies/p/errors") == {"items": []}
    with connect(port):
        peer.close()  # the user waits for a work connection
    eventually(lambda: api.data("/proxies/p/errors")["items"] != [])
    assert "control is already closed" in api.data("/proxies/p/errors")["items"][0]["text"]


# --- connections


def test_cut_one_of_two(api: Dashboard, log_in: LogIn) -> None:
    port = log_in().publish("p")
    with connect(port) as one, connect(port) as other:
        for user in (one, other):
            user.sendall(b"hello")
            assert receive_exact(user, 5) == b"hello"
        [number] = [
            item["id"] for item in api.items("/connections") if item["remoteAddr"].endswith(f":{one.getsockname()[1]}")
        ]
        api.act("DELETE", f"/connections/{number}")
        with contextlib.suppress(ConnectionError):
            assert one.recv(1) == b""
        other.sendall(b"there?")
        assert receive_exact(other, 6) == b"there?"
        assert fault(api, "DELETE", f"/connections/{number}") == (404, f"no connection {number}")
    for number in ("0", "x", "%2F", "-1"):
        assert fault(api, "DELETE", f"/connections/{number}")[0] == 404


# --- proxies


def test_close_and_open_a_proxy(api: Dashboard, log_in: LogIn) -> None:
    peer = log_in("alice", "cid")
    port = peer.publish(ODD_NAME)
    path = f"/proxies/{quote(ODD_NAME, safe='')}"
    with connect(port) as user:
        user.sendall(b"hello")
        assert receive_exact(user, 5) == b"hello"
        api.act("POST", f"{path}/close")
        answer = peer.receive(NewProxyResp)
        assert (answer.proxy_name, answer.error) == (ODD_NAME, CLOSED)
        assert refuses(port)
        status = api.data(path)["status"]
        assert (status["phase"], status["blocked"]) == ("offline", True)
        assert peer.new_proxy(ODD_NAME).error == CLOSED
        api.act("POST", f"{path}/close")  # idempotent
        api.act("POST", f"{path}/open")
        assert "blocked" not in api.data(path)["status"]
        assert peer.new_proxy(ODD_NAME, remote_port=port).error == ""
        user.sendall(b"still")  # tunnels are cut one by one, not with their proxy
        assert receive_exact(user, 5) == b"still"


def test_a_closed_name_that_is_forgotten_can_be_opened(api: Dashboard, log_in: LogIn) -> None:
    peer = log_in()
    peer.publish("p")
    api.act("POST", "/proxies/p/close")
    peer.receive(NewProxyResp)  # that tells it
    api.act("POST", "/system/prune?type=offline_proxies")
    assert fault(api, "GET", "/proxies/p") == (404, "no proxy info found")
    assert peer.new_proxy("p").error == CLOSED
    api.act("POST", "/proxies/p/open")
    assert fault(api, "POST", "/proxies/p/open") == (404, "no proxy info found")
    peer.publish("p")


def test_proxies_that_are_not_there(api: Dashboard) -> None:
    for path in ("close", "open"):
        assert fault(api, "POST", f"/proxies/none/{path}") == (404, "no proxy info found")
        assert fault(api, "POST", f"/proxies/%FF/{path}") == (400, "invalid proxy name")
    assert fault(api, "GET", "/proxies/none/errors") == (404, "no proxy info found")


# --- clients


def test_kick(api: Dashboard, log_in: LogIn) -> None:
    peer = log_in("alice", "cid")
    port = peer.publish("p")
    api.act("POST", "/clients/alice.cid/kick")
    peer.wait_ended()
    assert refuses(port)
    assert api.data("/clients/alice.cid/errors")["items"][0]["text"] == "kicked by the operator"
    assert fault(api, "POST", "/clients/alice.cid/kick") == (409, "client alice.cid is offline")
    assert log_in("alice", "cid").answer.error == ""


def test_keep_out_and_admit(api: Dashboard, log_in: LogIn) -> None:
    log_in("alice", "cid")
    api.act("POST", "/clients/alice.cid/kick", {"keepOutSeconds": 600})
    client = api.data("/clients/alice.cid")
    assert 0 <= client["blockedUntil"] - client["disconnectedAt"] - 600 <= 1
    assert "kept out" in log_in("alice", "cid").answer.error
    assert log_in("alice", "other").answer.error == ""
    api.act("POST", "/clients/alice.cid/kick", {"keepOutSeconds": 0.5 * 3600})  # offline: for longer
    api.act("POST", "/clients/alice.cid/admit")
    assert "blockedUntil" not in api.data("/clients/alice.cid")
    assert log_in("alice", "cid").answer.error == ""


def test_a_client_without_an_id_is_admitted_by_its_run_id(api: Dashboard, log_in: LogIn) -> None:
    """Its record goes with its session, and nothing but the key is left of it."""
    peer = log_in("alice")
    key = f"alice.{peer.run_id}"
    api.act("POST", f"/clients/{key}/kick", {"keepOutSeconds": 600})
    peer.wait_ended()
    assert fault(api, "GET", f"/clients/{key}")[0] == 404
    assert "kept out" in log_in("alice", run_id=peer.run_id).answer.error
    api.act("POST", f"/clients/{key}/admit")
    assert log_in("alice", run_id=peer.run_id).answer.error == ""


@pytest.mark.parametrize("seconds", [-1, 2592001, "600", None, True, [], 1e400, float("nan")])
def test_times_that_are_none(api: Dashboard, log_in: LogIn, seconds: object) -> None:
    log_in("alice", "cid")
    body = json.dumps({"keepOutSeconds": seconds})
    status, text = fault(api, "POST", "/clients/alice.cid/kick", body)
    assert (status, text) == (400, "keepOutSeconds must be a number from 0 to 2.592e+06")
    assert api.data("/clients/alice.cid")["online"]


@pytest.mark.parametrize("body", ["[]", "{", "1", '"x"', b"\xff"])
def test_bodies_that_are_none(api: Dashboard, log_in: LogIn, body: object) -> None:
    log_in("alice", "cid")
    status, text = fault(api, "POST", "/clients/alice.cid/kick", body)
    assert (status, text[:17]) == (400, "parse JSON error:")
    assert api.data("/clients/alice.cid")["online"]


def test_clients_that_are_not_there(api: Dashboard) -> None:
    for path in ("kick", "admit"):
        assert fault(api, "POST", f"/clients/none/{path}") == (404, "client none not found")
        assert fault(api, "POST", f"/clients/%FF/{path}") == (400, "invalid client key")
    assert fault(api, "GET", "/clients/none/errors") == (404, "client none not found")


# --- the server


def test_log_level(api: Dashboard) -> None:
    for level in ("debug", "warn", "info"):
        assert api.act("PUT", "/system/loglevel", {"level": level}) == {"level": level}
        assert api.data("/system/loglevel") == {"level": level}
        assert logs.level() == level


@pytest.mark.parametrize("body", [{"level": "loud"}, {"level": ["info"]}, {"level": None}, {}, {"level": "INFO"}])
def test_other_levels(api: Dashboard, body: object) -> None:
    before = logs.level()
    text = "invalid log level, optional values are [trace debug info warn error]"
    assert fault(api, "PUT", "/system/loglevel", body) == (400, text)
    assert logs.level() == before


def test_reload_without_a_file(api: Dashboard) -> None:
    assert fault(api, "POST", "/system/reload") == (400, "frps has no configuration file to read again")
