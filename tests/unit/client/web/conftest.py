import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from frpg.client.service import Client
from frpg.config.load import load_client
from tests.support.admin import AdminApi, admin_options
from tests.support.fake_frps import FakeControl, FakeFrps, eventually, fake_frps
from tests.support.lab import nest
from tests.support.ports import free_port

SSH = {"name": "ssh", "type": "tcp", "localIP": "127.0.0.1", "localPort": 22}


class Desk:
    """A client with an admin interface, logged in to a server that the test plays, and its configuration file."""

    def __init__(self, server: FakeFrps, folder: Path, options: dict[str, Any]) -> None:
        self.server = server
        self.file = folder / "frpc.json"
        self.port = free_port()
        self.options = {
            "serverAddr": "127.0.0.1",
            "serverPort": server.port,
            "transport.tls.enable": False,
            "store.path": "store.json",
            "proxies": [SSH],
            **admin_options(self.port),
            **options,
        }
        self.write()
        self.client = Client(load_client(self.file).config, config_path=str(self.file))
        self.api = AdminApi(self.port)

    def write(self, **changes: Any) -> None:
        self.options |= changes
        self.file.write_text(json.dumps(nest(self.options), indent=1))

    def log_in(self) -> FakeControl:
        self.client.start()
        control = self.server.next_control()
        assert self.client.wait_logged_in(10)
        return control

    def run(self) -> FakeControl:
        """Log in; all proxies run."""
        control = self.log_in()
        for _ in self.client.proxies():
            control.start_proxy()
        assert eventually(lambda: {proxy.phase for proxy in self.client.proxies()} == {"running"})
        return control


MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[MakeDesk]:
    with ExitStack() as stack:
        server = stack.enter_context(fake_frps(mux=True))

        def make(**options: Any) -> Desk:
            desk = Desk(server, tmp_path, {key.replace("__", "."): value for key, value in options.items()})
            stack.callback(lambda: desk.client.close(patience=0))
            return desk

        yield make


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    desk = make_desk()
    desk.run()
    return desk
