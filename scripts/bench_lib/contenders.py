"""The programs that can be measured, and how each wants a tunnel described."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .dashboard import USER
from .nginx import Hop, command, program
from .options import Options, Peer
from .plans import Feature, Forward, Plan
from .ports import HOST
from .transports import DEFAULT, NOMUX, Transport

TOKEN = "bench"
HOPS = "nginx-hops"
ROOT = Path(__file__).resolve().parents[2]


class Contender(Protocol):
    """Something that carries connections from one port to another with two programs."""

    @property
    def label(self) -> str:
        """Its name in the table."""

    def fits(self, transport: Transport, feature: Feature) -> bool:
        """Whether it takes part in rows of this transport that need this."""

    @property
    def version_command(self) -> tuple[str, ...]:
        """What prints its version."""

    def entrance(self, plan: Plan) -> int:
        """The TCP port that accepts once the server is up."""

    def server(self, plan: Plan, folder: Path) -> list[str]:
        """Write the server's configuration to `folder` and return the command that starts it."""

    def client(self, plan: Plan, folder: Path) -> list[str]:
        """The same for the client."""


@dataclass(frozen=True)
class Frp:
    """Ours or official frp: both read the same files."""

    label: str
    frps: tuple[str, ...]
    frpc: tuple[str, ...]
    version_command: tuple[str, ...] = ()

    def fits(self, transport: Transport, feature: Feature) -> bool:
        return True

    def entrance(self, plan: Plan) -> int:
        return plan.bind_port

    def server(self, plan: Plan, folder: Path) -> list[str]:
        return [*self.frps, "-c", _write(folder / "frps.toml", frps_toml(plan))]

    def client(self, plan: Plan, folder: Path) -> list[str]:
        return [*self.frpc, "-c", _write(folder / "frpc.toml", frpc_toml(plan))]


@dataclass(frozen=True)
class Rathole:
    """rathole as it comes: TCP without TLS or noise, one connection per user."""

    label: str
    program: str

    def fits(self, transport: Transport, feature: Feature) -> bool:
        # Its default stands beside the default of the others, and beside their equal of it.
        return transport in (DEFAULT, NOMUX) and feature is Feature.PORTS

    def entrance(self, plan: Plan) -> int:
        return plan.bind_port

    @property
    def version_command(self) -> tuple[str, ...]:
        return (self.program, "--version")

    def server(self, plan: Plan, folder: Path) -> list[str]:
        return [self.program, "--server", _write(folder / "server.toml", rathole_server_toml(plan))]

    def client(self, plan: Plan, folder: Path) -> list[str]:
        return [self.program, "--client", _write(folder / "client.toml", rathole_client_toml(plan))]


@dataclass(frozen=True)
class TwoHops:
    """Two reverse proxies of nginx where server and client of a tunnel stand: what the web rows aim at.

    Whatever the transport, they speak plain HTTP to each other.
    """

    label: str = HOPS

    def fits(self, transport: Transport, feature: Feature) -> bool:
        return feature is Feature.WEB

    @property
    def version_command(self) -> tuple[str, ...]:
        return (program() or "nginx", "-v")

    def entrance(self, plan: Plan) -> int:
        return plan.web_port

    def server(self, plan: Plan, folder: Path) -> list[str]:
        return self._hop(folder, Hop(plan.web_port, plan.bind_port), "server")

    def client(self, plan: Plan, folder: Path) -> list[str]:
        return self._hop(folder, Hop(plan.bind_port, plan.sites[0].local_port), "client")

    def _hop(self, folder: Path, hop: Hop, end: str) -> list[str]:
        own = folder / end
        own.mkdir()
        return command(own, hop.directives)


def contenders(options: Options) -> list[Contender]:
    """The contenders of a run, ours first; nginx needs no naming, the web rows cannot do without it anyway.

    Raises:
        FileNotFoundError: a program is not where it was said to be.
    """
    ours: list[Contender] = [] if options.skip_ours else [_checkout("frpg", ROOT)]
    return [*ours, *map(_peer, options.peers), TwoHops()]


