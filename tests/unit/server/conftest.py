"""Servers for tests of the server, on ports that the system chooses."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from frpg.config.server import ServerConfig, complete_server
from frpg.config.values import PortRange
from frpg.net import splice
from frpg.server.service import Server
from tests.unit.server.peer import TOKEN

StartServer = Callable[..., Server]


def server_config(**options: Any) -> ServerConfig:
    """A completed configuration; `transport__tcp_mux=False` reaches into `transport`."""
    config = ServerConfig(bind_addr="127.0.0.1")
    config.auth.token = TOKEN
    # Where no outgoing connection of this machine is in the way, nor one that was there a minute ago.
    config.allow_ports = [PortRange(10240, 32000)]
    for name, value in options.items():
        *folders, last = name.split("__")
        place: Any = config
        for folder in folders:
            place = getattr(place, folder)
        setattr(place, last, value)
    complete_server(config)
    return config


@pytest.fixture
def serve() -> Iterator[StartServer]:
    """Starts servers with the options given; they are closed at the end."""
    servers = []

    def start(**options: Any) -> Server:
        server = Server(server_config(**options), bind_port=0)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.close()
    splice.close_idle()
