"""bin/frps and bin/frpc that run: their first lines, their end, and output that is closed or stalled."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import gevent
import pytest

from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import connect
from tests.unit.cli.programs import BIN, BOTH, Answer, server_file, write

Run = Callable[..., Answer]
Start = Callable[..., Program]

INI_WARNING = (
    "WARNING: ini format is deprecated and the support will be removed in the future, "
    "please use yaml/json/toml format instead!"
)


def test_frps_from_flags(start: Start) -> None:
    port = free_port()
    program = start("frps", "--bind_addr=127.0.0.1", "-p", str(port), "--disable_log_color")
    program.wait_for("frps started successfully")
    assert program.lines[0].endswith("] frps uses command line arguments for config")
    connect(port).close()
    assert program.stop() == 0


@BOTH
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_run_from_an_empty_environment_and_its_end(start: Start, name: str, signum: int, tmp_path: Path) -> None:
    if name == "frps":
        file, _ = server_file(tmp_path, "a file")
        first, ready = f"frps uses config file: {file}", "frps started successfully"
    else:
        options = ("loginFailExit = false", "log.disablePrintColor = true", f"serverPort = {free_port()}")
        file = write(tmp_path, "a file", "\n".join(options))
        first = f"start frpc service for config file [{file}] with aggregated configuration"
        ready = "connect to server error"
    program = start(name, "-c", file, env={})
    program.wait_for(ready)
    assert first in program.lines[0]
    assert program.stop(signum) == 0
    if name == "frpc":
        assert program.lines[-1].endswith(f"frpc service for config file [{file}] stopped")


def test_the_first_line_of_an_ini_run_is_its_warning(start: Start, tmp_path: Path) -> None:
    file = write(tmp_path, "frps.ini", f"[common]\nbind_addr = 127.0.0.1\nbind_port = {free_port()}\n")
    program = start("frps", "-c", file)
    program.wait_for("frps started successfully")
    assert program.lines[0] == INI_WARNING


def test_verify_has_no_word_on_ini(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, "frps.ini", "[common]\nbind_port = 7000\n")
    assert run("frps", "verify", "-c", file) == Answer(0, "frps: the configuration file frps.ini syntax is ok\n", "")


def test_a_port_in_use(run: Run, start: Start, tmp_path: Path) -> None:
    file, port = server_file(tmp_path)
    start("frps", "-c", file).wait_for("frps started successfully")
    answer = run("frps", "-c", file)
    assert (answer.code, answer.err) == (1, "")
    text = f"create server listener error, listen tcp 127.0.0.1:{port}: bind: address already in use"
    assert answer.out.splitlines()[-1] == text


def test_lines_are_out_when_they_happen(tmp_path: Path) -> None:
    file, _ = server_file(tmp_path)
    reader, writer = os.pipe()
    process = subprocess.Popen([sys.executable, str(BIN / "frps"), "-c", file], stdout=writer, cwd=tmp_path)
    os.close(writer)
    try:
        text = b""
        with gevent.Timeout(15):
            while b"frps started successfully\n" not in text:
                gevent.socket.wait_read(reader)
                text += os.read(reader, 4096)
    finally:
        os.close(reader)
        process.kill()
        process.wait()


def wait_until_it_accepts(port: int) -> None:
    with gevent.Timeout(15):
        while True:
            try:
                return connect(port).close()
            except OSError:
                gevent.sleep(0.02)


def test_output_that_nobody_reads_stops_nothing(tmp_path: Path) -> None:
    file, port = server_file(tmp_path)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writer, b"." * 4096)
    os.set_blocking(writer, True)
    process = subprocess.Popen([sys.executable, str(BIN / "frps"), "-c", file], stdout=writer, cwd=tmp_path)
    os.close(writer)
    try:
        wait_until_it_accepts(port)
        process.send_signal(signal.SIGTERM)
        assert process.wait(2) == 0
    finally:
        os.close(reader)
        process.kill()
        process.wait()


def test_output_whose_reader_is_gone_stops_nothing(tmp_path: Path) -> None:
    file, port = server_file(tmp_path)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, str(BIN / "frps"), "-c", file]
    process = subprocess.Popen(command, stdout=writer, stderr=subprocess.PIPE, cwd=tmp_path)
    os.close(writer)
    try:
        wait_until_it_accepts(port)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=2)
        assert (process.returncode, err) == (0, b"")
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(shutil.which("sh") is None, reason="no sh")
def test_closed_standard_streams(start: Start, tmp_path: Path) -> None:
    file, port = server_file(tmp_path)
    program = start("frps", "-c", file, prefix=("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"))
    wait_until_it_accepts(port)
    assert program.stop() == 0


def test_a_script_is_found_from_anywhere_by_a_link(tmp_path: Path) -> None:
    link = tmp_path / "frps"
    link.symlink_to(BIN / "frps")
    result = subprocess.run([sys.executable, str(link), "-v"], capture_output=True, env={}, cwd="/")
    assert (result.returncode, result.stdout) == (0, b"0.70.1\n")


# --- a folder of files


def test_a_folder_runs_every_file_and_ends_with_zero(run: Run, start: Start, tmp_path: Path) -> None:
    file, port = server_file(tmp_path)
    start("frps", "-c", file).wait_for("frps started successfully")
    folder = tmp_path / "all"
    (folder / "sub").mkdir(parents=True)
    client = f"serverAddr = '127.0.0.1'\nserverPort = {port}\nlog.disablePrintColor = true\n"
    write(folder, "a", client)
    write(folder, "b.toml", "nope = 1\n")
    write(folder / "sub", "c.ini", f"[common]\nserver_addr = 127.0.0.1\nserver_port = {port}\n")
    (folder / "z").symlink_to(folder / "a")  # the same once more
    program = start("frpc", "--config_dir", str(folder))
    program.wait_for("login to server success", count=2)
    program.wait_for(f"frpc service error for config file [{folder}/b.toml]")
    assert program.stop() == 0
    for name in ("a", "sub/c.ini"):
        assert len(program.matching(f"frpc service for config file [{folder}/{name}] stopped")) == 1
    assert program.matching("/z]") == []


def test_a_folder_that_is_not_there(run: Run) -> None:
    assert run("frpc", "--config_dir", "/nope") == Answer(0, "", "")


def test_a_folder_of_which_all_fail(run: Run, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    write(tmp_path / "all", "x", f"serverAddr = '127.0.0.1'\nserverPort = {free_port()}\n")
    answer = run("frpc", "--config-dir", "all")
    assert answer.code == 0
    assert "frpc service error for config file [all/x]\nlogin to the server failed: " in answer.out
