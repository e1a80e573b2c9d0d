"""frps reads its file again under load: what changes, for whom, and that no connection breaks."""

import json
import signal
import socket
import ssl
from pathlib import Path
from typing import Any

import gevent
import pytest

from tests.support.certificates import Authority, Pair
from tests.support.lab import TOKEN, Lab, nest, server_options, tcp_proxy
from tests.support.names import Front, front, web_ports
from tests.support.ports import free_port, free_ports
from tests.support.program import Program
from tests.support.users import connect, receive_exact, refuses, tcp_echoes
from tests.support.web_api import PASSWORD, Answer, Dashboard, admin_options

pytestmark = pytest.mark.usefixtures("frpg_only")

TUNNELS = 200
NEW_TOKEN = "another horse"


class Server:
    """One that runs by a file that the test changes."""

    def __init__(self, lab: Lab, **options: Any) -> None:
        self.lab = lab
        self.web_port = free_port()
        self.options = server_options() | admin_options(self.web_port) | {"log.level": "info"} | options
        self.file = self.write()
        self.program = lab.run(lab.ends.frps, "-c", str(self.file))
        self.program.wait_for("frps started successfully")
        self._reloads = 0

    @property
    def port(self) -> int:
        port: int = self.options["bindPort"]
        return port

    @property
    def api(self) -> Dashboard:
        return Dashboard(self.web_port)

    def write(self, **options: Any) -> Path:
        self.options |= {key.replace("__", "."): value for key, value in options.items()}
        return self.lab.write("frps.json", json.dumps(nest(self.options), indent=1))

    def hang_up(self, **options: Any) -> str:
        """Change these options and send SIGHUP; the line of the log that tells what has changed."""
        self.write(**options)
        self.program.process.send_signal(signal.SIGHUP)
        return self._line()

    def _line(self) -> str:
        self._reloads += 1
        return self.program.wait_for("success reload conf", count=self._reloads)

    def ask(self, api: Dashboard | None = None, **options: Any) -> Answer:
        """Change these options and have the API read them."""
        self.write(**options)
        answer = (api or self.api).ask("POST", "/api/v2/system/reload?strictConfig=true")
        if answer.status == 200:
            self._line()
        return answer

    def frpc(self, *proxies: dict[str, Any], **options: Any) -> Program:
        given = {key.replace("__", "."): value for key, value in options.items()}
        return self.lab.frpc(self.port, proxies, given)


class Load:
    """Tunnels that stay open, and visitors that come and go; `check` tells whether one of them was let down."""

    def __init__(self, *ports: int) -> None:
        self._ports = ports
        self._open: list[socket.socket] = []
        self._failures: list[str] = []
        self._visits = 0
        self._greenlets: list[Any] = []

    def __enter__(self) -> "Load":
        for number in range(TUNNELS):
            self._open.append(connect(self._ports[number % len(self._ports)]))
        self._exchange()
        self._greenlets = [gevent.spawn(self._come_and_go, port) for port in self._ports]
        return self

    def __exit__(self, *_: object) -> None:
        gevent.killall(self._greenlets)
        for user in self._open:
            user.close()

    def _come_and_go(self, port: int) -> None:
        while True:
            try:
                is_served = tcp_echoes(port)
            except OSError as error:
                self._failures.append(f"{port}: {error}")
            else:
                self._failures += [] if is_served else [f"{port}: not served"]
            self._visits += 1

    def _exchange(self) -> None:
        for user in self._open:
            user.sendall(b"are you there")
        for user in self._open:
            assert receive_exact(user, 13) == b"are you there"

    def check(self) -> None:
        """All tunnels live, all visits so far went well, and more come."""
        self._exchange()
        wanted = self._visits + 5 * len(self._ports)
        with gevent.Timeout(20):
            while self._visits < wanted:
                gevent.sleep(0.01)
        assert self._failures == []


