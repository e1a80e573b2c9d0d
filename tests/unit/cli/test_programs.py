"""bin/frps and bin/frpc that answer and end: what is printed where, and the exit code."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.unit.cli.programs import BOTH, Answer, write

Run = Callable[..., Answer]

# --- answers without running


@BOTH
@pytest.mark.parametrize("word", ["-v", "--version"])
def test_version(run: Run, name: str, word: str) -> None:
    assert run(name, word) == Answer(0, "0.70.1\n", "")


@BOTH
@pytest.mark.parametrize("words", [["-h"], ["--help"], ["help"], ["help", "verify"], ["verify", "-h"]])
def test_help(run: Run, name: str, words: list[str]) -> None:
    answer = run(name, *words)
    assert (answer.code, answer.err) == (0, "")
    assert "Usage:\n" in answer.out and "--strict-config" in answer.out


@BOTH
def test_an_unknown_flag(run: Run, name: str) -> None:
    answer = run(name, "--nope")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"Error: unknown flag: --nope\nUsage:\n  {name} [flags]\n")


@BOTH
def test_an_unknown_command(run: Run, name: str) -> None:
    answer = run(name, "xyz")
    assert answer == Answer(1, "", f'Error: unknown command "xyz" for "{name}"\nRun \'{name} --help\' for usage.\n')


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["frps", "--allow_ports", "a-b"], 'invalid argument "a-b" for "--allow-ports" flag: '),
        (["frps", "--bind_port"], "flag needs an argument: --bind_port"),
        (["frpc", "tcp", "--bandwidth_limit", "5XB"], 'invalid argument "5XB" for "--bandwidth-limit" flag: '),
        (["frpc", "status", "--api-timeout", "foo"], 'time: invalid duration "foo"'),
        (["frpc", "stcp", "visitor", "-l", "1"], "unknown shorthand flag: 'l' in -l"),
        (["frpc", "udp", "--sk", "x"], "unknown flag: --sk"),
    ],
)
def test_usage_errors(run: Run, words: list[str], complaint: str) -> None:
    answer = run(*words)
    assert (answer.code, answer.out) == (1, "")
    assert complaint in answer.err.splitlines()[0]
    assert "\nUsage:\n" in answer.err


@pytest.mark.parametrize("command", ["nathole discover"])
def test_commands_of_a_later_release_say_so(run: Run, command: str) -> None:
    answer = run("frpc", *command.split())
    assert (answer.code, answer.err) == (1, "")
    assert f'"frpc {command}"' in answer.out and "is not supported yet in frpg" in answer.out


def test_nathole_alone_explains_itself(run: Run) -> None:
    answer = run("frpc", "nathole")
    assert (answer.code, answer.err) == (0, "")
    assert "discover" in answer.out


# --- verify


@BOTH
@pytest.mark.parametrize("file", ["good.toml", "no ending", ".hidden", "x.ini", "ünï ☃.conf", "-c", "100%s"])
def test_verify_a_good_file(run: Run, name: str, file: str, tmp_path: Path) -> None:
    write(tmp_path, file, "log.maxDays = 5\n")
    answer = run(name, "verify", "-c", file)
    assert answer == Answer(0, f"{name}: the configuration file {file} syntax is ok\n", "")


@BOTH
def test_verify_a_name_that_is_no_text(run: Run, name: str, tmp_path: Path) -> None:
    file = os.fsdecode(b"caf\xe9.toml")
    write(tmp_path, file, "")
    answer = run(name, "verify", "-c", file)
    assert answer == Answer(0, f"{name}: the configuration file caf\\udce9.toml syntax is ok\n", "")


@BOTH
def test_verify_tells_every_fault_on_a_line_of_its_own(run: Run, name: str, tmp_path: Path) -> None:
    write(tmp_path, "bad", 'nope = 1\nlog.level = "loud"\nwebServer.port = 70000\nauth.method = "x"\n')
    answer = run(name, "verify", "-c", "bad")
    lines = answer.out.splitlines()
    assert (answer.code, answer.err) == (1, "")
    for word in ("nope", "log.level", "webServer.port", "auth.method"):
        assert [line for line in lines if word in line and line.startswith("bad: ")], answer.out
    assert len(lines) == 4


@BOTH
def test_verify_without_strictness(run: Run, name: str, tmp_path: Path) -> None:
    write(tmp_path, "bad", "nope = 1\n")
    assert run(name, "verify", "-c", "bad").code == 1
    for word in ("--strict_config=false", "--strict-config=F"):
        assert run(name, "verify", "-c", "bad", word).code == 0


@BOTH
@pytest.mark.parametrize("words", [["verify", "-c", "/nope"], ["-c", "/nope"], ["-c", "/nope", "verify"]])
def test_a_missing_file(run: Run, name: str, words: list[str]) -> None:
    answer = run(name, *words)
    assert (answer.code, answer.err) == (1, "")
    assert answer.out == "open /nope: no such file or directory\n"


def test_verify_without_a_file(run: Run) -> None:
    assert run("frps", "verify") == Answer(0, "frps: the configuration file is not specified\n", "")
    assert run("frpc", "verify", "-c", "") == Answer(0, "frpc: the configuration file is not specified\n", "")
    assert run("frpc", "verify") == Answer(1, "open ./frpc.ini: no such file or directory\n", "")


def test_verify_warns_of_what_a_run_would_refuse(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "frps.toml", "kcpBindPort = 8080\n")
    answer = run("frps", "verify", "-c", "frps.toml")
    first, last = answer.out.splitlines()
    assert answer.code == 0
    assert first.startswith("WARNING: ") and "kcpBindPort" in first and "not supported yet" in first
    assert last == "frps: the configuration file frps.toml syntax is ok"


def test_a_run_refuses_what_is_not_supported_yet(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "frps.toml", f"bindPort = {free_port()}\nkcpBindPort = 8080\n")
    answer = run("frps", "-c", "frps.toml")
    assert answer.code == 1
    assert "kcpBindPort" in answer.out and "not supported yet" in answer.out


def test_verify_prints_warnings_first(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "frpc.toml", 'transport.tls.enable = false\ntransport.tls.certFile = "x"\n')
    answer = run("frpc", "verify", "-c", "frpc.toml")
    first, last = answer.out.splitlines()
    assert answer.code == 0
    assert first.startswith("WARNING: ")
    assert "transport.tls.certFile is invalid when transport.tls.enable is false" in first
    assert last == "frpc: the configuration file frpc.toml syntax is ok"


def test_an_unsafe_feature_must_be_allowed(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "f", 'auth.tokenSource.type = "exec"\nauth.tokenSource.exec.command = "true"\n')
    refused = run("frps", "verify", "-c", "f")
    assert refused.code == 1 and 'unsafe feature "TokenSourceExec" is not enabled' in refused.out
    assert run("frps", "verify", "-c", "f", "--allow-unsafe", "Other,TokenSourceExec").code == 0


# --- flags in place of a file


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["frps", "--bind_port", "-1"], "bindPort: port number -1 must be in the range 0..65535"),
        (["frps", "--log_level", "loud"], "invalid log level, optional values are [trace debug info warn error]"),
        (["frpc", "tcp"], "name should not be empty"),
        (["frpc", "tcp", "-n", "x", "--log_level", "loud"], "invalid log level"),
        (["frpc", "stcp", "visitor"], "name is required"),
        (["frpc", "stcp", "visitor", "-n", "a", "--server_name", "b"], "bind port is required"),
    ],
)
def test_flags_that_make_a_bad_configuration(run: Run, words: list[str], fault: str) -> None:
    answer = run(*words)
    assert (answer.code, answer.err) == (1, "")
    assert fault in answer.out


def test_frpc_from_flags_gives_up_like_a_script_expects(run: Run) -> None:
    port = free_port()
    answer = run("frpc", "tcp", "-n", "x", "-l", "80", "-P", str(port), "--disable_log_color")
    assert (answer.code, answer.err) == (1, "")
    last = answer.out.splitlines()[-1]
    assert last.startswith(f"login to the server failed: dial tcp 127.0.0.1:{port}: connect: connection refused. ")
    assert last.endswith("With loginFailExit enabled, no additional retries will be attempted")
