"""Signals and descriptors, in processes of their own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import Program

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from frpg.cli.patch import fast_patch
fast_patch()
import gevent
from gevent.event import Event
from frpg.cli import process
from frpg.cli.output import leave, prepare_streams
prepare_streams()
ended = Event()
def stop():
    print("stopping")
    how = sys.argv[2]
    if how == "error":
        raise ValueError("in stop")
    while how == "spin":
        pass
    if how == "hang":
        gevent.sleep(1000)
    ended.set()
process.on_stop(stop)
print("ready")
ended.wait()
print("ended")
leave(0)
"""

# The end must not come from the program itself where it hangs: 2 s are promised, `Program.stop` checks them.


def start(how: str) -> Program:
    program = Program([sys.executable, "-c", PROGRAM, str(ROOT), how])
    program.wait_for("ready")
    return program


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_in_order(signum: int) -> None:
    program = start("well")
    assert program.stop(signum) == 0
    assert program.lines == ["ready", "stopping", "ended"]


@pytest.mark.parametrize("how", ["hang", "spin"])
def test_a_stop_that_hangs_does_not_hold_the_process(how: str) -> None:
    program = start(how)
    assert program.stop() == 0
    assert program.lines == ["ready", "stopping"]


@pytest.mark.parametrize("how", ["hang", "spin"])
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(how: str, second: int) -> None:
    program = start(how)
    program.process.send_signal(signal.SIGTERM)
    program.wait_for("stopping")
    assert program.stop(second) == 0


def test_a_stop_that_fails_ends_too() -> None:
    program = start("error")
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(2) == 0
    program.kill()
    assert "ValueError: in stop" in program.text


def test_the_limit_of_open_files_is_raised() -> None:
    resource = pytest.importorskip("resource")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]);"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (64, {hard}));"
        "from frpg.cli.process import adopt; adopt();"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    result = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, check=True)
    assert result.stdout == f"({hard}, {hard})\n"


def test_the_error_of_a_greenlet_goes_to_the_log() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "import gevent; from frpg import logs; from frpg.cli.process import adopt;"
        "from frpg.config.common import LogConfig;"
        "logs.setup(LogConfig(disable_print_color=True)); adopt();"
        "gevent.spawn(lambda: 1 / 0).join()"
    )
    result = subprocess.run([sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, check=True)
    first, *trace = result.stdout.splitlines()
    assert " [E] [cli/process.py:" in first and "unexpected error in <Greenlet at" in first
    assert trace[-1] == "    ZeroDivisionError: division by zero"
    assert result.stderr == ""


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_standard_streams_are_not_given_to_sockets(closed: tuple[int, ...]) -> None:
    code = (
        "import os, socket, sys; sys.path.insert(0, sys.argv[1]);"
        "from frpg.cli.output import prepare_streams; prepare_streams();"
        "os.write(int(sys.argv[2]), b'%d' % socket.socket().fileno())"
    )
    reader, writer = os.pipe()
    try:
        command = [sys.executable, "-c", code, str(ROOT), str(writer)]
        redirections = " ".join(f"{number}>&-" for number in closed)
        shell = ["sh", "-c", f'exec "$@" {redirections}', "sh", *command]
        subprocess.run(shell, pass_fds=[writer], check=True, stdin=subprocess.DEVNULL)
        assert int(os.read(reader, 10)) > 2
    finally:
        os.close(reader)
        os.close(writer)
