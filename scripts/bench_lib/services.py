"""The local services that tunnels lead to: echo over TCP and UDP, nginx, and a port for the bulk tools."""

import contextlib
import shutil
import socket
from pathlib import Path
from typing import Self

from .contenders import Forward
from .errors import ContenderFailed
from .ports import HOST, free_port, wait_accept, wait_echo
from .processes import Process, answer, tool
from .transports import DEFAULT, Transport

PAGE = 1024  # bytes of the page that nginx serves
READY_SECONDS = 10.0
ECHO, UDP, HTTP, BULK = "echo", "udp", "http", "bulk"  # forwards, by name
STAGES = {"encryption": (True, False), "compression": (False, True), "both": (True, True)}

NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    server {{
        listen {host}:{port} backlog=4096;
        location / {{ default_type text/plain; return 200 "{page}"; }}
    }}
}}
"""


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

    def forwards(self, transport: Transport) -> tuple[Forward, ...]:
        """The proxies of a tunnel that serves every row of this transport, each on a fresh port."""
        plain = [Forward(name, _protocol(name), port, free_port()) for name, port in self.ports.items()]
        if transport != DEFAULT:
            return tuple(plain)
        stages = [
            Forward(f"{BULK}-{name}", "tcp", self.ports[BULK], free_port(), *stage) for name, stage in STAGES.items()
        ]
        return (*plain, *stages)

    def forward(self, name: str) -> Forward:
        """One plain proxy alone, on a fresh port."""
        return Forward(name, _protocol(name), self.ports[name], free_port())

    def _start(self, stack: contextlib.ExitStack) -> None:
        for name, kind in ((ECHO, socket.SOCK_STREAM), (UDP, socket.SOCK_DGRAM)):
            service = stack.enter_context(tool("echo", kind.name))
            self.ports[name] = int(answer(service, READY_SECONDS)["port"])
            wait_echo(self.ports[name], kind, READY_SECONDS, lambda: None)
        if program := nginx():
            self.ports[HTTP] = port = free_port()
            config = self._folder / "nginx.conf"
            text = NGINX.format(folder=self._folder, host=HOST, port=port, page="x" * (PAGE - 1) + "\\n")
            config.write_text(text, encoding="utf-8")
            command = [program, "-c", str(config), "-p", str(self._folder), "-e", str(self._folder / "nginx.log")]
            process = stack.enter_context(Process("nginx", command, log=self._folder / "nginx.out"))
            wait_accept(port, READY_SECONDS, lambda: _check(process))


def nginx() -> str | None:
    """Where nginx is; Debian has it outside of a user's PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def _protocol(name: str) -> str:
    return "udp" if name == UDP else "tcp"


def _check(process: Process) -> None:
    if not process.is_alive:
        raise ContenderFailed(f"{process.name} ended: {process.tail()}")