def test_a_token_changes_under_load(lab: Lab) -> None:
    scopes = {"auth.additionalScopes": ["HeartBeats", "NewWorkConns"]}
    server = Server(lab, **scopes)
    plain, sealed = (tcp_proxy(name, lab.tcp_echo()) for name in ("plain", "sealed"))
    sealed |= {"transport.useEncryption": True, "transport.useCompression": True}
    client = server.frpc(plain, sealed, **scopes, transport__heartbeatInterval=1)
    with Load(plain["remotePort"], sealed["remotePort"]) as load:
        assert server.hang_up(auth__token=NEW_TOKEN).endswith("changed: [auth.token]")
        load.check()
        stranger = lab.start_frpc(server.port, {"auth.token": TOKEN, "loginFailExit": True})
        stranger.wait_for("token in login doesn't match token from configuration")
        assert stranger.wait_exit() == 1
        other = tcp_proxy("other", lab.tcp_echo())
        server.frpc(other, **scopes, auth__token=NEW_TOKEN)
        assert tcp_echoes(other["remotePort"])
        load.check()
    assert len(client.matching("start proxy success")) == 2  # it never had to come back
    assert server.program.matching("received invalid ping") == []


def test_heartbeats_of_sessions_with_the_old_token_are_answered(lab: Lab) -> None:
    scopes = {"auth.additionalScopes": ["HeartBeats"], "transport.tcpMux": False}
    server = Server(lab, **scopes, **{"transport.heartbeatTimeout": 4})
    ssh = tcp_proxy("ssh", lab.tcp_echo())
    client = server.frpc(ssh, **scopes, transport__heartbeatInterval=1, transport__heartbeatTimeout=4)
    server.hang_up(auth__token=NEW_TOKEN)
    seen = len(client.matching("receive heartbeat from server"))
    client.wait_for("receive heartbeat from server", count=seen + 5)  # one a second: longer than the server's patience
    assert server.program.matching("heartbeat timeout") == []
    assert server.program.matching("received invalid ping") == []
    assert tcp_echoes(ssh["remotePort"])


def test_limits_change_under_load(lab: Lab) -> None:
    server = Server(lab)
    first, second, third = (tcp_proxy(name, lab.tcp_echo()) for name in ("first", "second", "third"))
    server.frpc(first)
    with Load(first["remotePort"]) as load:
        allowed = [{"single": second["remotePort"]}]
        line = server.hang_up(allowPorts=allowed, maxPortsPerClient=1, log__level="debug")
        assert {"allowPorts", "maxPortsPerClient", "log.level"} == set(line.partition("changed: [")[2][:-1].split())
        assert server.api.data("/system/loglevel") == {"level": "debug"}
        refused = lab.start_frpc(server.port, {"proxies": [nest(third)]})
        refused.wait_for("[third] start error: port not allowed")
        udp = {"name": "udp", "type": "udp", "localPort": 1, "remotePort": 0}
        limited = lab.start_frpc(server.port, {"proxies": [nest(second), udp]})
        limited.wait_for("start proxy success")
        limited.wait_for("start error: exceed the max_ports_per_client")
        load.check()


def test_ports_of_names_change_under_load(lab: Lab) -> None:
    ports = web_ports()
    server = Server(lab, **ports)
    ways = {kind: front(kind, ports) for kind in ("http", "https", "tcpmux")}
    ssh = tcp_proxy("ssh", lab.tcp_echo())
    server.frpc(ssh, *[way.proxy(kind, lab.service(way.service(kind)), f"{kind}.test") for kind, way in ways.items()])
    after = dict(zip(ports, free_ports(3), strict=True))
    with Load(ssh["remotePort"]) as load, connect(ports["vhostHTTPPort"]) as kept:
        ask_web(kept)
        server.hang_up(**after)
        for kind, way in ways.items():
            assert refuses(way.port)
            moved = Front(kind, front(kind, after).port)
            assert moved.visit(f"{kind}.test") == kind
        ask_web(kept)
        load.check()


def ask_web(visitor: socket.socket) -> None:
    visitor.sendall(b"GET / HTTP/1.1\r\nHost: http.test\r\n\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\nhttp"):
        data = visitor.recv(65536)
        assert data
        answer += data


