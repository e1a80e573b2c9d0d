"""Our admin commands and the official frpc's, on the admin server of an official frpc."""

import subprocess
from pathlib import Path

import pytest

from tests.support.binaries import OURS, Binary, Ends, official_folder
from tests.support.lab import Lab, client_options, nest, tcp_proxy
from tests.support.ports import free_port
from tests.support.program import Program, environment

PASSWORD = {"webServer.user": "ü", "webServer.password": "p:w"}


@pytest.fixture(scope="module")
def official() -> Binary:
    folder = official_folder()
    if folder is None:
        pytest.skip("FRPG_OFFICIAL_BIN does not name the folder of the official frps and frpc")
    return Binary.official(folder / "frpc")


@pytest.fixture(scope="module")
def ends(official: Binary) -> Ends:
    return Ends(OURS.frps, official)


@pytest.fixture
def admin(lab: Lab) -> tuple[Program, Path]:
    """An official frpc with proxies in several states, and its file."""
    server = lab.frps()
    proxies = [
        tcp_proxy("ssh", 22),
        tcp_proxy("a rather long name ☃", 1, server.port),  # which is taken
        {"name": "web", "type": "http", "localPort": 80, "customDomains": ["a.test"]},
        {"name": "plug", "type": "udp", "localIP": "::1", "localPort": 53, "remotePort": free_port()},
        tcp_proxy("checked", server.port, **{"healthCheck.type": "tcp"}),
    ]
    options = client_options(server.port) | {"webServer.port": free_port(), **PASSWORD}
    file = lab.config("frpc", options | {"proxies": [nest(proxy) for proxy in proxies]})
    client = lab.run(lab.ends.frpc, "-c", str(file))
    for name in ("ssh", "plug", "checked"):
        client.wait_for(f"[{name}] start proxy success")
    client.wait_for("start error", count=2)
    return client, file


def call(binary: Binary, *words: str) -> tuple[int, bytes]:
    done = subprocess.run([*binary.command, *words], capture_output=True, env=environment(), timeout=30)
    return done.returncode, done.stdout + done.stderr


def test_both_say_the_same(admin: tuple[Program, Path], official: Binary, tmp_path: Path) -> None:
    client, file = admin
    code, out = call(OURS.frpc, "status", "-c", str(file))
    assert (code, out) == call(official, "status", "-c", str(file))
    assert code == 0 and b"start error" in out and "a rather long name ☃".encode() in out
    wrong = tmp_path / "wrong.json"
    wrong.write_text(file.read_text().replace("p:w", "nope"))
    for command in ("status", "reload", "stop"):
        ours, theirs = (call(binary, command, "-c", str(wrong)) for binary in (OURS.frpc, official))
        assert ours == theirs == (1, b"api status code [401]\n")
    assert call(OURS.frpc, "reload", "-c", str(file)) == call(official, "reload", "-c", str(file))
    client.wait_for("success reload conf", count=2)


def test_a_refused_reload_comes_with_the_reason(admin: tuple[Program, Path], official: Binary) -> None:
    _, file = admin
    file.write_text(file.read_text().replace('"customDomains"', '"nope"'))
    code, out = call(OURS.frpc, "reload", "-c", str(file))
    assert (code, out.startswith(b"api status code [400]: invalid argument: ")) == (1, True)


def test_it_is_stopped(admin: tuple[Program, Path]) -> None:
    client, file = admin
    assert call(OURS.frpc, "stop", "-c", str(file)) == (0, b"stop success\n")
    assert client.wait_exit() == 0
