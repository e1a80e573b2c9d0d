import socket
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from frpg.client.plugins import unix_domain_socket
from frpg.config.plugins import UnixDomainSocketPlugin
from tests.support.fake_frps import eventually
from tests.support.users import receive_all, receive_exact
from tests.unit.client.plugins.conftest import Plug
from tests.unit.client.plugins.plugged import TIMEOUT


@pytest.fixture(params=["file", "abstract"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "s") if request.param == "file" else f"@frpg-test-{tmp_path.name}-{id(request)}"


@pytest.fixture
def service(path: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{path[1:]}" if path.startswith("@") else path)
        listener.listen(0)
        listener.settimeout(TIMEOUT)
        yield listener


def test_users_get_the_socket(plug: Plug, path: str, service: socket.socket) -> None:
    bench = plug(UnixDomainSocketPlugin(unix_path=path))
    user = bench.user()
    user.sendall(b"question")
    served, _ = service.accept()
    with served:
        assert receive_exact(served, 8) == b"question"
        assert bench.tally.connections == 1
        user.shutdown(socket.SHUT_WR)
        assert served.recv(1) == b""
        served.sendall(b"answer")
    assert receive_all(user) == b"answer"
    assert (bench.tally.received.value, bench.tally.sent.value) == (8, 6)


def test_bulk_goes_both_ways_whole(plug: Plug, path: str, service: socket.socket) -> None:
    user = plug(UnixDomainSocketPlugin(unix_path=path)).user()
    payload = bytes(range(256)) * 20_000
    served, _ = service.accept()
    with served:
        for one, other in ((user, served), (served, user)):
            sending = gevent.spawn(one.sendall, payload)
            assert receive_exact(other, len(payload)) == payload
            sending.get(timeout=TIMEOUT)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_service_hears_who_the_user_is(plug: Plug, path: str, service: socket.socket, version: str) -> None:
    user = plug(UnixDomainSocketPlugin(unix_path=path), proxy_protocol=version).user()
    user.sendall(b"!")
    served, _ = service.accept()
    headers = {
        "v1": b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n",
        "v2": b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc0\0\x02\x01\x12\x67\0\x50",
    }
    with served:
        expected = headers[version] + b"!"
        assert receive_exact(served, len(expected)) == expected


@pytest.mark.parametrize("path", ["/nowhere/s", "@frpg-test-nobody", "/" + "x" * 200, "a\0b"])
def test_a_socket_that_is_not_there_is_told(plug: Plug, path: str, caplog: pytest.LogCaptureFixture) -> None:
    user = plug(UnixDomainSocketPlugin(unix_path=path)).user()
    assert user.recv(1) == b""
    assert f"[run] [web] dial to uds {path} error: " in caplog.text


def test_a_busy_service_is_waited_for(plug: Plug, path: str, service: socket.socket) -> None:
    bench = plug(UnixDomainSocketPlugin(unix_path=path))
    users = [bench.user() for _ in range(5)]  # more than its queue takes
    for number, user in enumerate(users):
        user.sendall(bytes([number]))
    heard = set()
    for _ in users:
        served, _ = service.accept()
        with served:
            heard.add(served.recv(1))
    assert heard == {bytes([number]) for number in range(5)}


def test_a_service_that_stays_busy_is_given_up(
    plug: Plug, path: str, service: socket.socket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(unix_domain_socket, "DIAL_TIMEOUT", 0.05)
    bench = plug(UnixDomainSocketPlugin(unix_path=path))
    users = [bench.user() for _ in range(3)]
    assert eventually(lambda: f"dial to uds {path} error: dial unix {path}: i/o timeout" in caplog.text)
    assert users[-1].recv(1) == b""
