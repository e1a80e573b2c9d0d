import json
from typing import Any

import pytest

from frpg import __version__
from frpg.proto.messages import CloseProxy
from tests.unit.client.test_files import small_disk
from tests.unit.client.web.conftest import Desk, MakeDesk

ROOT = "/api/store/proxies"
WEB = {"name": "web", "type": "tcp", "tcp": {"localPort": 80, "remotePort": 6001}}
P2P = {"name": "p2p", "type": "xtcp", "xtcp": {"serverName": "ssh", "secretKey": "abc", "bindPort": 9001}}
WEB_ANSWER = {
    "name": "web",
    "type": "tcp",
    "tcp": {
        "name": "web",
        "type": "tcp",
        "transport": {"bandwidthLimit": ""},
        "loadBalancer": {"group": ""},
        "healthCheck": {"type": "", "intervalSeconds": 0},
        "localPort": 80,
        "plugin": None,
        "remotePort": 6001,
    },
}


def on_disk(desk: Desk) -> Any:
    return json.loads((desk.file.parent / "store.json").read_text())


def test_the_life_of_an_entry(make_desk: MakeDesk) -> None:
    desk = make_desk()
    control = desk.run()
    assert desk.api.get(ROOT) == {"proxies": []}
    assert desk.api.ask("POST", ROOT, WEB).json == WEB_ANSWER
    assert control.start_proxy().remote_port == 6001
    assert desk.api.get(ROOT) == {"proxies": [WEB_ANSWER]}
    assert desk.api.get(f"{ROOT}/web") == WEB_ANSWER
    assert on_disk(desk) == {"proxies": [WEB_ANSWER["tcp"]]}
    changed = {**WEB, "tcp": {"localPort": 81, "remotePort": 6001}}
    assert desk.api.ask("PUT", f"{ROOT}/web", changed).json["tcp"]["localPort"] == 81
    assert control.receive() == CloseProxy(proxy_name="web")
    control.start_proxy()
    answer = desk.api.ask("DELETE", f"{ROOT}/web")
    assert (answer.status, answer.body) == (200, b"")
    assert control.receive() == CloseProxy(proxy_name="web")
    assert desk.api.get(ROOT) == {"proxies": []}
    assert on_disk(desk) == {}


def test_a_disabled_entry_ends_and_stays_listed(make_desk: MakeDesk) -> None:
    desk = make_desk()
    control = desk.run()
    desk.api.ask("POST", ROOT, WEB)
    control.start_proxy()
    desk.api.ask("PUT", f"{ROOT}/web", {**WEB, "tcp": {**WEB["tcp"], "enabled": False}})  # type: ignore[dict-item]
    assert control.receive() == CloseProxy(proxy_name="web")
    assert [entry["name"] for entry in desk.api.get("/api/status")["tcp"]] == ["ssh"]
    assert desk.api.get("/api/proxy/web/config")["tcp"]["enabled"] is False
    rows = {row["name"]: row for row in desk.api.get("/api/live")["proxies"]}
    assert (rows["web"]["status"], rows["web"]["enabled"], rows["web"]["source"]) == ("disabled", False, "store")
    assert rows["ssh"]["enabled"] is True


def test_the_type_may_change_and_the_name_not(desk: Desk) -> None:
    desk.api.ask("POST", ROOT, WEB)
    assert desk.api.ask("PUT", f"{ROOT}/web", {"name": "web", "type": "udp", "udp": {"localPort": 53}}).status == 200
    answer = desk.api.ask("PUT", f"{ROOT}/web", {**WEB, "name": "other"})
    assert (answer.status, answer.json["Msg"]) == (400, "proxy name in URL must match name in body")


