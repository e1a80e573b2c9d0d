"""Server manage plugins: a Flask application that frps asks over HTTP, and what its answers come to."""

import re
from typing import Any

import pytest

from tests.support.certificates import Authority
from tests.support.lab import Lab, client_options, tcp_proxy
from tests.support.manager import Manager
from tests.support.names import front, web_ports
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import refuses, tcp_echoes
from tests.support.waiting import eventually

pytestmark = pytest.mark.program
SCOPES = {"auth.additionalScopes": ["HeartBeats", "NewWorkConns"]}
CLIENT = {"user": "usr", "metadatas.team": "a<b", "transport.heartbeatInterval": 1} | SCOPES


@pytest.fixture
def manager(lab: Lab) -> Manager:
    return Manager(lab)


def started(lab: Lab, manager: Manager, *ops: str, **more: Any) -> Program:
    return lab.frps(manager.options(*ops, **more))


def test_each_operation_is_asked_about_with_who_it_is(lab: Lab, manager: Manager) -> None:
    server = lab.frps(manager.options() | SCOPES)
    proxy = tcp_proxy("echo", lab.tcp_echo(), annotations={"a/b": "c"}, metadatas={"id": "1"})
    client = lab.start_frpc(server.port, CLIENT | {"proxies": [proxy]})
    client.wait_for("[echo] start proxy success")
    assert tcp_echoes(proxy["remotePort"])
    login, new_proxy = manager.wait_asked("Login"), manager.wait_asked("NewProxy")
    user_conn, work_conn, ping = (manager.wait_asked(op) for op in ("NewUserConn", "NewWorkConn", "Ping"))
    client.stop()
    close_proxy = manager.wait_asked("CloseProxy")
    user = new_proxy["user"]
    assert (user["user"], user["metas"], len(user["run_id"])) == ("usr", {"team": "a<b"}, 16)
    assert all(content["user"] == user for content in (user_conn, work_conn, ping, close_proxy))
    assert (login["user"], login["metas"], login["client_spec"]) == ("usr", {"team": "a<b"}, {})
    assert re.fullmatch(r"127\.0\.0\.1:\d+", login["client_address"])
    assert {key: value for key, value in new_proxy.items() if key != "user"} == {
        "proxy_name": "usr.echo",
        "proxy_type": "tcp",
        "remote_port": proxy["remotePort"],
        "annotations": {"a/b": "c"},
        "metas": {"id": "1"},
    }
    assert set(user_conn) == {"user", "proxy_name", "proxy_type", "remote_addr"}
    assert set(work_conn) == {"user", "run_id", "privilege_key", "timestamp"}
    assert set(ping) == {"user", "privilege_key", "timestamp"}
    assert close_proxy["proxy_name"] == "usr.echo"
    assert {query for _, query, _ in manager.questions()} == {
        f"op={op}&version=0.1.0" for op in ("Login", "NewProxy", "CloseProxy", "Ping", "NewWorkConn", "NewUserConn")
    }


def test_a_refused_login_reads_why(lab: Lab, manager: Manager) -> None:
    server = started(lab, manager, "Login")
    manager.reject("Login", "not today")
    client = lab.start_frpc(server.port)
    assert client.wait_exit() == 1
    assert "login to the server failed: not today" in client.text
    server.wait_for("register control error: not today")


def test_a_refused_proxy_reads_why(lab: Lab, manager: Manager) -> None:
    server = started(lab, manager, "NewProxy")
    manager.reject("NewProxy", "no ports for you")
    proxy = tcp_proxy("echo", lab.tcp_echo())
    client = lab.start_frpc(server.port, {"proxies": [proxy]})
    client.wait_for("[echo] start error: no ports for you")
    server.wait_for("new proxy [echo] type [tcp] error: no ports for you")
    assert refuses(proxy["remotePort"])


def test_a_changed_proxy_is_registered(lab: Lab, manager: Manager) -> None:
    server = started(lab, manager, "NewProxy")
    port = free_port()
    manager.change("NewProxy", {"proxy_name": "echo", "proxy_type": "tcp", "remote_port": port})
    proxy = tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(server.port, [proxy])
    assert tcp_echoes(port)
    assert refuses(proxy["remotePort"])


def test_a_refused_user_gets_nothing(lab: Lab, manager: Manager) -> None:
    server = started(lab, manager, "NewUserConn")
    proxy = tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(server.port, [proxy])
    assert tcp_echoes(proxy["remotePort"])
    manager.reject("NewUserConn", "go away")
    assert not tcp_echoes(proxy["remotePort"])
    server.wait_for("was rejected, err:go away")


@pytest.mark.parametrize("kind", ["https", "tcpmux", "http"])
def test_which_users_are_asked_about(lab: Lab, manager: Manager, kind: str) -> None:
    ports = web_ports()
    server = lab.frps(manager.options("NewUserConn") | ports)
    way = front(kind, ports)
    lab.frpc(server.port, [way.proxy("web", lab.service(way.service("served")), "a.test")])
    assert way.visit("a.test") == "served"
    asked = [(content["proxy_name"], content["proxy_type"]) for content in manager.contents("NewUserConn")]
    assert asked == ([] if kind == "http" else [("web", kind)])
    manager.reject("NewUserConn", "go away")
    if kind == "http":
        assert way.visit("a.test") == "served"
        return
    with pytest.raises(OSError):
        way.visit("a.test")
    server.wait_for("was rejected, err:go away")


