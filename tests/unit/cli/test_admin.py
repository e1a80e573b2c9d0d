"""`frpc reload | status | stop` and `frps reload` as users and scripts call them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.admin_server import answer, scripted
from tests.unit.cli.programs import Answer, write

Run = Callable[..., Answer]
RELOADED = {"code": 200, "msg": "success", "data": {"changed": ["auth.token"], "restart": ["bindPort", "kcpBindPort"]}}


@pytest.mark.parametrize(
    ("words", "reply", "asked", "out"),
    [
        ("reload", "", "GET /api/reload?strictConfig=true", "reload success\n"),
        ("reload --strict_config=false", "x", "GET /api/reload", "reload success\n"),
        ("stop", "", "POST /api/stop", "stop success\n"),
        ("status", "{}", "GET /api/status", "Proxy Status...\n\n"),
    ],
)
def test_commands_of_frpc(run: Run, tmp_path: Path, words: str, reply: str, asked: str, out: str) -> None:
    with scripted(answer(200, reply)) as server:
        file = write(tmp_path, "frpc.toml", f"webServer.port = {server.port}\nwebServer.user = 'u'\n")
        assert run("frpc", *words.split(), "-c", file) == Answer(0, out, "")
        assert server.lines[0] == f"{asked} HTTP/1.1"
        assert "Authorization: Basic dTo=" in server.lines


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("reload", "POST /api/v2/system/reload?strictConfig=true"),
        ("reload --strict_config=false --api-timeout 1m", "POST /api/v2/system/reload"),
    ],
)
def test_the_reload_of_frps(run: Run, tmp_path: Path, words: str, asked: str) -> None:
    with scripted(answer(200, json.dumps(RELOADED))) as server:
        text = f"[common]\ndashboard_port = {server.port}\ndashboard_user = u\ndashboard_pwd = p\n"
        out = "reload success\nchanged: auth.token\nneeds a restart: bindPort, kcpBindPort\n"
        assert run("frps", *words.split(), "-c", write(tmp_path, "frps.ini", text)) == Answer(0, out, "")
        assert server.lines[0] == f"{asked} HTTP/1.1"
        assert "Authorization: Basic dTpw" in server.lines


def test_a_refusal_is_told_with_its_reason(run: Run, tmp_path: Path) -> None:
    with scripted(answer(400, '{"Code":400,"Msg":"invalid argument: f: a\\nf: b"}')) as server:
        file = write(tmp_path, "f.toml", f"webServer.port = {server.port}\n")
        out = "api status code [400]: invalid argument: f: a\nf: b\n"
        assert run("frpc", "reload", "-c", file) == Answer(1, out, "")
        assert run("frps", "reload", "-c", file) == Answer(1, out, "")


@pytest.mark.parametrize("command", ["reload", "status", "stop"])
def test_without_a_web_server_there_is_nobody_to_ask(run: Run, tmp_path: Path, command: str) -> None:
    file = write(tmp_path, "frpc.toml", "serverPort = 1\n")
    text = "web server port should be set if you want to use this feature\n"
    assert run("frpc", command, "-c", file) == Answer(1, text, "")
    assert run("frpc", command) == Answer(1, "open ./frpc.ini: no such file or directory\n", "")


def test_frps_reload_needs_a_file(run: Run) -> None:
    assert run("frps", "reload") == Answer(1, "frps: the configuration file is not specified\n", "")


def test_a_mistake_in_a_proxy_does_not_keep_from_asking(run: Run, tmp_path: Path) -> None:
    with scripted(answer(200)) as server:
        text = f"webServer.port = {server.port}\n[[proxies]]\nname = 'a'\ntype = 'zz'\n"
        assert run("frpc", "stop", "-c", write(tmp_path, "frpc.toml", text)) == Answer(0, "stop success\n", "")
        ini = f"[common]\nadmin_port = {server.port}\n[ssh]\nlocal_port = x\n"
        assert run("frpc", "stop", "-c", write(tmp_path, "frpc.ini", ini)) == Answer(0, "stop success\n", "")


def test_a_mistake_in_the_common_options_does(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, "frpc.toml", "webServer.port = '1'\nserverPorts = 2\n")
    lines = [
        "frpc.toml: webServer.port: expected integer, got string, write it without quotes",
        'frpc.toml: serverPorts: unknown field "serverPorts", did you mean "serverPort"?',
    ]
    assert run("frpc", "status", "-c", file) == Answer(1, "\n".join(lines) + "\n", "")


def test_the_time_limit(run: Run, tmp_path: Path) -> None:
    with scripted(None) as server:
        file = write(tmp_path, "f.toml", f"webServer.port = {server.port}\n")
        text = f'Post "http://127.0.0.1:{server.port}/api/stop": context deadline exceeded\n'
        assert run("frpc", "stop", "-c", file, "--api-timeout", "50ms") == Answer(1, text, "")
        assert run("frpc", "stop", "-c", file, "--api_timeout=0") == Answer(1, text, "")
