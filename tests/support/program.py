"""One process under test: what it prints, the signals it gets, how it ends."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import gevent
import psutil
from gevent.event import Event

STOP_SECONDS = 2.0  # what both programs promise after SIGTERM and SIGINT
START_SECONDS = 15.0  # generous: a machine that runs tests is a busy one
COLOUR = re.compile(r"\x1b\[[\d;]*m")
CRASH = re.compile(r"^(Traceback \(most recent|panic: |goroutine \d+ \[running)", re.MULTILINE)


class Program:
    """Owns the process; `stop` or `kill` ends it. Its output, both streams, is kept as lines without colours."""

    def __init__(
        self, command: Sequence[str], *, name: str = "", cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name or Path(command[0]).name
        self.port = 0  # where clients log in, when it is a server
        self.lines: list[str] = []
        self._news = Event()
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=environment() if env is None else dict(env),
        )
        self._reader = gevent.spawn(self._read)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(COLOUR.sub("", line.decode("utf-8", "replace")).rstrip("\r\n"))
                self._news.set()
        self._news.set()

    def matching(self, text: str) -> list[str]:
        """Lines so far that contain `text`."""
        return [line for line in self.lines if text in line]

    def wait_for(self, text: str, *, count: int = 1, timeout: float = START_SECONDS) -> str:
        """The `count`-th line that contains `text`, as soon as it has been printed."""
        deadline = gevent.Timeout(timeout)
        with deadline:
            try:
                while True:
                    # Asked before the lines, so that a line printed just before the end is not missed.
                    is_over = self._reader.dead
                    found = self.matching(text)
                    if len(found) >= count:
                        return found[count - 1]
                    if is_over:
                        raise AssertionError(self._report(f"ended without printing {text!r}"))
                    self._news.clear()
                    self._news.wait()
            except gevent.Timeout as expired:
                if expired is not deadline:
                    raise
                raise AssertionError(self._report(f"has not printed {text!r} {count} time(s)")) from None

    def wait_exit(self, timeout: float = START_SECONDS) -> int:
        """Exit code of a process that ends by itself; its output is complete then."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(self._report(f"still ran after {timeout} s")) from None
        self._reader.join()
        self._check_crash()
        return code

    def stop(self, signum: int = signal.SIGTERM) -> int:
        """Ask the process to end and return its exit code; it has STOP_SECONDS and must not crash."""
        if self.process.poll() is None:
            self.process.send_signal(signum)
        return self.wait_exit(STOP_SECONDS)

    def kill(self) -> None:
        """End the process at once; nothing is asked of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()

    def _check_crash(self) -> None:
        if CRASH.search(self.text):
            raise AssertionError(self._report("crashed"))

    def _report(self, what: str) -> str:
        return f"{self.name} {what}; its output:\n{self.text}"

    def usage(self) -> psutil.Process:
        """The process for questions about memory and descriptors."""
        return psutil.Process(self.pid)


def environment() -> dict[str, str]:
    """This process's environment without what would change the way to a server."""
    return {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
