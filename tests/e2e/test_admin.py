"""The admin interface of a running frpc, seen from outside."""

import json
import socket
from pathlib import Path

import gevent
import pytest

from tests.support.admin import AdminApi, admin_options
from tests.support.certificates import Authority
from tests.support.lab import Lab, client_options, nest, tcp_proxy
from tests.support.managed import ManagedClient
from tests.support.ports import free_port
from tests.support.users import connect, receive_all, refuses, tcp_echoes

PATHS = [
    *("/", "/static/", "/static/index.html", "/favicon.ico", "/metrics", "/debug/pprof/", "/debug/pprof/heap", "/nope"),
    *("/api/status", "/api/live", "/api/reload", "/api/stop", "/api/config", "/api/config/check", "/api/loglevel"),
    *("/api/proxy/ssh/config", "/api/visitor/v/config"),
    *("/api/store/proxies", "/api/store/proxies/ssh", "/api/store/visitors", "/api/store/visitors/v"),
]
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]


def test_a_stop_lets_users_finish_and_ends_the_program(lab: Lab) -> None:
    echo = lab.tcp_echo()
    proxy = tcp_proxy("ssh", echo)
    client = ManagedClient(lab, lab.frps().port, [proxy])
    answer = client.api.ask("POST", "/api/stop")
    assert (answer.status, answer.body) == (200, b"")
    assert client.program.wait_exit() == 0
    client.program.wait_for(f"frpc service for config file [{client.file}] stopped")
    assert refuses(proxy["remotePort"])


def test_it_is_there_before_the_server_is(lab: Lab) -> None:
    client = ManagedClient(lab, free_port(), loginFailExit=False)
    assert client.api.get("/api/status") == {}
    assert client.api.ask("POST", "/api/stop").status == 200
    client.program.wait_exit()


