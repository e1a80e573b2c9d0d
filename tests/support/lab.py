"""A place to run servers, clients and services together; everything in it ends with the `with` block."""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.binaries import Binary, Ends
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.services import Backlog, backlog, echo, tcp_service, udp_echo

TOKEN = "correct horse"
Options = Mapping[str, Any]  # v1 keys with dots, as in {"transport.tls.enable": False}


class Lab:
    """Owns the programs and services that it starts."""

    def __init__(self, ends: Ends, folder: Path) -> None:
        self.ends = ends
        self.folder = folder
        self.programs: list[Program] = []
        self._stack = contextlib.ExitStack()
        self._files = 0

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what still runs, the last started first; each program has to end in time and without a crash."""
        try:
            for program in reversed(self.programs):
                program.stop()
        finally:
            for program in self.programs:
                program.kill()
            self._stack.close()

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def config(self, kind: str, options: Options) -> Path:
        """A configuration file (JSON is one of the formats) of these options."""
        self._files += 1
        return self.write(f"{kind}{self._files}.json", json.dumps(nest(options), indent=1))

    def run(self, binary: Binary, *arguments: str, prefix: Sequence[str] = ()) -> Program:
        """Start a program with these arguments; waits for nothing."""
        program = Program([*prefix, *binary.command, *arguments], name=binary.name, cwd=self.folder)
        self.programs.append(program)
        return program

    def command(self, *command: str) -> Program:
        """Start a program that is not ours; waits for nothing."""
        program = Program(command, cwd=self.folder)
        self.programs.append(program)
        return program

    def frps(self, options: Options | None = None, *, prefix: Sequence[str] = ()) -> Program:
        """A server that accepts clients on `.port`."""
        settled = server_options() | dict(options or {})
        program = self.run(self.ends.frps, "-c", str(self.config("frps", settled)), prefix=prefix)
        program.port = settled["bindPort"]
        program.wait_for("frps started successfully")
        return program

    def start_frpc(self, server_port: int, options: Options | None = None, *, prefix: Sequence[str] = ()) -> Program:
        """A client; waits for nothing."""
        settled = client_options(server_port) | dict(options or {})
        return self.run(self.ends.frpc, "-c", str(self.config("frpc", settled)), prefix=prefix)

    def frpc(self, server_port: int, proxies: Sequence[Options], options: Options | None = None) -> Program:
        """A client that is logged in and whose proxies all run."""
        program = self.start_frpc(server_port, {"proxies": [nest(p) for p in proxies], **(options or {})})
        for proxy in proxies:
            program.wait_for(f"[{proxy['name']}] start proxy success")
        return program

    def tcp_echo(self) -> int:
        return self._stack.enter_context(tcp_service(echo))

    def udp_echo(self) -> int:
        return self._stack.enter_context(udp_echo())

    def service(self, handle: Callable[[Any], None]) -> int:
        return self._stack.enter_context(tcp_service(handle))

    def backlog(self) -> Backlog:
        return self._stack.enter_context(backlog())


def server_options() -> dict[str, Any]:
    return {
        "bindAddr": "127.0.0.1",
        "bindPort": free_port(),
        "auth.token": TOKEN,
        "log.disablePrintColor": True,
        "log.level": "debug",
    }


def client_options(server_port: int) -> dict[str, Any]:
    return {
        "serverAddr": "127.0.0.1",
        "serverPort": server_port,
        "auth.token": TOKEN,
        "log.disablePrintColor": True,
        "log.level": "debug",
    }


def tcp_proxy(name: str, local_port: int, remote_port: int | None = None, **more: Any) -> dict[str, Any]:
    """Options of a tcp proxy; a free remote port unless one is given."""
    return {
        "name": name,
        "type": "tcp",
        "localPort": local_port,
        "remotePort": free_port() if remote_port is None else remote_port,
        **more,
    }


def udp_proxy(name: str, local_port: int, remote_port: int | None = None, **more: Any) -> dict[str, Any]:
    return tcp_proxy(name, local_port, remote_port, **more) | {"type": "udp"}


def nest(options: Options) -> dict[str, Any]:
    """{"a.b": 1, "c": 2} to {"a": {"b": 1}, "c": 2}."""
    nested: dict[str, Any] = {}
    for key, value in options.items():
        *folders, last = key.split(".")
        place = nested
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
    return nested
