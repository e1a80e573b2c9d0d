"""One running pair of a contender: its server, its client, and the ports that lead through them."""

import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from .contenders import Contender
from .cpu import cpu_seconds, rss
from .errors import ContenderFailed
from .plans import Forward, Plan
from .ports import wait_accept, wait_echo
from .processes import Process
from .web import wait_pages

READY_SECONDS = 15.0  # for a launch, and for a login with a few proxies
SITE_SECONDS = 0.03  # for each virtual host more
_ECHOES = {"echo": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


class Tunnel:
    """Owns both processes; use it in a `with` block, which starts nothing by itself."""

    def __init__(self, contender: Contender, plan: Plan, folder: Path) -> None:
        self.contender = contender
        self.plan = plan
        self.ports = {forward.name: forward.remote_port for forward in plan.forwards}
        self.ready_seconds = 0.0  # from the launch of the client until every proxy carried data
        self._folder = folder
        self._processes: list[Process] = []
        folder.mkdir()

    def start(self, report: Callable[[str], None] = lambda text: None) -> None:
        """Start both ends and wait until every proxy carries data; `report` hears of progress that takes long.

        Raises:
            ContenderFailed: an end died or was not ready in time; the text has the end of its log.
        """
        self.start_server()
        begin = time.monotonic()
        self.start_client()
        for name, port in self.ports.items():
            if kind := _ECHOES.get(name):
                wait_echo(port, kind, READY_SECONDS, self.check)
        if sites := self.plan.sites:
            seconds = READY_SECONDS + SITE_SECONDS * len(sites)
            wait_pages(self.plan.web_port, sites, seconds, self.check, report)
        self.ready_seconds = time.monotonic() - begin

    def start_server(self) -> None:
        """Start the server and return as soon as it accepts clients."""
        self._launch("server", self.contender.server(self.plan, self._folder))
        wait_accept(self.contender.entrance(self.plan), READY_SECONDS, self.check)

    def start_client(self) -> None:
        """Start the client and return as soon as the server has opened every TCP port that it asked for."""
        self._launch("client", self.contender.client(self.plan, self._folder))
        for forward in self.plan.forwards:
            if forward.protocol == "tcp":
                wait_accept(forward.remote_port, READY_SECONDS, self.check)

    def site(self, name: str) -> Forward:
        """One of its virtual hosts."""
        return next(site for site in self.plan.sites if site.name == name)

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
