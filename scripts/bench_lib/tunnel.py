"""One running pair of a contender: its server, its client, and the ports that lead through them."""

import contextlib
import socket
from pathlib import Path
from typing import Self

from .contenders import Contender, Plan
from .cpu import cpu_seconds, rss
from .errors import ContenderFailed
from .ports import wait_accept, wait_echo
from .processes import Process

READY_SECONDS = 15.0  # for a launch, and for a login with all its proxies
_ECHOES = {"echo": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


class Tunnel:
    """Owns both processes; use it in a `with` block, which starts nothing by itself."""

    def __init__(self, contender: Contender, plan: Plan, folder: Path) -> None:
        self.contender = contender
        self.plan = plan
        self.ports = {forward.name: forward.remote_port for forward in plan.forwards}
        self._folder = folder
        self._processes: list[Process] = []
        folder.mkdir()

    def start(self) -> None:
        """Start both ends and wait until every proxy carries data.

        Raises:
            ContenderFailed: an end died or was not ready in time; the text has the end of its log.
        """
        self.start_server()
        self.start_client()
        for name, port in self.ports.items():
            if kind := _ECHOES.get(name):
                wait_echo(port, kind, READY_SECONDS, self.check)

    def start_server(self) -> None:
        """Start the server and return as soon as it accepts clients."""
        self._launch("server", self.contender.server(self.plan, self._folder))
        wait_accept(self.plan.bind_port, READY_SECONDS, self.check)

    def start_client(self) -> None:
        """Start the client and return as soon as the server has opened every TCP port that it asked for."""
        self._launch("client", self.contender.client(self.plan, self._folder))
        for forward in self.plan.forwards:
            if forward.protocol == "tcp":
                wait_accept(forward.remote_port, READY_SECONDS, self.check)

    @property
    def pids(self) -> list[int]:
        """Server and client."""
        return [process.pid for process in self._processes]

    def cpu(self) -> float:
        """CPU seconds that both ends have used so far."""
        self.check()
        return cpu_seconds(self.pids)

    def rss(self) -> tuple[int, int]:
        """Resident bytes of the server and of the client."""
        self.check()
        server, client = map(rss, self.pids)
        return server, client

    def check(self) -> None:
        """Raises ContenderFailed when an end is dead."""
        for process in self._processes:
            if not process.is_alive:
                raise ContenderFailed(f"{process.name} ended: {process.tail()}")

    def tails(self) -> str:
        """The end of both logs, for an error message."""
        return "; ".join(f"{process.name}: {process.tail(2)}" for process in self._processes)

    def close(self) -> None:
        """Stop the client, then the server; idempotent."""
        with contextlib.ExitStack() as stack:
            for process in self._processes:
                stack.callback(process.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _launch(self, end: str, command: list[str]) -> None:
        name = f"{self.contender.label} {end}"
        self._processes.append(Process(name, command, log=self._folder / f"{end}.log"))