def frps_toml(plan: Plan) -> str:
    return _lines(
        f'bindAddr = "{HOST}"',
        f"bindPort = {plan.bind_port}",
        f'proxyBindAddr = "{HOST}"',
        f'auth.token = "{TOKEN}"',
        *([f"vhostHTTPPort = {plan.web_port}"] if plan.web_port else []),
        *(_dashboard(plan.dashboard_port) if plan.dashboard_port else []),
        *plan.transport.frps_options,
    )


def _dashboard(port: int) -> list[str]:
    return [
        "enablePrometheus = true",
        f'webServer.addr = "{HOST}"',
        f"webServer.port = {port}",
        f'webServer.user = "{USER}"',
        f'webServer.password = "{USER}"',
    ]


def frpc_toml(plan: Plan) -> str:
    return _lines(
        f'serverAddr = "{HOST}"',
        f"serverPort = {plan.bind_port}",
        f'auth.token = "{TOKEN}"',
        *plan.transport.frpc_options,
        *(line for forward in plan.forwards for line in _frp_proxy(forward)),
    )


def rathole_server_toml(plan: Plan) -> str:
    return _lines(
        "[server]",
        f'bind_addr = "{HOST}:{plan.bind_port}"',
        f'default_token = "{TOKEN}"',
        *(line for forward in plan.forwards for line in _rathole_service("server", forward)),
    )


def rathole_client_toml(plan: Plan) -> str:
    return _lines(
        "[client]",
        f'remote_addr = "{HOST}:{plan.bind_port}"',
        f'default_token = "{TOKEN}"',
        *(line for forward in plan.forwards for line in _rathole_service("client", forward)),
    )


def _frp_proxy(forward: Forward) -> list[str]:
    lines = [
        "[[proxies]]",
        f'name = "{forward.name}"',
        f'type = "{forward.protocol}"',
        f'localIP = "{HOST}"',
        f"localPort = {forward.local_port}",
    ]
    if forward.protocol != "http":
        lines.append(f"remotePort = {forward.remote_port}")
    if forward.domain:
        lines.append(f'customDomains = ["{forward.domain}"]')
    if forward.locations:
        lines.append(f"locations = {json.dumps(forward.locations)}")
    if forward.encryption:
        lines.append("transport.useEncryption = true")
    if forward.compression:
        lines.append("transport.useCompression = true")
    lines += [f"plugin.{name} = {json.dumps(value)}" for name, value in forward.plugin]
    return lines


def _rathole_service(end: str, forward: Forward) -> list[str]:
    if forward.encryption or forward.compression:
        return []
    key, port = ("bind_addr", forward.remote_port) if end == "server" else ("local_addr", forward.local_port)
    return [f"[{end}.services.{forward.name}]", f'type = "{forward.protocol}"', f'{key} = "{HOST}:{port}"']


def _peer(peer: Peer) -> Contender:
    if peer.kind == "rathole":
        return Rathole("rathole", str(_existing(peer.folder / "rathole")))
    if peer.kind == "baseline":
        return _checkout("baseline", peer.folder)
    frps, frpc = (str(_existing(peer.folder / name)) for name in ("frps", "frpc"))
    return Frp(peer.kind, (frps,), (frpc,), (frps, "--version"))


def _checkout(label: str, folder: Path) -> Frp:
    frps, frpc = (str(_existing(folder / "bin" / name)) for name in ("frps", "frpc"))
    # Where some frpg is installed the programs would import that one.
    python = ("env", f"PYTHONPATH={folder}", sys.executable)
    # `frps --version` tells which frp it speaks like, not which frpg this is.
    version = "import sys; sys.path.insert(0, sys.argv[1]); import frpg; print(frpg.__version__)"
    return Frp(label, (*python, frps), (*python, frpc), (sys.executable, "-c", version, str(folder)))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"no program {path}")
    return path


def _write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
