"""What an operator does on the dashboard, with clients that run: close, open, kick, keep out, admit, cut, log level."""

import contextlib
import socket
from typing import Any

import pytest

from tests.support.admin import AdminApi, admin_options
from tests.support.lab import Lab, nest, tcp_proxy
from tests.support.names import front, web_ports
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import connect, receive_all, receive_exact, refuses, tcp_echoes
from tests.support.waiting import eventually
from tests.support.web_api import Dashboard, dashboard

pytestmark = pytest.mark.usefixtures("frpg_only")

CLOSED = "closed by the operator of the server"
WHO = {"user": "alice", "clientID": "cid"}


class Site:
    """A server with a dashboard, and one client of alice with these proxies."""

    def __init__(self, lab: Lab, names: tuple[str, ...] = ("ssh",), **client: Any) -> None:
        self.lab = lab
        self.server, self.api = dashboard(lab)
        self.proxies = [tcp_proxy(name, lab.tcp_echo()) for name in names]
        self.ports = [proxy["remotePort"] for proxy in self.proxies]
        self._options = WHO | client
        self.client = self.start()

    def start(self) -> Program:
        return self.lab.frpc(self.server.port, self.proxies, self._options)


def speaks(user: socket.socket) -> bool:
    """Whether the echo behind an open tunnel answers."""
    try:
        user.sendall(b"still there?")
        return receive_exact(user, 12) == b"still there?"
    except ConnectionError:
        return False


def test_close_and_open_a_proxy(lab: Lab) -> None:
    admin_port = free_port()
    site = Site(lab, ("ssh", "web"), **admin_options(admin_port))
    admin, (port, other) = AdminApi(admin_port), site.ports
    with connect(port) as open_before:
        assert speaks(open_before)
        site.api.act("POST", "/proxies/alice.ssh/close")
        site.client.wait_for(f"[ssh] start error: {CLOSED}")
        [ssh] = [proxy for proxy in admin.get("/api/status")["tcp"] if proxy["name"] == "ssh"]
        assert (ssh["status"], ssh["err"]) == ("start error", CLOSED)
        assert refuses(port)
        assert tcp_echoes(other)
        assert speaks(open_before)
    status = site.api.data("/proxies/alice.ssh")["status"]
    assert (status["phase"], status["blocked"]) == ("offline", True)
    assert site.client.stop() == 0
    again = lab.start_frpc(site.server.port, {"proxies": [nest(proxy) for proxy in site.proxies], **WHO})
    again.wait_for(f"[ssh] start error: {CLOSED}")
    assert CLOSED in site.api.data("/clients/alice.cid/errors")["items"][0]["text"]
    assert again.stop() == 0
    site.api.act("POST", "/proxies/alice.ssh/open")
    site.start()
    assert tcp_echoes(port)
    status = site.api.data("/proxies/alice.ssh")["status"]
    assert (status["phase"], "blocked" in status) == ("online", False)


def test_a_closed_name_is_closed_for_everybody(lab: Lab) -> None:
    site = Site(lab)
    site.api.act("POST", "/proxies/alice.ssh/close")
    thief = lab.start_frpc(site.server.port, {"user": "alice", "proxies": [nest(site.proxies[0])]})
    thief.wait_for(f"[ssh] start error: {CLOSED}")


def test_kick_a_client_and_it_comes_back(lab: Lab) -> None:
    site = Site(lab)
    with connect(site.ports[0]) as user:
        assert speaks(user)
        site.api.act("POST", "/clients/alice.cid/kick")
        site.client.wait_for("login to server success", count=2)
        site.client.wait_for("[ssh] start proxy success", count=2)
        assert not speaks(user)
    assert tcp_echoes(site.ports[0])
    assert site.api.data("/clients/alice.cid/errors")["items"][0]["text"] == "kicked by the operator"


def test_keep_a_client_out_and_admit_it(lab: Lab) -> None:
    site = Site(lab)
    site.api.act("POST", "/clients/alice.cid/kick", {"keepOutSeconds": 3600})
    site.client.wait_for("kept out for a while by the operator of the server")
    client = site.api.data("/clients/alice.cid")
    assert (client["online"], client["blockedUntil"] > client["disconnectedAt"] + 3500) == (False, True)
    assert refuses(site.ports[0])
    [line] = site.server.matching("refused login from 127.0.0.1")[:1]
    assert line.endswith("kept out for a while by the operator of the server")
    lab.frpc(site.server.port, [tcp_proxy("other", lab.tcp_echo())], {"user": "bob"})
    site.api.act("POST", "/clients/alice.cid/admit")
    assert "blockedUntil" not in site.api.data("/clients/alice.cid")
    assert site.client.stop() == 0
    site.start()
    assert tcp_echoes(site.ports[0])


def test_cut_one_connection_of_many(lab: Lab) -> None:
    site = Site(lab, ("a", "b"))
    with contextlib.ExitStack() as stack:
        users = [stack.enter_context(connect(port)) for port in site.ports * 20]
        assert all(speaks(user) for user in users)
        victim = users[17]
        address = f"127.0.0.1:{victim.getsockname()[1]}"
        [item] = site.api.items(f"/connections?q={address}")
        assert (item["proxy"], item["remoteAddr"]) == ("alice.b", address)
        assert (item["trafficIn"], item["trafficOut"]) == (12, 12)
        site.api.act("DELETE", f"/connections/{item['id']}")
        assert not speaks(victim)
        assert all(speaks(user) for user in users if user is not victim)
        eventually(lambda: site.api.data("/connections")["total"] == len(users) - 1)
        site.server.wait_for(f"connection of [{address}] cut by the operator")
    eventually(lambda: site.api.data("/system/info")["status"]["curConns"] == 0)


def test_cut_a_visitor_of_the_web_port(lab: Lab) -> None:
    ports = web_ports()
    server, api = dashboard(lab, ports)
    way = front("http", ports)
    silent = lab.backlog()
    lab.frpc(
        server.port, [way.proxy("slow", silent.port, "slow.test"), way.proxy("web", lab.service(_hello), "web.test")]
    )
    with connect(way.port) as visitor:
        visitor.sendall(b"GET / HTTP/1.1\r\nHost: slow.test\r\n\r\n")
        service = silent.accept()
        with service:
            [item] = api.items("/connections?proxy=slow")
            assert (item["type"], item["trafficIn"]) == ("http", None)
            api.act("DELETE", f"/connections/{item['id']}")
            assert visitor.recv(1) == b""
            receive_all(service)  # its request, then the end of whom it was from
    assert way.visit("web.test") == "hello"


def _hello(connection: socket.socket) -> None:
    while connection.recv(65536):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


def test_log_level_while_it_runs(lab: Lab) -> None:
    server, api = dashboard(lab, {"log.level": "info"})

    def debug_lines() -> int:
        return len(server.matching("] [D] ")) + len(server.matching(" [D] ["))

    def poke() -> None:
        """A request that is news to nobody but a debugger."""
        api.get("/api/v2/system/live")

    poke()
    assert api.act("PUT", "/system/loglevel", {"level": "debug"}) == {"level": "debug"}
    server.wait_for("log level [debug], set by the operator")
    assert debug_lines() == 0
    poke()
    server.wait_for("http response [/api/v2/system/live]: code [200]")
    assert debug_lines() > 0
    api.act("PUT", "/system/loglevel", {"level": "error"})
    before = len(server.lines)
    Dashboard(api.port, "wrong").ask("GET", "/api/serverinfo")
    assert len(server.lines) == before
    assert api.data("/system/live")["logLevel"] == "error"
