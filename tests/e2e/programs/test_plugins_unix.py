"""unix_domain_socket and tls2raw in front of real programs: gunicorn, nginx, haproxy, OpenSSL's s_client."""

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import nginx
from tests.support.curl import Curl
from tests.support.lab import Lab, tcp_proxy
from tests.support.peers import need_module
from tests.support.ports import free_port
from tests.support.tools import need, wait_listening
from tests.support.users import TIMEOUT
from tests.support.waiting import eventually

pytestmark = pytest.mark.program
HOST = "app.example.test"
PEERS = Path(__file__).resolve().parents[2] / "support" / "peers"
STAGES = [{}, {"transport.useEncryption": True, "transport.useCompression": True}]
TELLS = "access_log off; location / {{ return 200 $proxy_protocol_addr; }}"
HAPROXY = """\
defaults
    mode http
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen local
    bind {where} accept-proxy
    http-request return status 200 content-type text/plain lf-string "%[src]"
"""


def unix(path: Path) -> dict[str, Any]:
    return {"type": "unix_domain_socket", "unixPath": str(path)}


def tls2raw(port: int) -> dict[str, Any]:
    return {"type": "tls2raw", "localAddr": f"127.0.0.1:{port}"}


@pytest.mark.parametrize("stages", STAGES, ids=["plain", "both"])
def test_gunicorn_on_a_unix_socket(lab: Lab, stages: dict[str, bool]) -> None:
    need("curl")
    need_module("flask", "gunicorn")
    socket = lab.folder / "gunicorn"
    options = ["--workers", "1", "--threads", "4", "--no-control-socket", "--worker-tmp-dir", str(lab.folder)]
    gunicorn = lab.command(
        sys.executable, "-m", "gunicorn", *options, "--bind", f"unix:{socket}", "--chdir", str(PEERS), "flask_app:app"
    )
    gunicorn.wait_for("Booting worker")
    port = free_port()
    proxy = {"name": "app", "type": "http", "customDomains": [HOST], "plugin": unix(socket), **stages}
    lab.frpc(lab.frps({"vhostHTTPPort": port}).port, [proxy])
    curl, content = Curl(HOST, port), random.Random(1).randbytes(5_000_000)
    seen = json.loads(curl("/about/x?y=1"))
    assert (seen["path"], dict(seen["headers"])["X-Forwarded-For"]) == ("x", "127.0.0.1")
    path = lab.folder / "content"
    path.write_bytes(content)
    uploaded = json.loads(curl("/upload", "-T", str(path)))
    assert uploaded == {"size": len(content), "digest": hashlib.sha256(content).hexdigest()}


def ask(url: str, *options: str) -> str:
    (curl,) = need("curl")
    command = [curl, "--silent", "--show-error", "--noproxy", "*", "--insecure", *options, url]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT).stdout


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("kind", ["unix_domain_socket", "tls2raw"])
@pytest.mark.parametrize("program", ["nginx", "haproxy"])
def test_the_user_is_known_to_the_service(lab: Lab, program: str, kind: str, version: str) -> None:
    """All of 127.0.0.0/8 is this machine: the user comes from an address that no one else has."""
    path, port = lab.folder / "s", free_port()
    is_unix = kind == "unix_domain_socket"
    if program == "nginx":
        where = f"unix:{path}" if is_unix else f"127.0.0.1:{port}"
        servers = f"server {{ listen {where} proxy_protocol; {TELLS.format()} }}"
        blocks = nginx.http(lab, servers)
        start_nginx(lab, blocks, path if is_unix else port)
    else:
        start_haproxy(lab, f"unix@{path}" if is_unix else f"127.0.0.1:{port}", path if is_unix else port)
    plugin = unix(path) if is_unix else tls2raw(port)
    proxy = tcp_proxy("who", 1, plugin=plugin, **{"transport.proxyProtocolVersion": version})
    lab.frpc(lab.frps().port, [proxy])
    scheme = "http" if is_unix else "https"
    assert ask(f"{scheme}://127.0.0.1:{proxy['remotePort']}/", "--interface", "127.0.0.7") == "127.0.0.7"


def start_nginx(lab: Lab, blocks: str, place: Path | int) -> None:
    if isinstance(place, int):
        nginx.run(lab, place, blocks)
    else:
        nginx.start(lab, blocks)
        eventually(place.exists, what="nginx has made no socket")


def start_haproxy(lab: Lab, where: str, place: Path | int) -> None:
    (program,) = need("haproxy")
    lab.command(program, "-db", "-f", str(lab.write("haproxy.cfg", HAPROXY.format(where=where))))
    if isinstance(place, int):
        wait_listening(place)
    else:
        eventually(place.exists, what="haproxy has made no socket")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_s_client_talks_to_what_is_behind_tls2raw(lab: Lab, version: str) -> None:
    (openssl,) = need("openssl")
    nginx.serve_files(lab, local := free_port(), {"small": b"x" * 1000})
    proxy = tcp_proxy("tls", 1, plugin=tls2raw(local))
    lab.frpc(lab.frps().port, [proxy])
    command = [openssl, "s_client", "-quiet", "-no_ign_eof", version, "-connect", f"127.0.0.1:{proxy['remotePort']}"]
    done = subprocess.run(
        [*command, "-ign_eof"],
        input=b"GET /small HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.stdout.startswith(b"HTTP/1.1 200 OK\r\n"), done.stderr
    assert done.stdout.endswith(b"\r\n\r\n" + b"x" * 1000)
