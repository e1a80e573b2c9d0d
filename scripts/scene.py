"""A small company's tunnels on this machine, for the pictures of the docs: server, clients, services, visitors."""

from __future__ import annotations

import contextlib
import math
import os
import random
import signal
import socket
import struct
import time
from typing import Any

import gevent
from gevent.server import DatagramServer, StreamServer

from tests.support.admin import PASSWORD, USER, AdminApi, admin_options
from tests.support.lab import TOKEN, Lab, nest
from tests.support.names import get_head, read_answer
from tests.support.program import Program
from tests.support.users import receive_exact

DASHBOARD, ADMIN = 7500, 7400
BIND, WEB, TLS = 7000, 8080, 8443
SSH, FILES, DB, SITE, DNS = 2222, 4450, 5432, 8000, 5353  # services
NOBODY = 9100
PATIENCE = 1  # seconds that the server waits for a client before it gives a visitor up
SERVER = {
    "bindPort": BIND,
    "vhostHTTPPort": WEB,
    "vhostHTTPSPort": TLS,
    "subDomainHost": "tunnel.example.com",
    "maxPortsPerClient": 20,
    "allowPorts": [{"start": 6000, "end": 6999}],
    "userConnTimeout": PATIENCE,
    "log.level": "info",
}
TURN = 0.25  # seconds between two things that a visitor does

CLIENT_FILE = f"""\
# frpc on the NAS in the office
serverAddr = "127.0.0.1"
serverPort = {BIND}
clientID = "nas"
auth.token = "{{{{ .Envs.FRP_TOKEN }}}}"

webServer.port = {ADMIN}
webServer.user = "{USER}"
webServer.password = "{{{{ .Envs.FRP_ADMIN_PASSWORD }}}}"
store.path = "frpc_store.json"

[[proxies]]
name = "ssh"
type = "tcp"
localPort = {SSH}
remotePort = 6000

[[proxies]]
name = "web"
type = "http"
localPort = {SITE}
customDomains = ["cloud.example.com"]
annotations = {{ owner = "office", room = "2.04" }}

[[proxies]]
name = "files"
type = "tcp"
localPort = {FILES}
remotePort = 6445
transport.useEncryption = true
transport.useCompression = true
transport.bandwidthLimit = "20MB"

[[proxies]]
name = "dns"
type = "udp"
localPort = {DNS}
remotePort = 6053

[[proxies]]
name = "printer"
type = "tcp"
localPort = {NOBODY}
remotePort = 80
"""
STORED = [
    {
        "name": "backup",
        "type": "tcp",
        "tcp": {"localPort": FILES, "remotePort": 6873, "transport": {"useEncryption": True}},
    },
    {"name": "photos", "type": "http", "http": {"localPort": SITE, "subdomain": "photos", "locations": ["/albums"]}},
    {"name": "camera", "type": "tcp", "tcp": {"localPort": 8554, "remotePort": 6554, "enabled": False}},
]
VISITOR = {"serverName": "wiki", "serverUser": "alice", "secretKey": "k", "bindPort": 9001, "enabled": False}