def test_a_refused_heartbeat_makes_the_client_log_in_anew(lab: Lab, manager: Manager) -> None:
    server = started(lab, manager, "Ping", "Login")
    client = lab.start_frpc(server.port, CLIENT | {"auth.additionalScopes": []})
    client.wait_for("login to server success")
    manager.reject("Ping", "no pulse")
    server.wait_for("received invalid ping: no pulse")
    manager.wait_asked("Login", 2)
    manager.answer("Ping", {"unchange": True})
    client.wait_for("login to server success", count=2)


def test_a_refused_work_connection_serves_nobody(lab: Lab, manager: Manager) -> None:
    manager.reject("NewWorkConn", "no work today")
    server = lab.frps(manager.options("NewWorkConn") | {"userConnTimeout": 1})
    proxy = tcp_proxy("echo", lab.tcp_echo())
    client = lab.frpc(server.port, [proxy])
    assert not tcp_echoes(proxy["remotePort"])
    client.wait_for("StartWorkConn contains error: no work today")
    server.wait_for("invalid NewWorkConn with run id")
    manager.answer("NewWorkConn", {"unchange": True})
    eventually(lambda: tcp_echoes(proxy["remotePort"]))


@pytest.mark.parametrize("answer", ["500", "garbage", "[]", "{}x"])
def test_what_is_no_answer_refuses(lab: Lab, manager: Manager, answer: str) -> None:
    server = started(lab, manager, "Login")
    manager.answer("Login", answer)
    client = lab.start_frpc(server.port)
    assert client.wait_exit() == 1
    assert "send Login request to plugin error" in client.text
    line = server.wait_for("send Login request to plugin [manager] error: ")
    assert re.search(r"\[reqid: [0-9a-f]{16}\]", line)
    assert answer != "500" or line.endswith("do http request error code: 500")


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize(
    ("answer", "reason"), [("hang", "no answer within 1 s"), ("endless", "longer than 1048576 bytes")]
)
def test_a_plugin_that_never_ends_refuses_at_the_deadline(lab: Lab, manager: Manager, answer: str, reason: str) -> None:
    server = started(lab, manager, "Login", "NewProxy", timeoutSeconds=1)
    manager.answer("NewProxy", answer)
    proxy = tcp_proxy("echo", lab.tcp_echo())
    client = lab.start_frpc(server.port, {"proxies": [proxy]})
    client.wait_for("[echo] start error: send NewProxy request to plugin error")
    assert reason in server.wait_for("send NewProxy request to plugin [manager] error: ")
    manager.answer("Login", answer)
    other = lab.start_frpc(server.port)
    assert other.wait_exit() == 1
    assert "login to the server failed: send Login request to plugin error" in other.text
    eventually(lambda: len(server.usage().net_connections()) <= 4, what="connections are left")


@pytest.mark.usefixtures("frpg_only")
def test_a_plugin_that_is_not_there(lab: Lab) -> None:
    plugin = {"name": "gone", "addr": f"127.0.0.1:{free_port()}", "path": "/", "ops": ["Login"]}
    server = lab.frps({"httpPlugins": [plugin]})
    assert lab.start_frpc(server.port).wait_exit() == 1
    server.wait_for("send Login request to plugin [gone] error: dial tcp 127.0.0.1:")


@pytest.mark.usefixtures("frpg_only")
def test_nothing_secret_is_in_the_log(lab: Lab, manager: Manager) -> None:
    manager.answer("Login", "garbage")
    server = lab.frps(manager.options() | {"log.level": "trace"})
    client = lab.start_frpc(server.port, {"metadatas.password": "hunter2"})
    client.wait_exit()
    server.wait_for("send Login request to plugin [manager] error: ")
    (content,) = manager.contents("Login")
    for secret in ("hunter2", content["privilege_key"], client_options(1)["auth.token"]):
        assert secret not in server.text


@pytest.mark.usefixtures("frpg_only")
def test_a_plugin_behind_tls_is_verified(lab: Lab, manager: Manager) -> None:
    import ssl

    authority = Authority(lab.folder, "ca")
    pair = authority.issue("plugin")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)

    def serve(connection: Any) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            while secure.recv(65536):
                secure.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"unchange":true}')

    addr = f"https://127.0.0.1:{lab.service(serve)}"
    plugin = {"name": "secure", "addr": addr, "path": "/", "ops": ["Login"]}
    strict = lab.frps({"httpPlugins": [plugin]})
    assert lab.start_frpc(strict.port).wait_exit() == 1
    strict.wait_for("CERTIFICATE_VERIFY_FAILED")
    loose = lab.frps({"httpPlugins": [plugin | {"tlsVerify": False}]})
    lab.start_frpc(loose.port).wait_for("login to server success")
