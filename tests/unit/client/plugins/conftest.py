from collections.abc import Callable, Iterator

import pytest

from frpg.net import splice
from tests.support.services import Backlog, backlog, udp_echo
from tests.unit.client.plugins.associated import Client
from tests.unit.client.plugins.plugged import Plugged

Plug = Callable[..., Plugged]  # takes what Plugged takes
Associate = Callable[..., Client]  # takes what Client takes


@pytest.fixture
def plug() -> Iterator[Plug]:
    """Puts plugins in their place, and ends them."""
    benches: list[Plugged] = []

    def make(*args: object, **options: object) -> Plugged:
        benches.append(Plugged(*args, **options))  # type: ignore[arg-type]
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()
    splice.close_idle()


@pytest.fixture
def local() -> Iterator[Backlog]:
    """A local TCP service that the test plays."""
    with backlog() as local:
        yield local


@pytest.fixture
def udp_service() -> Iterator[int]:
    """The port of a local UDP echo."""
    with udp_echo() as port:
        yield port


@pytest.fixture
def associate() -> Iterator[Associate]:
    """Clients of a SOCKS server's datagrams."""
    clients: list[Client] = []

    def make(*args: object, **options: object) -> Client:
        clients.append(Client(*args, **options))  # type: ignore[arg-type]
        return clients[-1]

    yield make
    for client in clients:
        client.socket.close()