class Scene:
    """Everything runs once it is made; `play` lets visitors come and go. `close`, and the lab, end it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._chance = random.Random(4)
        self._services = [
            StreamServer(("127.0.0.1", port), handle)
            for port, handle in ((SSH, _serve), (FILES, _serve), (DB, _serve), (SITE, _serve_web))
        ]
        self._services.append(_Names(("127.0.0.1", DNS)))
        for service in self._services:
            service.start()
        lab.frps(SERVER | admin_options(DASHBOARD))
        self._players: list[gevent.Greenlet] = []
        self._nas()
        self._others()

    def close(self) -> None:
        gevent.killall(self._players)
        for service in self._services:
            service.stop()

    def play(self, seconds: float) -> None:
        """Traffic for a while."""
        ports = [(6000, 900), (6445, 90_000), (6432, 25_000), (6432, 12_000), (6433, 4000), (6001, 500)]
        self._players += [gevent.spawn(self._stay, port, size, delay) for delay, (port, size) in enumerate(ports)]
        self._players += [gevent.spawn(self._come_and_go, port) for port in (6000, 6100, 6379, 6432, 6433, 6445)]
        hosts = ["cloud.example.com", "shop.example.com", "shop.example.com", "api.example.com"]
        self._players += [gevent.spawn(self._browse, host) for host in hosts]
        self._players.append(gevent.spawn(self._ask_names))
        gevent.sleep(seconds)

    def _nas(self) -> None:
        os.environ |= {"FRP_TOKEN": TOKEN, "FRP_ADMIN_PASSWORD": PASSWORD}  # which the file names
        self.lab.write("frpc.toml", CLIENT_FILE)
        program = self.lab.run(self.lab.ends.frpc, "-c", "frpc.toml", prefix=_host("nas"))
        program.wait_for("[files] start proxy success")
        api = AdminApi(ADMIN)
        for entry in STORED:
            api.ask("POST", "/api/store/proxies", entry)
        api.ask("POST", "/api/store/visitors", {"name": "wiki", "type": "stcp", "stcp": VISITOR})

    def _others(self) -> None:
        db = _tcp("db", DB, 6432, annotations={"owner": "shop", "on-call": "+49 30 5550100"})
        db |= {
            "transport.useEncryption": True,
            "transport.bandwidthLimit": "8MB",
            "transport.bandwidthLimitMode": "server",
        }
        group = {"loadBalancer.group": "shop", "loadBalancer.groupKey": "shop key"}
        api = _http("api", "api.example.com", locations=["/v1", "/v2"])
        pay = {"name": "pay", "type": "https", "localPort": SITE, "customDomains": ["pay.example.com"]}
        web, redis = _http("web", "shop.example.com", **group), _tcp("redis", DB, 6379)
        shop = self._client("shop", "berlin-1", web, db, redis, api, pay)
        self._client("shop", "berlin-2", _http("web-2", "shop.example.com", **group), _tcp("db-copy", DB, 6433))
        self._client("alice", "laptop", _tcp("ssh", SSH, 6001), _http("preview", subdomain="alice"))
        self._client("", "backup", _tcp("rsync", FILES, 6870), _tcp("monitor", SSH, 6100))
        gone = self._client("bob", "greenhouse", _tcp("camera", FILES, 6555), _tcp("sensors", SSH, 6183))
        self._talk(6555, 40_000)
        gone.stop()
        self._stumble(shop, 6432)

    def _client(self, user: str, name: str, *proxies: dict[str, Any]) -> Program:
        options = {"user": user, "clientID": name, "log.level": "info", "proxies": [nest(proxy) for proxy in proxies]}
        program = self.lab.start_frpc(BIND, options, prefix=_host(name))
        for proxy in proxies:
            program.wait_for(f"[{proxy['name']}] start proxy success")
        return program

    def _stumble(self, client: Program, port: int) -> None:
        """A client that does not answer for a moment, so that there is an error to see."""
        client.process.send_signal(signal.SIGSTOP)
        try:
            visitors = [_connect(port, self._chance) for _ in range(3)]
            gevent.sleep(2 * PATIENCE)
        finally:
            client.process.send_signal(signal.SIGCONT)
        for visitor in visitors:
            visitor.close()

    def _talk(self, port: int, size: int) -> None:
        with _connect(port, self._chance) as visitor:
            _ask(visitor, size)

    def _stay(self, port: int, size: int, delay: int) -> None:
        """In waves, so that the curve has something to tell."""
        gevent.sleep(delay * 2)
        with _connect(port, self._chance) as visitor:
            while True:
                wave = 1.2 + math.sin(time.monotonic() / 47 + delay) + self._chance.random() / 3
                _ask(visitor, int(size * wave))
                gevent.sleep(TURN)

    def _come_and_go(self, port: int) -> None:
        while True:
            gevent.sleep(self._chance.random() * 60)
            with _connect(port, self._chance) as visitor:
                for _ in range(self._chance.randrange(10, 200)):
                    _ask(visitor, self._chance.randrange(20_000))
                    gevent.sleep(TURN)

    def _browse(self, host: str) -> None:
        while True:
            with _connect(WEB, self._chance) as visitor:
                for _ in range(self._chance.randrange(5, 60)):
                    visitor.sendall(get_head(f"{host}:{WEB}", path="/v1/orders"))
                    read_answer(visitor)
                    gevent.sleep(self._chance.random())
            gevent.sleep(self._chance.random() * 9)

    def _ask_names(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as visitor:
            while True:
                visitor.sendto(self._chance.randbytes(60), ("127.0.0.1", 6053))
                gevent.sleep(TURN)


class _Names(DatagramServer):
    """Answers each question with something longer."""

    def handle(self, data: bytes, address: Any) -> None:
        self.sendto(data * 2, address)


def _tcp(name: str, local: int, remote: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "tcp", "localPort": local, "remotePort": remote, **more}


def _http(name: str, *domains: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "http", "localPort": SITE, "customDomains": list(domains), **more}


def _connect(port: int, chance: random.Random) -> socket.socket:
    """From one of the many addresses that this machine has for itself."""
    source = f"127.{chance.randrange(10, 99)}.{chance.randrange(200)}.{chance.randrange(2, 250)}"
    return socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))


def _ask(visitor: socket.socket, size: int) -> None:
    visitor.sendall(struct.pack("!I", size) + bytes(size // 20))
    while size and (data := visitor.recv(min(size, 65536))):
        size -= len(data)


def _serve(connection: socket.socket, _address: object) -> None:
    """Gives as many bytes as it is asked for; the question is a twentieth of that long."""
    with connection, contextlib.suppress(OSError):
        while len(head := receive_exact(connection, 4)) == 4:
            (size,) = struct.unpack("!I", head)
            receive_exact(connection, size // 20)
            connection.sendall(random.randbytes(size))


def _serve_web(connection: socket.socket, _address: object) -> None:
    asked = b""
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(65536):
            asked += data
            while b"\r\n\r\n" in asked:
                asked = asked.partition(b"\r\n\r\n")[2]
                body = random.randbytes(random.randrange(500, 30_000))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def _host(name: str) -> list[str]:
    """Before a command: it sees another host name than this machine's."""
    rename = 'hostname "$0" && exec "$@"'
    return ["unshare", "--user", "--map-root-user", "--uts", "sh", "-c", rename, name]
