"""The programs as services run them: signals, log files, an empty environment, bad files, exit codes."""

import os
import re
import signal
import stat
from pathlib import Path

import pytest

from tests.support.lab import TOKEN, Lab, tcp_proxy, udp_proxy
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import connect, receive_all, receive_exact, refuses, tcp_echoes, udp_echoes
from tests.support.waiting import eventually

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \[[TDIWE]\] \[[\w./]+:\d+\] .+")


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
def test_signals_end_both_programs_cleanly_in_the_middle_of_work(lab: Lab, signum: int, mux: bool) -> None:
    server = lab.frps({"transport.tcpMux": mux})
    tcp, udp = tcp_proxy("tcp", lab.tcp_echo()), udp_proxy("udp", lab.udp_echo())
    client = lab.frpc(server.port, [tcp, udp], {"transport.tcpMux": mux})
    assert udp_echoes(udp["remotePort"])
    with connect(tcp["remotePort"]) as user, connect(server.port):
        user.sendall(b"x")
        assert receive_exact(user, 1) == b"x"
        assert client.stop(signum) == 0
        assert receive_all(user) == b""
        server.wait_for("client exit success")
        assert server.stop(signum) == 0
    assert refuses(server.port)


@pytest.mark.usefixtures("frpg_only")
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_a_client_that_is_still_trying(lab: Lab, signum: int) -> None:
    client = lab.start_frpc(free_port(), {"loginFailExit": False})
    client.wait_for("connect to server error")
    assert client.stop(signum) == 0


def test_log_goes_to_the_file_with_rotation_configured(lab: Lab) -> None:
    logs = {name: lab.folder / "logs" / f"{name}.log" for name in ("frps", "frpc")}
    server_port, proxy = free_port(), tcp_proxy("echo", lab.tcp_echo())
    log = {"log.level": "info", "log.maxDays": 2}
    server_log = {"log.to": str(logs["frps"]), **log}
    server_file = lab.config("frps", {"bindAddr": "127.0.0.1", "bindPort": server_port, **server_log})
    server = lab.run(lab.ends.frps, "-c", str(server_file))
    client = lab.start_frpc(
        server_port, {"auth.token": "", "loginFailExit": False, "log.to": str(logs["frpc"]), "proxies": [proxy], **log}
    )
    wait_for_text(logs["frpc"], "[echo] start proxy success")
    assert tcp_echoes(proxy["remotePort"])
    client.stop()
    server.stop()
    for path, expected in ((logs["frps"], "frps tcp listen on"), (logs["frpc"], "login to server success")):
        lines = path.read_text().splitlines()
        assert any(expected in line for line in lines)
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert server.lines == client.lines == []


def wait_for_text(path: Path, text: str) -> None:
    eventually(lambda: path.exists() and text in path.read_text(), timeout=15, what=f"no {text!r} in {path}")


def test_log_lines_have_the_form_operators_know(lab: Lab) -> None:
    server = lab.frps()
    client = lab.frpc(server.port, [tcp_proxy("echo", lab.tcp_echo())])
    client.wait_for("[echo] start proxy success")
    for program in (server, client):
        assert [line for line in program.lines if not LINE.fullmatch(line)] == []
    run_id = client.wait_for("get run id").partition("get run id [")[2].rstrip("]")
    assert re.fullmatch("[0-9a-f]{16}", run_id)
    assert server.matching(f"[{run_id}] [echo] tcp proxy listen port [")
    assert client.matching(f"[{run_id}] [echo] start proxy success")


CONFIGS = {
    "toml": (
        'bindAddr = "127.0.0.1"\nbindPort = {port}\nauth.token = "{token}"\n',
        'serverAddr = "127.0.0.1"\nserverPort = {port}\nauth.token = "{token}"\n'
        '[[proxies]]\nname = "echo"\ntype = "tcp"\nlocalPort = {local}\nremotePort = {remote}\n',
    ),
    "yaml": (
        "bindAddr: 127.0.0.1\nbindPort: {port}\nauth:\n  token: {token}\n",
        "serverAddr: 127.0.0.1\nserverPort: {port}\nauth: {{token: {token}}}\n"
        "proxies:\n- {{name: echo, type: tcp, localPort: {local}, remotePort: {remote}}}\n",
    ),
    "ini": (
        "[common]\nbind_addr = 127.0.0.1\nbind_port = {port}\ntoken = {token}\n",
        "[common]\nserver_addr = 127.0.0.1\nserver_port = {port}\ntoken = {token}\n"
        "[echo]\ntype = tcp\nlocal_port = {local}\nremote_port = {remote}\n",
    ),
}


