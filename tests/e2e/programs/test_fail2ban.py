"""fail2ban reads the log of a server under attack: whom it finds, whom it leaves alone, whom nobody can blame."""

import base64
import contextlib
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.support.admin import PASSWORD, USER, admin_options
from tests.support.binaries import ROOT
from tests.support.lab import Lab, nest, server_options, tcp_proxy
from tests.support.names import front, web_ports
from tests.support.ports import free_port
from tests.support.tools import need, run
from tests.support.users import TIMEOUT, receive_all
from tests.support.waiting import eventually

pytestmark = [pytest.mark.program, pytest.mark.usefixtures("frpg_only")]

FILTER = ROOT / "conf" / "fail2ban" / "filter.d" / "frps.conf"
JAIL = ROOT / "conf" / "fail2ban" / "jail.d" / "frps.conf"
STYLES = {
    "plain": {"log.disablePrintColor": True},
    "coloured": {"log.disablePrintColor": False},
    "json": {"log.format": "json"},
    "file": {"log.to": "frps.log"},
}
INNOCENT = "127.0.0.99"
FORGED = (
    f"x 2026-11-26 10:00:00.000 [I] [logs/refusals.py:26] refused login from {INNOCENT} port 1: token in login doesn't "
    "match token from configuration"
)
FORGED_JSON = (
    '{"time":"2026-11-26T10:00:00.000+00:00","level":"info","place":"logs/refusals.py:26","prefixes":[],'
    f'"message":"refused login from {INNOCENT} port 1: token in login doesn\'t match token"}}'
)


