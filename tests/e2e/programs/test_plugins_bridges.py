"""The bridges between real programs: curl, websockets and grpcio before them, nginx, websockets and grpcio behind."""

import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from gevent.event import Event

from tests.support import nginx
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.curl import Curl
from tests.support.lab import Lab
from tests.support.names import web_ports
from tests.support.peers import command, need_module
from tests.support.ports import free_port
from tests.support.tools import need, run, wait_listening
from tests.support.web import Served, WebService, head

pytestmark = pytest.mark.program
HOST = SERVER_NAME
KINDS = ("http2http", "http2https", "https2http", "https2https")
FILES = {"small": b"x" * 1000, "big": random.Random(1).randbytes(20_000_000)}
TLS_SERVER = """
server {{
    listen 127.0.0.1:{port} ssl{h2};
    ssl_certificate {cert}; ssl_certificate_key {key};
    {what}
}}
"""
TO_WEBSOCKET = """
location / {{
    proxy_pass http://127.0.0.1:{}; proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;
}}
"""


class Bridged:
    """A server and a client with a bridge of this kind to `local_port`; users trust `ca`."""

    def __init__(self, lab: Lab, kind: str, local_port: int, **options: Any) -> None:
        ports = web_ports()
        authority = Authority(lab.folder, "users")
        pair = authority.issue("bridge")
        self.ca = authority.file
        self.is_tls = kind.startswith("https")
        self.port: int = ports["vhostHTTPSPort" if self.is_tls else "vhostHTTPPort"]
        files = {"crtPath": pair.cert, "keyPath": pair.key} if self.is_tls else {}
        plugin = {"type": kind, "localAddr": f"127.0.0.1:{local_port}", **files, **options}
        proxy = {"name": "web", "type": "https" if self.is_tls else "http", "customDomains": [HOST]}
        lab.frpc(lab.frps(ports).port, [proxy | {"plugin": plugin}])
        self.curl = Curl(HOST, self.port, "https" if self.is_tls else "http")


def behind_tls(lab: Lab, what: str, h2: str = "") -> int:
    """Port of an nginx that does `what`, over TLS."""
    pair = Authority(lab.folder, "local").issue("local")
    server = TLS_SERVER.format(port=(port := free_port()), h2=h2, cert=pair.cert, key=pair.key, what=what)
    nginx.run(lab, port, nginx.http(lab, server))
    return port


def files(lab: Lab, kind: str) -> int:
    """Port of an nginx with FILES, as the kind wants it."""
    need("curl", "nginx")
    if not kind.endswith("2https"):
        nginx.serve_files(lab, port := free_port(), FILES)
        return port
    (www := lab.folder / "tls").mkdir()
    for name, content in FILES.items():
        (www / name).write_bytes(content)
    return behind_tls(lab, f"root {www};")


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_nginx_come_to_curl(lab: Lab, kind: str) -> None:
    bridged = Bridged(lab, kind, files(lab, kind))
    versions = {"1.1": "--http1.1"} | ({"2": "--http2"} if bridged.is_tls else {})
    for version, option in versions.items():
        for name, content in FILES.items():
            target = lab.folder / "got"
            seen = bridged.curl(f"/{name}", option, "-o", str(target), "-w", "%{http_code} %{http_version}")
            assert seen == f"200 {version}"
            assert checksum(target) == hashlib.sha256(content).hexdigest()
        part = bridged.curl("/big", option, "-r", "1000-1999", "-o", "/dev/null", "-w", "%{http_code} %{size_download}")
        assert part == "206 1000"
        assert "content-length: 20000000" in bridged.curl("/big", option, "-I").lower()


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_one_connection_serves_many_requests(lab: Lab, kind: str) -> None:
    bridged = Bridged(lab, kind, files(lab, kind))
    url = f"{bridged.curl.scheme}://{HOST}:{bridged.port}/small"
    again = [part for _ in range(20) for part in ("-o", "/dev/null", url)]
    seen = bridged.curl("/small", "--http1.1", "-o", "/dev/null", *again, "-w", "%{http_code} %{num_connects}\n")
    assert seen.split("\n")[:-1] == ["200 1"] + ["200 0"] * 20


@pytest.mark.parametrize("kind", KINDS)
def test_websockets(lab: Lab, kind: str) -> None:
    need_module("websockets")
    lab.command(*command("websocket_echo", echo := free_port()))
    wait_listening(echo)
    local = behind_tls(lab, TO_WEBSOCKET.format(echo)) if kind.endswith("2https") else echo
    bridged = Bridged(lab, kind, local)
    tls = ["tls"] if bridged.is_tls else []
    assert run(*command("websocket_client", bridged.port, HOST, *tls)) == "all came back\n"


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_curl_hears_events_as_they_come(lab: Lab, version: str) -> None:
    heard = [Event() for _ in range(3)]

    def answer(served: Served) -> None:
        served.request()
        served.send(head("HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Connection: close"))
        for number, event in enumerate(heard):
            served.send(b"data: %d\n\n" % number)
            assert event.wait(10)

    (curl,) = need("curl")
    service = WebService(answer)
    bridged = Bridged(lab, "https2http", lab.service(service.serve))
    options = ["--silent", "--no-buffer", "--insecure", "--max-time", "50", version, "--noproxy", "*"]
    place = ["--resolve", f"{HOST}:{bridged.port}:127.0.0.1"]
    listener = lab.command(curl, *options, *place, f"https://{HOST}:{bridged.port}/")
    for number, event in enumerate(heard):
        listener.wait_for(f"data: {number}")
        event.set()
    assert listener.wait_exit() == 0


@pytest.mark.usefixtures("frpg_only")  # frp speaks HTTP/1.1 to services
@pytest.mark.parametrize("check", ["unary", "streams", "talk", "error"])
@pytest.mark.parametrize("kind", ["https2http", "https2https"])
def test_grpc(lab: Lab, kind: str, check: str) -> None:
    need_module("grpc")
    service = lab.command(*command("grpc_echo", local := free_port()))
    service.wait_for("serving")
    if kind.endswith("2https"):
        what = f"client_max_body_size 0; location / {{ grpc_pass grpc://127.0.0.1:{local}; }}"
        local = behind_tls(lab, what, " http2")
    bridged = Bridged(lab, kind, local)
    assert run(*command("grpc_client", bridged.port, HOST, check, bridged.ca)) == "held\n"
