"""Python plugins in frps: the examples of conf/plugins, a module of one's own, faults at the start, a reload."""

import hashlib
import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.support.binaries import ROOT
from tests.support.lab import Lab, Options, tcp_proxy
from tests.support.peers import need_module
from tests.support.ports import free_port, free_ports
from tests.support.program import Program
from tests.support.tools import wait_listening
from tests.support.users import connect, receive_all, tcp_echoes

pytestmark = pytest.mark.usefixtures("frpg_only")
EXAMPLES = ROOT / "conf" / "plugins"

MODULE = """
from dataclasses import replace
from frpg.server.plugins import Reject, ServerPlugin

class Guard(ServerPlugin):
    def __init__(self, options):
        super().__init__(options)
        print("guard made with", options, flush=True)

    def new_proxy(self, content):
        if content.metas.get("fail"):
            return 1 / 0
        return replace(content, remote_port=self.options["port"])

    def new_user_conn(self, content):
        raise Reject("nobody may")

    def close(self):
        print("guard closed", flush=True)
"""


def with_path(folder: Path) -> tuple[str, ...]:
    """A prefix for programs that shall find modules in `folder`."""
    return "env", f"PYTHONPATH={folder}"


def serve(lab: Lab, plugin: str, folder: Path = EXAMPLES, **more: Any) -> Program:
    entry: Options = {"name": "users", "plugin": plugin, **more}
    return lab.frps({"pythonPlugins": [entry]}, prefix=with_path(folder))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def member(user: str, token: str) -> dict[str, Any]:
    return {"user": user, "metadatas.token": token}


def refused(lab: Lab, server: Program, options: dict[str, Any]) -> str:
    """What a client reads that may not log in."""
    client = lab.start_frpc(server.port, options)
    assert client.wait_exit() == 1
    return client.matching("login to the server failed: ")[0]


def test_users_in_a_file(lab: Lab) -> None:
    first, last = free_ports(2)
    users = lab.write("users.toml", f'[alice]\ntoken_sha256 = "{sha256("s3cret")}"\nports = [[{first}, {last}]]\n')
    server = serve(lab, "users_file:UsersFile", options={"file": str(users)})
    for user, token in (("alice", "wrong"), ("bob", "s3cret"), ("bob", ""), ("", "")):
        assert "unknown user or wrong token" in refused(lab, server, member(user, token))
    proxies = [tcp_proxy("good", lab.tcp_echo(), first), tcp_proxy("bad", 1, port := free_port())]
    client = lab.start_frpc(server.port, member("alice", "s3cret") | {"proxies": proxies})
    client.wait_for("[good] start proxy success")
    client.wait_for(f"[bad] start error: user alice may not open port {port}")
    assert tcp_echoes(first)
    users.write_text(users.read_text() + f'[bob]\ntoken_sha256 = "{sha256("other")}"\n')
    lab.start_frpc(server.port, member("bob", "other")).wait_for("login to server success")
    assert "s3cret" not in server.text


def test_users_in_a_database(lab: Lab) -> None:
    path = lab.folder / "users.db"
    server = serve(lab, "users_database:UsersDatabase", options={"database": str(path)})
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("INSERT INTO users (name, token_sha256) VALUES ('alice', ?)", (sha256("s3cret"),))
    assert "unknown user or wrong token" in refused(lab, server, member("bob", "s3cret"))
    proxy = tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(server.port, [proxy], member("alice", "s3cret"))
    assert tcp_echoes(proxy["remotePort"])
    database.execute("INSERT INTO blocked (ip) VALUES ('127.0.0.1')")
    with connect(proxy["remotePort"]) as user:
        assert receive_all(user) == b""
    server.wait_for("was rejected, err:127.0.0.1 is blocked")
    database.execute("UPDATE users SET active = 0")
    assert "unknown user or wrong token" in refused(lab, server, member("alice", "s3cret"))
    database.close()