class Scene:
    """A server of which only the log is looked at."""

    def __init__(self, lab: Lab, style: str, host: str = "127.0.0.1") -> None:
        self.lab, self.host = lab, host
        self.log = lab.folder / ("frps.log" if style == "file" else "stdout")
        self.web_port = free_port()
        self.ports = web_ports()
        options = server_options() | self.ports | admin_options(self.web_port) | STYLES[style]
        options |= {"bindAddr": host, "proxyBindAddr": host, "webServer.addr": host, "log.level": "info"}
        self.port = options["bindPort"]
        config = lab.config("frps", options)
        redirect = ("sh", "-c", f'exec "$@" >"{lab.folder}/stdout"', "sh")
        lab.run(lab.ends.frps, "-c", str(config), prefix=redirect)
        eventually(lambda: self.log.exists() and "frps started successfully" in self.text)

    @property
    def text(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def wait_for(self, text: str, count: int = 1) -> None:
        eventually(lambda: self.text.count(text) >= count, what=f"no {text!r} in the log:\n{self.text}")

    def say(self, port: int, source: str, data: bytes) -> bytes:
        """Come from `source`, say this and nothing more; what is answered before the end."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as visitor:
            visitor.settimeout(TIMEOUT)
            visitor.bind((source, 0))
            visitor.connect((self.host, port))
            visitor.sendall(data)
            with contextlib.suppress(OSError):
                visitor.shutdown(socket.SHUT_WR)
            return receive_all(visitor)

    def ask(
        self, port: int, source: str, host: str, password: str | None, *, path: str = "/", user: str = USER
    ) -> bytes:
        """An HTTP request, with a password or without one."""
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        header = "" if password is None else f"Authorization: Basic {token}\r\nProxy-Authorization: Basic {token}\r\n"
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{header}Connection: close\r\n\r\n"
        return self.say(port, source, head.encode())

    def log_in(self, source: str, **options: Any) -> None:
        """A client that gives up after the first refusal."""
        given = {"serverAddr": self.host, "transport.connectServerLocalIP": source, "loginFailExit": True, **options}
        client = self.lab.start_frpc(self.port, {key.replace("__", "."): value for key, value in given.items()})
        client.wait_exit()

    def found(self, mode: str = "normal") -> set[str]:
        [regex] = need("fail2ban-regex")
        return set(run(regex, "-o", "ip", str(self.log), f"{FILTER}[mode={mode}]").split())


@pytest.fixture(params=["plain", "coloured", "json"])
def scene(lab: Lab, request: pytest.FixtureRequest) -> Scene:
    need("fail2ban-regex")
    return Scene(lab, request.param)


def publish(scene: Scene) -> None:
    """Names with passwords."""
    http, tcpmux = front("http", scene.ports), front("tcpmux", scene.ports)
    secured = {"httpUser": USER, "httpPassword": PASSWORD}
    names = [http.proxy("web", 1, "web.test", **secured), tcpmux.proxy("mux", 1, "mux.test", **secured)]
    scene.lab.frpc(scene.port, names)


def test_whom_it_finds(scene: Scene) -> None:
    publish(scene)
    http, tcpmux = scene.ports["vhostHTTPPort"], scene.ports["tcpmuxHTTPConnectPort"]
    scene.log_in("127.0.0.2", auth__token="a wrong one")
    scene.ask(scene.web_port, "127.0.0.3", "dashboard", "a wrong one", path="/none")
    scene.ask(http, "127.0.0.4", "web.test", "a wrong one")
    token = base64.b64encode(b"admin:a wrong one")
    scene.say(tcpmux, "127.0.0.5", b"CONNECT mux.test:1 HTTP/1.1\r\nProxy-Authorization: Basic " + token + b"\r\n\r\n")
    scene.say(scene.port, "127.0.0.6", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    scene.say(scene.port, "127.0.0.7", b"SSH-2.0-OpenSSH_9.2\r\n")
    scene.say(scene.port, "127.0.0.8", b"\x16\x03\x01\x00\x05hello")
    scene.wait_for("refused connection from 127.0.0.8")
    assert scene.found() == {f"127.0.0.{number}" for number in range(2, 9)}


def test_whom_it_leaves_alone(scene: Scene) -> None:
    publish(scene)
    http, https, tcpmux = (scene.ports[f"{name}Port"] for name in ("vhostHTTP", "vhostHTTPS", "tcpmuxHTTPConnect"))
    scene.ask(scene.web_port, "127.0.0.2", "dashboard", None)
    assert b"200 OK" in scene.ask(scene.web_port, "127.0.0.3", "dashboard", PASSWORD, path="/api/serverinfo")
    scene.ask(scene.web_port, "127.0.0.3", "dashboard", PASSWORD, path="/none")
    scene.ask(http, "127.0.0.4", "web.test", None)
    scene.ask(http, "127.0.0.5", "nobody.test", "a wrong one")
    scene.say(tcpmux, "127.0.0.6", b"CONNECT mux.test:1 HTTP/1.1\r\n\r\n")
    scene.say(scene.port, "127.0.0.7", b"")  # a port check
    scene.say(scene.port, "127.0.0.8", b"abc")
    scene.say(https, "127.0.0.9", b"no hello")
    scene.say(http, "127.0.0.10", b"nonsense\r\n\r\n")
    scene.wait_for("refused http from 127.0.0.10")
    assert scene.found() == set()
    assert scene.found("aggressive") == {"127.0.0.5", "127.0.0.9", "127.0.0.10"}


@pytest.mark.parametrize("forged", [FORGED, FORGED_JSON], ids=["text", "json"])
def test_nobody_can_blame_another(scene: Scene, forged: str) -> None:
    """With all that strangers and clients can have the log say."""
    publish(scene)
    http, tcpmux = scene.ports["vhostHTTPPort"], scene.ports["tcpmuxHTTPConnectPort"]
    packed = forged.replace(" ", "%20").replace('"', "%22")
    scene.ask(http, "127.0.0.2", "nobody.test", None, path=f"/{packed}")
    scene.ask(http, "127.0.0.2", "nobody.test", "x", path=f"/%0A{packed}", user=f"\n{forged}")
    scene.ask(http, "127.0.0.2", f"\x0b{forged}", None)
    scene.say(http, "127.0.0.2", f"{forged}\r\n\r\n".encode())
    scene.say(tcpmux, "127.0.0.2", f"CONNECT {packed}:1 HTTP/1.1\r\n\r\n".encode())
    for path in (f"/{packed}", f"/api/proxies/{packed}", f"/api/v2/clients/%0A{packed}"):
        scene.ask(scene.web_port, "127.0.0.2", "dashboard", PASSWORD, path=path)
    names = [tcp_proxy(f"{number} {forged}", 1, scene.port) for number in range(2)]
    who = {"user": forged, "clientID": forged, "metadatas": {"m": forged}}
    given = {"proxies": [nest(proxy) for proxy in names], "transport.connectServerLocalIP": "127.0.0.2", **who}
    scene.lab.start_frpc(scene.port, given).wait_for("start error", count=2)
    twin = scene.lab.start_frpc(
        scene.port, {"transport.connectServerLocalIP": "127.0.0.2", "loginFailExit": True, **who}
    )
    assert twin.wait_exit() == 1
    scene.wait_for("is already online")
    scene.say(scene.port, "127.0.0.3", b"SSH-2.0-OpenSSH_9.2\r\n")
    scene.wait_for("refused connection from 127.0.0.3")
    assert scene.text.count(INNOCENT) > 5
    assert scene.found() == {"127.0.0.3"}
    assert INNOCENT not in scene.found("aggressive")


@pytest.mark.parametrize("style", STYLES)
def test_ipv6(lab: Lab, style: str) -> None:
    need("fail2ban-regex")
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    scene = Scene(lab, style, "::1")
    assert scene.found() == set()
    scene.say(scene.port, "::1", b"SSH-2.0-OpenSSH_9.2\r\n")
    scene.wait_for("refused connection from ::1")
    assert scene.found() == {"::1"}


def test_the_jail(lab: Lab) -> None:
    client, _ = need("fail2ban-client", "fail2ban-regex")
    folder = lab.folder / "fail2ban"
    shutil.copytree("/etc/fail2ban", folder)
    for file in (folder / "jail.d").iterdir():
        file.unlink()
    shutil.copy(FILTER, folder / "filter.d")
    log = lab.write("frps.log", "")
    text = JAIL.read_text()
    assert "logpath  = /var/log/frps.log\n" in text
    Path(folder / "jail.d" / "frps.conf").write_text(text.replace("/var/log/frps.log", str(log)))
    assert "OK" in run(client, "-c", str(folder), "-t")
    commands = run(client, "-c", str(folder), "-d")
    assert "refused" in commands
    assert "['start', 'frps']" in commands
