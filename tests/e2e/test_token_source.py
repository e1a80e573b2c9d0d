"""Secrets that stand in no configuration file: tokens from files and commands, at both ends."""

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.lab import Lab, Options, client_options, server_options, tcp_proxy
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import tcp_echoes

SECRET = "s3cret of files"
UNSAFE = ("--allow-unsafe", "TokenSourceExec")
NOT_ALLOWED = (
    'unsafe feature "TokenSourceExec" is not enabled. '
    "To enable it, ensure it is allowed in the configuration or command line flags"
)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"  {SECRET}\n")
    return path


def from_file(path: Path) -> dict[str, Any]:
    return {"type": "file", "file": {"path": str(path)}}


def from_command(path: Path) -> dict[str, Any]:
    """The file's name comes from the environment that the command is given."""
    env = [{"name": "SECRET_FILE", "value": str(path)}]
    return {"type": "exec", "exec": {"command": "sh", "args": ["-c", 'cat "$SECRET_FILE"'], "env": env}}


def without_token(options: Options) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key != "auth.token"}


def run_frps(lab: Lab, source: dict[str, Any], *flags: str, **more: Any) -> Program:
    options = without_token(server_options()) | {"auth.tokenSource": source} | more
    server = lab.run(lab.ends.frps, "-c", str(lab.config("frps", options)), *flags)
    server.port = options["bindPort"]
    return server


def run_frpc(lab: Lab, port: int, source: dict[str, Any], *flags: str, **more: Any) -> Program:
    options = without_token(client_options(port)) | {"auth.tokenSource": source} | more
    return lab.run(lab.ends.frpc, "-c", str(lab.config("frpc", options)), *flags)


@pytest.mark.parametrize("kind", [from_file, from_command])
def test_a_token_from_elsewhere(lab: Lab, secret: Path, kind: Any) -> None:
    """It also is the key of encrypted proxies, and stands in no log."""
    flags = UNSAFE if kind is from_command else ()
    server = run_frps(lab, kind(secret), *flags)
    server.wait_for("frps started successfully")
    proxy = tcp_proxy("echo", lab.tcp_echo(), transport={"useEncryption": True})
    client = run_frpc(lab, server.port, kind(secret), *flags, proxies=[proxy])
    client.wait_for("[echo] start proxy success")
    assert tcp_echoes(proxy["remotePort"])
    refused = lab.start_frpc(server.port, {"auth.token": "wrong"})
    assert refused.wait_exit() == 1
    for program in (server, client, refused):
        assert SECRET not in program.text


def test_commands_need_to_be_allowed(lab: Lab, secret: Path) -> None:
    for program in (run_frps(lab, from_command(secret)), run_frpc(lab, free_port(), from_command(secret))):
        assert program.wait_exit() == 1
        assert NOT_ALLOWED in program.text
    source = {"auth.method": "oidc", "auth.oidc.tokenSource": from_command(secret)}
    client = lab.start_frpc(free_port(), {"auth.token": "", **source})
    assert client.wait_exit() == 1
    assert NOT_ALLOWED in client.text


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["false"], "false: exit status 1"),
        (["/nosuch/command"], "/nosuch/command: fork/exec /nosuch/command: no such file or directory"),
        (["nosuchcommand"], 'nosuchcommand: exec: "nosuchcommand": executable file not found in $PATH'),
    ],
)
def test_a_command_that_fails(lab: Lab, argv: list[str], text: str) -> None:
    source = {"type": "exec", "exec": {"command": argv[0], "args": argv[1:]}}
    for program in (run_frps(lab, source, *UNSAFE), run_frpc(lab, free_port(), source, *UNSAFE)):
        assert program.wait_exit() == 1
        assert f"failed to resolve auth.tokenSource: failed to execute command {text}" in program.text


def test_a_file_that_is_missing(lab: Lab, secret: Path) -> None:
    secret.unlink()
    for program in (run_frps(lab, from_file(secret)), run_frpc(lab, free_port(), from_file(secret))):
        assert program.wait_exit() == 1
        text = f"failed to read file {secret}: open {secret}: no such file or directory"
        assert f"failed to resolve auth.tokenSource: {text}" in program.text


@pytest.mark.usefixtures("frpg_only")
def test_an_empty_value_is_no_token(lab: Lab, secret: Path) -> None:
    """Official frp starts, and lets in whoever has no token either."""
    secret.write_text("\n")
    for program in (run_frps(lab, from_file(secret)), run_frpc(lab, free_port(), from_file(secret))):
        assert program.wait_exit() == 1
        assert f"failed to resolve auth.tokenSource: file {secret} is empty" in program.text


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize("kind", [from_file, from_command])
def test_a_reload_asks_again(lab: Lab, secret: Path, kind: Any) -> None:
    server = run_frps(lab, kind(secret), *UNSAFE)
    server.wait_for("frps started successfully")
    proxy = tcp_proxy("echo", lab.tcp_echo())
    old = run_frpc(lab, server.port, kind(secret), *UNSAFE, proxies=[proxy])
    old.wait_for("[echo] start proxy success")
    secret.write_text("another one")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for("success reload conf, changed: [auth.token]")
    assert lab.start_frpc(server.port, {"auth.token": SECRET}).wait_exit() == 1
    lab.start_frpc(server.port, {"auth.token": "another one"}).wait_for("login to server success")
    assert tcp_echoes(proxy["remotePort"])  # who was there stays
    secret.unlink()
    server.process.send_signal(signal.SIGHUP)
    server.wait_for("reload conf error, nothing has changed: failed to resolve auth.tokenSource: ")
    lab.start_frpc(server.port, {"auth.token": "another one"}).wait_for("login to server success")
    assert SECRET not in server.text and "another one" not in server.text
