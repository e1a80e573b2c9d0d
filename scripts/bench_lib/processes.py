"""Child processes: each in its own group, ended by its pid, gone when the bench is gone."""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from .errors import ContenderFailed

STOP_SECONDS = 3.0  # that a process has between SIGTERM and SIGKILL
SCRIPTS = Path(__file__).resolve().parent.parent
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True)


class Process:
    """One running program; the creator closes it.

    Its output goes to `log`, or with `log=None` its standard output is read with `line()`.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path | None, env: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        self._text = b""
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(log.open("ab")) if log else subprocess.PIPE
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if log is None else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if log else None,
                env=env,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.pid = self._child.pid

    @property
    def is_alive(self) -> bool:
        return self._child.poll() is None

    def line(self, deadline: float) -> str:
        """The next line it prints, without its end; `deadline` is of time.monotonic().

        Raises:
            ContenderFailed: it ended, or the deadline passed.
        """
        assert self._child.stdout
        descriptor = self._child.stdout.fileno()
        while b"\n" not in self._text:
            if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise ContenderFailed(f"{self.name}: no answer in time")
            if not (data := os.read(descriptor, 65536)):
                raise ContenderFailed(f"{self.name} ended with {self._child.wait()}: {self._text.decode()[-300:]}")
            self._text += data
        line, _, self._text = self._text.partition(b"\n")
        return line.decode()

    def tail(self, lines: int = 3) -> str:
        """The end of its log, for an error message."""
        if not self.log or not self.log.exists():
            return ""
        return " | ".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def wait(self, seconds: float) -> None:
        """Let it end by itself, at most so long."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(seconds)

    def close(self) -> None:
        """Stop it and wait for its end; idempotent."""
        if self.is_alive:
            self._child.terminate()
            self.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # its own group, and what it may have left there
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def tool(name: str, *arguments: object) -> Process:
    """Start a load tool of bench_lib/tools as a process of its own."""
    command = [sys.executable, "-m", f"bench_lib.tools.{name}", *map(str, arguments)]
    return Process(name, command, log=None, env=os.environ | {"PYTHONPATH": f"{SCRIPTS}{os.pathsep}{SCRIPTS.parent}"})


def answer(process: Process, seconds: float) -> dict[str, Any]:
    """The JSON object that a tool prints as its next line, waited for so many seconds.

    Raises:
        ContenderFailed: the tool reports a fault of what it measures, or says nothing in time.
    """
    found: dict[str, Any] = json.loads(process.line(time.monotonic() + seconds))
    if "fault" in found:
        raise ContenderFailed(f"{process.name}: {found['fault']}")
    return found


def _die_with_parent() -> None:
    # Covers a bench that is killed outright; where it ends by itself, every process is closed by its owner.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