@pytest.mark.parametrize("form", CONFIGS)
@pytest.mark.parametrize("name", ["frp", "my config.conf"])
def test_empty_environment_another_folder_and_any_file_name(lab: Lab, form: str, name: str) -> None:
    values = {"port": free_port(), "token": TOKEN, "local": lab.tcp_echo(), "remote": free_port()}
    programs = []
    for kind, binary, text in zip(("s", "c"), (lab.ends.frps, lab.ends.frpc), CONFIGS[form], strict=True):
        path = lab.write(f"{kind} {name}", text.format(**values))
        programs.append(Program([*binary.command, "-c", str(path)], cwd=Path("/"), env={}, name=binary.name))
        programs[-1].wait_for("frps started successfully" if kind == "s" else "[echo] start proxy success")
    lab.programs += programs
    assert tcp_echoes(values["remote"])


def test_port_in_use_stops_the_server_with_the_reason(lab: Lab) -> None:
    taken = lab.backlog().port
    server = lab.run(lab.ends.frps, "-c", str(lab.config("frps", {"bindAddr": "127.0.0.1", "bindPort": taken})))
    assert server.wait_exit() == 1
    address = f"127.0.0.1:{taken}"
    assert f"create server listener error, listen tcp {address}: bind: address already in use" in server.text


def test_everything_from_the_command_line(lab: Lab) -> None:
    port, remote = free_port(), free_port()
    server = lab.run(lab.ends.frps, *f"--bind-addr 127.0.0.1 -p {port} --token t0k --disable-log-color".split())
    server.wait_for("frps started successfully")
    where = f"-s 127.0.0.1 -P {port} -t t0k -n echo -l {lab.tcp_echo()} -r {remote} --ue --uc"
    lab.run(lab.ends.frpc, "tcp", *where.split()).wait_for("[echo] start proxy success")
    assert tcp_echoes(remote)


@pytest.mark.parametrize("program", ["frps", "frpc"])
def test_answers_without_running(lab: Lab, program: str) -> None:
    binary = getattr(lab.ends, program)

    def answer(*arguments: str) -> tuple[int, str]:
        run = lab.run(binary, *arguments)
        return run.wait_exit(), run.text

    good, bad = lab.config(program, {}), lab.config(program, {"noSuchKey": 1})
    assert answer("--version")[0] == 0
    assert answer("verify", "-c", str(good)) == (0, f"{program}: the configuration file {good} syntax is ok")
    for arguments in (["verify", "-c", str(bad)], ["-c", str(bad)]):
        code, text = answer(*arguments)
        assert (code, "noSuchKey" in text) == (1, True)
    code, text = answer("-c", str(lab.folder / "nowhere"))
    assert (code, "nowhere: no such file or directory" in text) == (1, True)
    assert answer("--no-such-flag")[0] == 1


def test_configuration_that_is_none_is_refused(lab: Lab) -> None:
    binary_file = lab.folder / "binary"
    binary_file.write_bytes(os.urandom(2000))
    for binary in (lab.ends.frps, lab.ends.frpc):
        for path in (binary_file, lab.write("broken", "bindPort = = 7000\n[[[\n"), lab.folder):
            program = lab.run(binary, "-c", str(path))
            assert program.wait_exit() == 1
            assert program.text


@pytest.mark.usefixtures("frpg_only")
def test_what_this_release_cannot_do_is_said_and_not_ignored(lab: Lab) -> None:
    secret = {"name": "secret", "type": "stcp", "localPort": 80, "secretKey": "k"}
    for binary, options in (
        (lab.ends.frps, {"bindPort": free_port(), "kcpBindPort": free_port()}),
        (lab.ends.frpc, {"proxies": [secret]}),
        (lab.ends.frpc, {"transport.protocol": "quic"}),
    ):
        program = lab.run(binary, "-c", str(lab.config(binary.name, options)))
        assert program.wait_exit() == 1
        assert "not supported yet" in program.text


@pytest.mark.usefixtures("frpg_only")
def test_all_faults_of_a_file_are_told_together(lab: Lab) -> None:
    faults = {"bindPrt": 7000, "transport.maxPoolCount": "many", "log.level": "loud", "vhostHTTPPort": 70000}
    server = lab.run(lab.ends.frps, "-c", str(lab.config("frps", faults)))
    assert server.wait_exit() == 1
    for word in ("bindPrt", "bindPort", "maxPoolCount", "log.level", "70000"):
        assert word in server.text