@pytest.mark.parametrize("mux", [True, False])
def test_the_port_of_the_clients_changes_under_load(lab: Lab, mux: bool) -> None:
    server = Server(lab, **{"transport.tcpMux": mux})
    ssh, other = (tcp_proxy(name, lab.tcp_echo()) for name in ("ssh", "other"))
    pool = {"transport__poolCount": 5, "transport__tcpMux": mux}
    server.frpc(ssh, **pool)
    before, after = server.port, free_port()
    if not mux:
        # A session without multiplexing dials the old port for each work connection: its tunnels stay, no more come.
        with connect(ssh["remotePort"]) as user:
            user.sendall(b"hello")
            assert receive_exact(user, 5) == b"hello"
            server.hang_up(bindPort=after)
            assert refuses(before)
            user.sendall(b"hello")
            assert receive_exact(user, 5) == b"hello"
            server.frpc(other, **pool)
            assert tcp_echoes(other["remotePort"])
        return
    with Load(ssh["remotePort"]) as load:
        assert server.hang_up(bindPort=after).endswith("changed: [bindPort]")
        assert refuses(before)
        server.frpc(other, **pool)
        assert tcp_echoes(other["remotePort"])
        load.check()


def test_the_dashboard_changes_under_load(lab: Lab) -> None:
    server = Server(lab)
    ssh = tcp_proxy("ssh", lab.tcp_echo())
    server.frpc(ssh)
    first, second = server.web_port, free_port()
    with Load(ssh["remotePort"]) as load:
        answer = server.ask(webServer__password="another one")
        assert (answer.status, answer.json["data"]) == (200, {"changed": ["webServer.password"], "restart": []})
        assert server.api.ask("GET", "/api/serverinfo").status == 401
        new = Dashboard(first, "another one")
        assert new.get("/api/serverinfo")["clientCounts"] == 1
        answer = server.ask(new, webServer__port=second)  # answered, though its port is given up
        assert answer.json["data"] == {"changed": ["webServer.port"], "restart": []}
        assert refuses(first)
        assert Dashboard(second, "another one").get("/api/serverinfo")["clientCounts"] == 1
        assert server.ask(Dashboard(second, "another one"), webServer__port=0).status == 200
        assert refuses(second)
        server.hang_up(webServer__port=first)
        assert Dashboard(first, "another one").data("/proxies/ssh")["status"]["phase"] == "online"
        load.check()


