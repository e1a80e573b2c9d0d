from collections.abc import Iterator

import pytest

from frpg.client.service import Client
from frpg.config.client import ClientConfig
from tests.unit.client.making import client_config


class Clients:
    """Makes clients and closes them."""

    def __init__(self) -> None:
        self._made: list[Client] = []

    def __call__(self, config: ClientConfig) -> Client:
        client = Client(config)
        self._made.append(client)
        return client

    def logged_in(self, port: int, **options: object) -> Client:
        """A client that has a session with the server at `port`."""
        client = self(client_config(port, **options))
        client.start()
        assert client.wait_logged_in(10)
        return client

    def close(self) -> None:
        for client in self._made:
            client.close(patience=0)


@pytest.fixture
def clients() -> Iterator[Clients]:
    clients = Clients()
    yield clients
    clients.close()