def test_a_port_that_is_taken_ends_the_program(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = lab.start_frpc(free_port(), admin_options(port))
        assert program.wait_exit() == 1
    assert f"listen tcp 127.0.0.1:{port}: bind: address already in use" in program.text


def test_over_tls(lab: Lab, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    pair = authority.issue("admin")
    options = {"webServer__tls__certFile": pair.cert, "webServer__tls__keyFile": pair.key}
    client = ManagedClient(lab, free_port(), loginFailExit=False, **options)
    api = AdminApi(client.port, ca_file=authority.file)
    assert api.get("/api/status") == {}
    assert api.ask("GET", "/healthz").status == 200
    with connect(client.port) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200 OK" not in receive_all(plain)
    client.program.stop()


def test_a_certificate_that_is_missing_ends_the_program(lab: Lab) -> None:
    options = {"webServer.tls.certFile": "nowhere.crt", "webServer.tls.keyFile": "nowhere.key"}
    program = lab.start_frpc(free_port(), admin_options(free_port()) | options)
    assert program.wait_exit() == 1
    assert "nowhere.crt" in program.text


def test_the_file_is_read_and_written(lab: Lab) -> None:
    echo = lab.tcp_echo()
    proxy = tcp_proxy("ssh", echo)
    client = ManagedClient(lab, lab.frps().port, [proxy])
    assert client.api.ask("GET", "/api/config").text == client.file.read_text()
    added = tcp_proxy("added", echo)
    text = json.dumps(nest({**client.options, "proxies": [proxy, added]}))
    client.file.chmod(0o644)
    assert client.api.ask("PUT", "/api/config", text).status == 200
    assert client.file.read_text() == text
    assert client.file.stat().st_mode & 0o777 == 0o644
    assert client.status() == {"ssh": "running"}
    assert client.api.ask("GET", "/api/reload?strictConfig=true").status == 200
    client.wait_for_proxies("added")
    assert tcp_echoes(added["remotePort"])


def test_a_faulty_text_is_told_with_its_place_and_not_saved(lab: Lab, frpg_only: None) -> None:
    client = ManagedClient(lab, lab.frps().port)
    before = client.file.read_bytes()
    answer = client.api.ask(
        "PUT", "/api/config", '{\n "serverPort": 7000,\n "proxies": [{"name": "a", "type": "x"}]\n}'
    )
    assert answer.status == 400
    (fault,) = answer.json["Faults"]
    assert (fault["line"], fault["path"]) == (3, "proxies[0].type")
    assert fault["text"].startswith("unknown proxy type: x")
    assert client.file.read_bytes() == before


def test_without_the_password_every_path_and_method_is_refused(lab: Lab, frpg_only: None) -> None:
    options = {"store__path": "store.json", "webServer__pprofEnable": True, "loginFailExit": False}
    client = ManagedClient(lab, free_port(), **options)
    stranger = AdminApi(client.port, password=None)
    asked = [(method, path) for path in PATHS for method in METHODS]
    # At the same moment: each of them takes a fifth of a second.
    answers = [gevent.spawn(stranger.ask, *each) for each in asked]
    gevent.joinall(answers, timeout=60, raise_error=True)
    assert [each for each, answer in zip(asked, answers, strict=True) if answer.value.status != 401] == []
    assert {answer.value.headers["WWW-Authenticate"] for answer in answers} == {'Basic realm="Restricted"'}
    for method in METHODS:
        assert stranger.ask(method, "/healthz").status == 200
    assert client.program.process.poll() is None
    assert "refused admin from 127.0.0.1 port" in client.program.text


def test_a_wrong_password_is_refused(lab: Lab) -> None:
    client = ManagedClient(lab, free_port(), loginFailExit=False)
    answer = AdminApi(client.port, password="wrong").ask("POST", "/api/stop")
    assert (answer.status, answer.text) == (401, "Unauthorized\n")
    assert client.api.get("/api/status") == {}


@pytest.mark.parametrize("path", ["/debug/pprof/", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap"])
def test_diagnosis_is_there_when_it_is_asked_for(lab: Lab, frpg_only: None, path: str) -> None:
    client = ManagedClient(lab, free_port(), loginFailExit=False, webServer__pprofEnable=True)
    assert client.api.ask("GET", path).status == 200


def test_the_level_of_the_log_changes_while_it_runs(lab: Lab, frpg_only: None) -> None:
    client = ManagedClient(lab, lab.frps().port, log__level="info")
    assert client.api.ask("PUT", "/api/loglevel", {"level": "debug"}).status == 200
    client.api.get("/api/live")
    client.program.wait_for("http request: [/api/live]")  # of a page that asks all the time
    assert client.api.ask("PUT", "/api/loglevel", {"level": "loud"}).status == 400
    assert client.api.get("/api/loglevel") == {"level": "debug"}


def test_a_folder_of_files_has_an_interface_for_each(lab: Lab) -> None:
    echo = lab.tcp_echo()
    server = lab.frps()
    folder = lab.folder / "clients"
    folder.mkdir()
    ports, proxies = [free_port() for _ in range(2)], [tcp_proxy(f"p{n}", echo) for n in range(2)]
    for port, proxy in zip(ports, proxies, strict=True):
        tree = nest(
            {**client_options(server.port), **admin_options(port), "proxies": [proxy], "store.path": f"{port}.db"}
        )
        (folder / f"{port}.json").write_text(json.dumps(tree))
    program = lab.run(lab.ends.frpc, "--config_dir", str(folder))
    for proxy in proxies:
        program.wait_for(f"[{proxy['name']}] start proxy success")
    first, second = (AdminApi(port) for port in ports)
    assert [row["name"] for row in first.get("/api/status")["tcp"]] == ["p0"]
    entry = tcp_proxy("p1", echo)
    block = {"localPort": echo, "remotePort": entry["remotePort"]}
    assert first.ask("POST", "/api/store/proxies", {"name": "own", "type": "tcp", "tcp": block}).status == 200
    program.wait_for("[own] start proxy success")
    assert (folder / f"{ports[0]}.db").exists()
    assert first.ask("POST", "/api/stop").status == 200
    program.wait_for(f"frpc service for config file [{folder / f'{ports[0]}.json'}] stopped")
    assert [row["name"] for row in second.get("/api/status")["tcp"]] == ["p1"]
    assert tcp_echoes(proxies[1]["remotePort"])
