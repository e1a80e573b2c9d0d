"""Proxies that are managed over HTTP while the client runs, and kept in a file of their own."""

import json
import stat
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.lab import Lab, tcp_proxy
from tests.support.managed import ManagedClient
from tests.support.ports import free_port
from tests.support.users import connect, receive_exact, refuses, tcp_echoes
from tests.support.waiting import eventually

ROOT = "/api/store/proxies"


def definition(options: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent for a proxy of the configuration file."""
    block = {key: value for key, value in options.items() if key not in ("name", "type")}
    return {"name": options["name"], "type": options["type"], options["type"]: block}


def test_an_entry_serves_users_from_its_creation_to_its_end(lab: Lab) -> None:
    echo = lab.tcp_echo()
    client = ManagedClient(lab, lab.frps().port, store__path="store.json")
    proxy = tcp_proxy("web", echo)
    assert client.api.ask("POST", ROOT, definition(proxy)).status == 200
    client.wait_for_proxies("web")
    assert tcp_echoes(proxy["remotePort"])
    moved = tcp_proxy("web", echo)
    assert client.api.ask("PUT", f"{ROOT}/web", definition(moved)).status == 200
    client.program.wait_for("[web] start proxy success", count=2)
    assert tcp_echoes(moved["remotePort"])
    eventually(lambda: refuses(proxy["remotePort"]))
    assert client.api.ask("PUT", f"{ROOT}/web", definition({**moved, "enabled": False})).status == 200
    eventually(lambda: refuses(moved["remotePort"]))
    assert client.status() == {}
    assert client.api.ask("PUT", f"{ROOT}/web", definition(moved)).status == 200
    client.program.wait_for("[web] start proxy success", count=3)
    assert tcp_echoes(moved["remotePort"])
    assert client.api.ask("DELETE", f"{ROOT}/web").status == 200
    eventually(lambda: refuses(moved["remotePort"]))
    for verb in ("created", "updated", "deleted"):
        client.program.wait_for(f'store: {verb} proxy "web"')


def test_entries_outlive_the_program_in_a_private_file(lab: Lab) -> None:
    echo = lab.tcp_echo()
    server = lab.frps()
    first = ManagedClient(lab, server.port, store__path="data/store.json")
    for name in ("b", "a"):
        first.api.ask("POST", ROOT, definition(tcp_proxy(name, echo)))
    first.wait_for_proxies("a", "b")
    assert first.api.ask("POST", "/api/stop").status == 200
    assert first.program.wait_exit() == 0
    file = lab.folder / "data" / "store.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    entries = json.loads(file.read_text())["proxies"]
    assert {entry["name"] for entry in entries} == {"a", "b"}
    second = ManagedClient(lab, server.port, store__path="data/store.json")
    second.wait_for_proxies("a", "b")
    assert all(tcp_echoes(entry["remotePort"]) for entry in entries)


def test_changes_touch_no_other_connection(lab: Lab) -> None:
    echo = lab.tcp_echo()
    kept = tcp_proxy("kept", echo)
    client = ManagedClient(lab, lab.frps().port, [kept], store__path="store.json")
    with connect(kept["remotePort"]) as user:
        for number in range(10):
            proxy = definition(tcp_proxy(f"p{number}", echo))
            assert client.api.ask("POST", ROOT, proxy).status == 200
            user.sendall(b"%04d" % number)
            assert receive_exact(user, 4) == b"%04d" % number
            assert client.api.ask("DELETE", f"{ROOT}/p{number}").status == 200
    assert client.starts("kept") == 1


def test_an_entry_stands_over_that_of_the_file(lab: Lab) -> None:
    echo = lab.tcp_echo()
    in_file, stored = tcp_proxy("web", echo), tcp_proxy("web", echo)
    client = ManagedClient(lab, lab.frps().port, [in_file], store__path="store.json")
    client.api.ask("POST", ROOT, definition(stored))
    client.program.wait_for("[web] start proxy success", count=2)
    (row,) = client.api.get("/api/status")["tcp"]
    assert (row["source"], row["remote_addr"]) == ("store", f"127.0.0.1:{stored['remotePort']}")
    assert client.reload(in_file).status == 200
    assert tcp_echoes(stored["remotePort"])
    assert refuses(in_file["remotePort"])
    client.api.ask("DELETE", f"{ROOT}/web")
    client.program.wait_for("[web] start proxy success", count=3)
    assert tcp_echoes(in_file["remotePort"])


@pytest.mark.parametrize("content", ["", "{", '{"proxies": [{"name": "a", "type": "nope"}]}'])
def test_a_file_that_cannot_be_used_is_told_and_kept(lab: Lab, content: str) -> None:
    file = lab.write("store.json", content)
    program = lab.start_frpc(free_port(), {"store.path": "store.json"})
    assert program.wait_exit() == 1
    assert "failed to create store source: failed to load existing data: " in program.text
    assert file.read_text() == content


def test_the_cure_of_a_broken_file_is_told(lab: Lab, frpg_only: None) -> None:
    file = lab.write("store.json", "{")
    program = lab.start_frpc(free_port(), {"store.path": "store.json"})
    assert program.wait_exit() == 1
    assert f"{file}: failed to create store source" in program.text
    assert "move it away to begin with an empty store" in program.text


def test_a_stored_proxy_that_cannot_run_keeps_the_client_from_starting(lab: Lab) -> None:
    lab.write("store.json", '{"proxies": [{"name": "bad", "type": "tcp", "localPort": 70000}]}')
    program = lab.start_frpc(free_port(), {"store.path": "store.json"})
    assert program.wait_exit() == 1
    assert "port number 70000 must be in the range 0..65535" in program.text


def test_what_cannot_run_yet_is_kept_and_says_so(lab: Lab, frpg_only: None) -> None:
    echo = lab.tcp_echo()
    client = ManagedClient(lab, lab.frps().port, [tcp_proxy("ssh", echo)], store__path="store.json")
    secret = {"name": "secret", "type": "stcp", "stcp": {"localPort": echo, "secretKey": "k"}}
    assert client.api.ask("POST", ROOT, secret).status == 200
    visitor = {"name": "v", "type": "stcp", "stcp": {"serverName": "secret", "secretKey": "k", "bindPort": free_port()}}
    assert client.api.ask("POST", "/api/store/visitors", visitor).status == 200
    assert client.status() == {"ssh": "running", "secret": "start error"}
    (row,) = client.api.get("/api/live")["visitors"]
    assert (row["status"], row["err"].partition(":")[0]) == ("start error", "type stcp")
    client.api.ask("POST", "/api/stop")
    assert client.program.wait_exit() == 0
    assert len(ManagedClient(lab, client.options["serverPort"], store__path="store.json").api.get(ROOT)["proxies"]) == 1