def test_visitors_have_their_own_names_and_words(desk: Desk) -> None:
    root = "/api/store/visitors"
    answer = desk.api.ask("POST", root, P2P)
    assert answer.json == {
        "name": "p2p",
        "type": "xtcp",
        "xtcp": {
            "name": "p2p",
            "type": "xtcp",
            "transport": {},
            "secretKey": "abc",
            "serverName": "ssh",
            "bindPort": 9001,
            "plugin": None,
        },
    }
    assert desk.api.ask("POST", root, P2P).json["Msg"] == 'conflict: already exists: visitor "p2p"'
    assert desk.api.get("/api/visitor/p2p/config")["xtcp"]["bindAddr"] == "127.0.0.1"
    assert desk.api.get(ROOT) == {"proxies": []}
    (row,) = desk.api.get("/api/live")["visitors"]
    assert row == {
        "name": "p2p",
        "type": "xtcp",
        "status": "start error",
        "err": f"type xtcp: not supported yet in frpg {__version__}",
        "bindAddr": "127.0.0.1:9001",
        "plugin": "",
        "serverName": "ssh",
        "source": "store",
        "enabled": True,
    }
    assert desk.api.ask("DELETE", f"{root}/p2p").status == 200
    assert desk.api.get(root) == {"visitors": []}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "parse JSON error: "),
        ("", "parse JSON error: "),
        ("[]", "parse JSON error: expected object, got list"),
        ({"name": "a", "type": "tcp", "tcp": {"localPort": "x"}}, "parse JSON error: tcp.localPort: expected integer"),
        ({"name": " ", "type": "tcp", "tcp": {}}, "proxy name is required"),
        ({"name": "a", "type": "x", "tcp": {}}, "invalid proxy type: x"),
        ({"name": "a", "type": "tcp"}, "exactly one proxy type block is required"),
        ({"name": "a", "type": "tcp", "udp": {}}, 'proxy type block "udp" does not match type "tcp"'),
        ({"name": "a", "type": "tcp", "tcp": {"localPort": -1}}, "invalid argument: validation error: "),
    ],
)
def test_what_is_refused(desk: Desk, body: object, message: str) -> None:
    answer = desk.api.ask("POST", ROOT, body)
    assert answer.status == 400
    assert answer.json["Msg"].startswith(message)
    assert not (desk.file.parent / "store.json").exists()


def test_a_faulty_value_is_told_with_its_option(desk: Desk) -> None:
    answer = desk.api.ask("POST", ROOT, {"name": "a", "type": "tcp", "tcp": {"localPort": -1}})
    text = "port number -1 must be in the range 0..65535"
    assert answer.json["Faults"] == [{"line": 0, "path": "localPort", "text": text}]


def test_what_is_not_there(desk: Desk) -> None:
    for method, body, message in [
        ("GET", None, 'not found: proxy "web"'),
        ("PUT", WEB, 'not found: not found: proxy "web"'),
        ("DELETE", None, 'not found: not found: proxy "web"'),
    ]:
        answer = desk.api.ask(method, f"{ROOT}/web", body)
        assert (answer.status, answer.json) == (404, {"Code": 404, "Msg": message})


def test_a_name_may_hold_any_character(desk: Desk) -> None:
    name = "<script>/ü%?#"
    desk.api.ask("POST", ROOT, {**WEB, "name": name})
    path = f"{ROOT}/%3Cscript%3E%2F%C3%BC%25%3F%23"
    answer = desk.api.ask("GET", path)
    assert answer.json["name"] == name
    assert b"<script>" not in answer.body
    assert desk.api.ask("DELETE", path).status == 200


def test_a_disk_that_is_full_changes_nothing(desk: Desk) -> None:
    desk.api.ask("POST", ROOT, WEB)
    before = on_disk(desk)
    with small_disk(600):
        answer = desk.api.ask("POST", ROOT, {**WEB, "name": "other"})
    assert (answer.status, answer.json) == (500, {"Code": 500, "Msg": "failed to persist: file too large"})
    assert on_disk(desk) == before
    assert [entry["name"] for entry in desk.api.get(ROOT)["proxies"]] == ["web"]
    assert [proxy.config.name for proxy in desk.client.proxies()] == ["ssh", "web"]


def test_the_store_stands_over_the_file_and_survives_a_reload(make_desk: MakeDesk) -> None:
    desk = make_desk()
    control = desk.run()
    desk.api.ask("POST", ROOT, {"name": "ssh", "type": "tcp", "tcp": {"localPort": 2222}})
    assert control.receive() == CloseProxy(proxy_name="ssh")
    control.start_proxy()
    assert desk.api.ask("GET", "/api/reload").status == 200
    (row,) = desk.api.get("/api/status")["tcp"]
    assert (row["local_addr"], row["source"]) == ("127.0.0.1:2222", "store")
    desk.api.ask("DELETE", f"{ROOT}/ssh")
    (row,) = desk.api.get("/api/status")["tcp"]
    assert row["local_addr"] == "127.0.0.1:22"
    assert "source" not in row
