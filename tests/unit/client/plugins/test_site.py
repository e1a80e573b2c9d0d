from collections.abc import Iterator

import pytest

from frpg.client.source import Entries
from frpg.config.plugins import Http2HttpPlugin
from frpg.config.proxies import TcpProxyConfig
from frpg.proto.messages import StartWorkConn
from tests.support.fake_frps import FakeFrps, eventually, fake_frps
from tests.support.services import Backlog
from tests.support.users import receive_exact
from tests.support.web import get, response
from tests.unit.client.conftest import Clients


@pytest.fixture(params=[True, False], ids=["mux", "nomux"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeFrps]:
    with fake_frps(mux=request.param) as server:
        yield server


def bridge(local: Backlog) -> TcpProxyConfig:
    return TcpProxyConfig(name="web", plugin=Http2HttpPlugin(local_addr=f"127.0.0.1:{local.port}"))


def test_a_client_that_ends_at_once_takes_all_along(
    clients: Clients, server: FakeFrps, local: Backlog, request: pytest.FixtureRequest
) -> None:
    client = clients.logged_in(server.port, mux="[mux]" in request.node.name, proxies=[bridge(local)])
    control = server.next_control()
    control.start_proxy()
    work = control.work()
    work.send(StartWorkConn(proxy_name="web"))
    user = work.detach()
    user.sendall(get())
    with local.accept() as served:
        assert receive_exact(served, 3) == b"GET"
        assert client.proxies()[0].connections == 1
        client.close(patience=0)
        served.settimeout(10)
        with pytest.raises(ConnectionResetError):
            while served.recv(1000):
                pass
        with pytest.raises(ConnectionError):
            user.recv_exact(1)
    user.close()


def test_a_removed_proxy_finishes_its_answers(
    clients: Clients, server: FakeFrps, local: Backlog, request: pytest.FixtureRequest
) -> None:
    client = clients.logged_in(server.port, mux="[mux]" in request.node.name, proxies=[bridge(local)])
    control = server.next_control()
    control.start_proxy()
    assert eventually(lambda: client.proxies()[0].phase == "running")
    work = control.work()
    work.send(StartWorkConn(proxy_name="web"))
    user = work.detach()
    user.sendall(get())
    with local.accept() as served:
        assert receive_exact(served, 3) == b"GET"
        client._apply(Entries([], []))
        assert eventually(lambda: client.proxies() == [])
        served.sendall(response(b"finished"))
        answer = b""
        while data := user.recv():
            answer += data
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nfinished")
    user.close()