def shown(port: int, *, plain_tls: bool) -> bytes:
    """The certificate that a new connection gets, in DER."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with connect(port) as raw:
        if not plain_tls:
            raw.sendall(b"\x17")
        with context.wrap_socket(raw) as connection:
            found = connection.getpeercert(binary_form=True)
    assert found is not None
    return found


def copy_over(source: Pair, target: Pair) -> None:
    for there, here in ((source.cert, target.cert), (source.key, target.key)):
        Path(here).write_bytes(Path(there).read_bytes())


def der(pair: Pair) -> bytes:
    return ssl.PEM_cert_to_DER_cert(Path(pair.cert).read_text())


def test_certificates_are_replaced_in_place_under_load(lab: Lab, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    pairs = {name: authority.issue(name) for name in ("clients", "web", "new clients", "new web")}
    clients, web = pairs["clients"], pairs["web"]
    server = Server(
        lab,
        **{"transport.tls.certFile": clients.cert, "transport.tls.keyFile": clients.key},
        **{"webServer.tls.certFile": web.cert, "webServer.tls.keyFile": web.key},
    )
    ssh = tcp_proxy("ssh", lab.tcp_echo())
    trust = {"transport__tls__trustedCaFile": authority.file, "transport__tls__serverName": "tunnel.test"}
    server.frpc(ssh, **trust)
    assert shown(server.port, plain_tls=False) == der(clients)
    assert shown(server.web_port, plain_tls=True) == der(web)
    with Load(ssh["remotePort"]) as load:
        copy_over(pairs["new clients"], clients)
        copy_over(pairs["new web"], web)
        assert server.hang_up().endswith("changed: []")
        assert shown(server.port, plain_tls=False) == der(pairs["new clients"])
        assert shown(server.web_port, plain_tls=True) == der(pairs["new web"])
        other = tcp_proxy("other", lab.tcp_echo())
        server.frpc(other, **trust)
        assert tcp_echoes(other["remotePort"])
        load.check()


# --- what cannot be


FAULTS = {
    "no JSON": ('{"bindPort": 7000,\n "auth": {"token": "%s"', "frps.json"),
    "wrong type": ('{"bindPort": "many", "auth": {"token": "%s"}}', "bindPort"),
    "unknown option": ('{"bindPrt": 7000, "auth": {"token": "%s"}}', "bindPrt"),
    "out of range": ('{"bindPort": 70000, "auth": {"token": "%s"}}', "bindPort"),
    "of a later release": ('{"bindPort": 7000, "quicBindPort": 7000, "auth": {"token": "%s"}}', "quicBindPort"),
    "not UTF-8": ('{"bindPort": 7000, "user": "\udcff", "auth": {"token": "%s"}}', "frps.json"),
    "a template": ('{"bindPort": {{ .Envs.NO_SUCH }}, "auth": {"token": "%s"}', ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_file_changes_nothing(lab: Lab, fault: str) -> None:
    server = Server(lab)
    ssh = tcp_proxy("ssh", lab.tcp_echo())
    server.frpc(ssh)
    before = server.api.data("/system/info")["config"]
    text, place = FAULTS[fault]
    server.file.write_bytes((text % "the new secret").encode("utf-8", "surrogateescape"))
    answer = server.api.ask("POST", "/api/v2/system/reload?strictConfig=true")
    assert (answer.status, answer.json["code"], answer.json["data"]) == (400, 400, None)
    assert place in answer.json["msg"]
    server.program.process.send_signal(signal.SIGHUP)
    line = server.program.wait_for("reload conf error, nothing has changed")
    assert place in line
    assert "the new secret" not in server.program.text + answer.text
    assert server.api.data("/system/info")["config"] == before
    assert tcp_echoes(ssh["remotePort"])


def test_a_file_that_has_gone(lab: Lab) -> None:
    server = Server(lab)
    server.file.unlink()
    answer = server.api.ask("POST", "/api/v2/system/reload")
    assert (answer.status, "no such file or directory" in answer.json["msg"]) == (400, True)
    assert server.api.get("/api/serverinfo")


def test_a_port_that_is_taken_changes_nothing_at_all(lab: Lab) -> None:
    server = Server(lab, vhostHTTPPort=free_port())
    ssh = tcp_proxy("ssh", lab.tcp_echo())
    server.frpc(ssh)
    free = free_port()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        answer = server.ask(bindPort=free, vhostHTTPSPort=taken, auth__token=NEW_TOKEN)
    assert answer.status == 400
    assert answer.json["msg"] == (
        f"create server listener error, listen tcp 127.0.0.1:{taken}: bind: address already in use"
    )
    assert refuses(free)
    assert tcp_echoes(ssh["remotePort"])
    server.options["bindPort"] = server.api.get("/api/serverinfo")["bindPort"]
    late = tcp_proxy("late", lab.tcp_echo())
    server.frpc(late)  # with the old token


def test_unknown_options_pass_where_strictness_is_not_asked_for(lab: Lab) -> None:
    server = Server(lab)
    server.write(noSuchOption=1, maxPortsPerClient=3)
    answer = server.api.ask("POST", "/api/v2/system/reload")
    assert answer.json["data"] == {"changed": ["maxPortsPerClient"], "restart": []}
    assert server.api.ask("POST", "/api/v2/system/reload?strictConfig=true").status == 400


def test_what_needs_a_restart_is_named(lab: Lab) -> None:
    server = Server(lab)
    ssh = tcp_proxy("ssh", lab.tcp_echo())
    server.frpc(ssh)
    answer = server.ask(
        bindAddr="0.0.0.0", transport__tcpMux=False, transport__tcpKeepalive=60, webServer__addr="0.0.0.0",
        maxPortsPerClient=4,
    )  # fmt: skip
    assert answer.status == 200
    data = answer.json["data"]
    assert sorted(data["restart"]) == [
        "bindAddr", "transport.tcpKeepalive", "transport.tcpMux", "webServer.addr",
    ]  # fmt: skip
    assert "maxPortsPerClient" in data["changed"]
    assert not set(data["changed"]) & set(data["restart"])
    server.program.wait_for("applied by a restart only")
    assert tcp_echoes(ssh["remotePort"])
    late = tcp_proxy("late", lab.tcp_echo())
    server.frpc(late)
    assert tcp_echoes(late["remotePort"])
    assert Dashboard(server.web_port, PASSWORD).get("/api/serverinfo")["clientCounts"] == 2