@pytest.mark.program
def test_users_of_a_flask_application(lab: Lab) -> None:
    import sys

    need_module("flask")
    port = free_port()
    environ = [f"PYTHONPATH={EXAMPLES}", 'FRP_USERS={"alice": "s3cret"}']
    lab.command("env", *environ, sys.executable, "-m", "flask", "--app", "flask_app", "run", "--port", str(port))
    wait_listening(port)
    plugin = {"name": "users", "addr": f"127.0.0.1:{port}", "path": "/handler", "ops": ["Login", "NewProxy"]}
    server = lab.frps({"httpPlugins": [plugin]})
    assert "unknown user or wrong token" in refused(lab, server, member("alice", ""))
    proxy = tcp_proxy("echo", lab.tcp_echo(), **{"transport.useEncryption": True})
    lab.frpc(server.port, [proxy], member("alice", "s3cret"))
    assert tcp_echoes(proxy["remotePort"])


def test_a_module_of_ones_own(lab: Lab) -> None:
    lab.write("guards.py", MODULE)
    port = free_port()
    server = serve(lab, "guards:Guard", lab.folder, options={"port": port, "list": ["a"], "table": {"b": True}})
    server.wait_for(f"guard made with {{'port': {port}, 'list': ['a'], 'table': {{'b': True}}}}")
    server.wait_for("plugin [users] has been registered")
    proxies = [tcp_proxy("echo", lab.tcp_echo()), tcp_proxy("bad", 1, metadatas={"fail": "1"})]
    client = lab.start_frpc(server.port, {"proxies": proxies})
    client.wait_for("[echo] start proxy success")
    client.wait_for("[bad] start error: send NewProxy request to plugin error")
    server.wait_for("send NewProxy request to plugin [users] error: ZeroDivisionError: division by zero")
    server.wait_for("return 1 / 0")  # its author is shown where
    with connect(port) as user:
        assert receive_all(user) == b""
    server.wait_for("was rejected, err:nobody may")
    assert server.stop() == 0
    assert server.matching("guard closed") == ["guard closed"]


@pytest.mark.parametrize(
    ("plugin", "text"),
    [
        ("absent:C", "pythonPlugins[0].plugin: absent:C cannot be imported: ModuleNotFoundError"),
        ("guards:C", "pythonPlugins[0].plugin: there is no C in guards"),
        ("guards", "pythonPlugins[0].plugin: there is no plugin guards: write package.module:Class"),
    ],
)
def test_a_plugin_that_is_not_there_stops_the_start(lab: Lab, plugin: str, text: str) -> None:
    lab.write("guards.py", MODULE)
    options = {"bindPort": free_port(), "pythonPlugins": [{"plugin": plugin}]}
    path = str(lab.config("frps", options))
    server = lab.run(lab.ends.frps, "-c", path, prefix=with_path(lab.folder))
    assert server.wait_exit() == 1
    assert text in server.text
    assert "frps started" not in server.text


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no SIGHUP here")
def test_a_reload_brings_another_plugin(lab: Lab) -> None:
    lab.write("guards.py", MODULE)
    server = lab.frps({"pythonPlugins": []}, prefix=with_path(lab.folder))
    proxy = tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(server.port, [proxy])
    assert tcp_echoes(proxy["remotePort"])
    path = lab.folder / "frps1.json"
    text = path.read_text()
    plugin = '"pythonPlugins": [{"plugin": "guards:Guard", "ops": ["NewUserConn"], "options": {"key": "hunter2"}}]'
    path.write_text(text.replace('"pythonPlugins": []', plugin))
    os.kill(server.pid, signal.SIGHUP)
    server.wait_for("success reload conf, changed: [pythonPlugins]")
    assert not tcp_echoes(proxy["remotePort"])
    path.write_text(text)
    os.kill(server.pid, signal.SIGHUP)
    server.wait_for("guard closed")
    server.wait_for("success reload conf", count=2)
    assert tcp_echoes(proxy["remotePort"])
