"""The local services that tunnels lead to: echo over TCP and UDP, nginx, and a port for the bulk tools."""

import contextlib
import socket
from pathlib import Path
from typing import Self

from . import nginx
from .errors import ContenderFailed
from .plans import Forward, Plugins, Routes
from .ports import free_port, wait_accept, wait_echo
from .processes import Process, answer, tool
from .transports import DEFAULT, Transport

READY_SECONDS = 10.0
ECHO, UDP, HTTP, BULK = "echo", "udp", "http", "bulk"  # forwards, by name
STATIC, HTTP_PROXY, SOCKS5 = "static", "http-proxy", "socks5"  # those of plugins
STAGES = {"encryption": (True, False), "compression": (False, True), "both": (True, True)}


class Services:
    """Owns the services of a run; use it in a `with` block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self.ports: dict[str, int] = {BULK: free_port()}  # by forward; a bulk tool listens there only while it runs

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def wanted(self, transport: Transport, routes: Routes | Plugins | None) -> tuple[Forward, ...]:
        """The proxies of a tunnel for these virtual hosts, for plugins, or else by ports."""
        if routes is None:
            return self.forwards(transport)
        return self.plugins() if isinstance(routes, Plugins) else self.sites(routes)

    def plugins(self) -> tuple[Forward, ...]:
        """The proxies that need no service, each on a fresh port. The files are those of nginx."""
        options = {
            STATIC: (("type", "static_file"), ("localPath", str(self._folder / "nginx"))),
            HTTP_PROXY: (("type", "http_proxy"),),
            SOCKS5: (("type", "socks5"),),
        }
        return tuple(Forward(name, "tcp", 0, free_port(), plugin=plugin) for name, plugin in options.items())

    def forwards(self, transport: Transport) -> tuple[Forward, ...]:
        """The proxies of a tunnel that serves every row of this transport, each on a fresh port."""
        plain = [Forward(name, _protocol(name), port, free_port()) for name, port in self.ports.items()]
        if transport != DEFAULT:
            return tuple(plain)
        stages = [
            Forward(f"{BULK}-{name}", "tcp", self.ports[BULK], free_port(), *stage) for name, stage in STAGES.items()
        ]
        return (*plain, *stages)

    def sites(self, routes: Routes) -> tuple[Forward, ...]:
        """The proxies of a tunnel that serves nginx by host name, all on one fresh port."""
        return routes.sites(self.ports[HTTP], free_port())

    def forward(self, name: str) -> Forward:
        """One plain proxy alone, on a fresh port."""
        return Forward(name, _protocol(name), self.ports[name], free_port())

    def _start(self, stack: contextlib.ExitStack) -> None:
        for name, kind in ((ECHO, socket.SOCK_STREAM), (UDP, socket.SOCK_DGRAM)):
            service = stack.enter_context(tool("echo", kind.name))
            self.ports[name] = int(answer(service, READY_SECONDS)["port"])
            wait_echo(self.ports[name], kind, READY_SECONDS, lambda: None)
        if nginx.program():
            self.ports[HTTP] = port = free_port()
            folder = self._folder / "nginx"
            folder.mkdir()
            command = nginx.command(folder, nginx.pages(folder, port))
            process = stack.enter_context(Process("nginx", command, log=self._folder / "nginx.out"))
            wait_accept(port, READY_SECONDS, lambda: _check(process))


def _protocol(name: str) -> str:
    return "udp" if name == UDP else "tcp"


def _check(process: Process) -> None:
    if not process.is_alive:
        raise ContenderFailed(f"{process.name} ended: {process.tail()}")
