"""A server with a dashboard, in this process, and clients of the tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from frpg.server.service import Server
from tests.support.ports import free_port
from tests.support.web_api import PASSWORD, USER, Dashboard
from tests.unit.server.conftest import StartServer
from tests.unit.server.conftest import serve as serve
from tests.unit.server.peer import Peer

LogIn = Callable[..., Peer]


@pytest.fixture
def server(serve: StartServer) -> Server:
    return serve(
        web_server__port=free_port(),
        web_server__user=USER,
        web_server__password=PASSWORD,
        sub_domain_host="hosts.test",
        vhost_http_port=free_port(),
        vhost_https_port=free_port(),
        tcpmux_http_connect_port=free_port(),
    )


@pytest.fixture
def api(server: Server) -> Dashboard:
    return Dashboard(server.web_port)


@pytest.fixture
def log_in(server: Server) -> Iterator[LogIn]:
    """Clients; `log_in("alice", "cid")`."""
    peers: list[Peer] = []

    def make(user: str = "", client_id: str = "", **more: Any) -> Peer:
        peers.append(Peer(server, user=user, client_id=client_id, **{"hostname": "vm", **more}))
        return peers[-1]

    yield make
    for peer in peers:
        peer.close()
