"""The dashboard's life: it opens with the server, hands over to the next one, and ends."""

import http.client
import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from frpg.config.common import TlsFiles
from frpg.config.server import ServerConfig
from frpg.errors import ConfigError
from frpg.net import splice
from frpg.server.service import Server
from tests.support.certificates import Authority, Pair
from tests.support.ports import free_port, free_ports
from tests.support.users import refuses
from tests.support.waiting import eventually
from tests.support.web_api import PASSWORD, USER, Dashboard
from tests.unit.server.conftest import StartServer, server_config

PATH = "/api/v2/system/info"


class Reloading:
    """A server with a dashboard, whose options a test changes."""

    def __init__(self, **options: Any) -> None:
        self._options = {
            "web_server__user": USER,
            "web_server__password": PASSWORD,
            "bind_port": free_port(),
            **options,
        }
        self.server = Server(self._config(), source=lambda strict: self._config())
        self.server.start()

    def _config(self) -> ServerConfig:
        return server_config(**self._options)

    def reload(self, **options: Any) -> None:
        self._options |= options
        self.server.reload()


@pytest.fixture
def start() -> Iterator[Callable[..., Reloading]]:
    started: list[Reloading] = []
    level = logging.getLogger("frpg").level

    def make(**options: Any) -> Reloading:
        started.append(Reloading(**{"web_server__port": free_port(), **options}))
        return started[-1]

    yield make
    for one in started:
        one.server.close()
    splice.close_idle()
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if type(handler).__module__.startswith("frpg.")]:
        root.removeHandler(handler)
        handler.close()
    logging.getLogger("frpg").setLevel(level)


def files(pair: Pair) -> TlsFiles:
    return TlsFiles(cert_file=pair.cert, key_file=pair.key)


def status(port: int, password: str | None = PASSWORD) -> int:
    return Dashboard(port, password).ask("GET", PATH).status


def test_it_ends_with_the_server(start: Callable[..., Reloading]) -> None:
    server = start().server
    port = server.web_port
    assert status(port) == 200
    server.close()
    server.close()
    assert refuses(port)


def test_a_port_in_use(serve: StartServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            ConfigError, match=f"create dashboard listener error, .*:{port}: bind: address already in use"
        ):
            serve(web_server__port=port)


def test_the_log_tells_where(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    port = free_port()
    serve(web_server__port=port)
    assert f"dashboard listen on 127.0.0.1:{port}" in caplog.messages
    assert "asks for no password" not in caplog.text


def test_the_log_warns_of_a_door_that_is_open_to_all(serve: StartServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    serve(web_server__port=free_port(), web_server__addr="0.0.0.0")
    assert "asks for no password" in caplog.text


def test_another_password_counts_at_once_also_on_an_old_connection(start: Callable[..., Reloading]) -> None:
    one = start()
    port = one.server.web_port
    kept = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = Dashboard(port)._headers

    def ask() -> int:
        kept.request("GET", PATH, headers=headers)
        answer = kept.getresponse()
        answer.read()
        return answer.status

    try:
        assert ask() == 200
        one.reload(web_server__password="another one")
        assert ask() == 401
        assert status(port) == 401
        assert status(port, "another one") == 200
    finally:
        kept.close()


def test_another_port_takes_over_and_the_old_connections_get_the_new_rules(start: Callable[..., Reloading]) -> None:
    first, second = free_ports(2)
    one = start(web_server__port=first)
    kept = http.client.HTTPConnection("127.0.0.1", first, timeout=10)
    try:
        kept.request("GET", PATH, headers=Dashboard(first)._headers)
        assert kept.getresponse().read()
        one.reload(web_server__port=second, web_server__password="another one")
        assert refuses(first)
        kept.request("GET", PATH, headers=Dashboard(first)._headers)
        answer = kept.getresponse()
        answer.read()
        assert answer.status == 401
        assert status(second, "another one") == 200
    finally:
        kept.close()


def test_the_samples_go_on(start: Callable[..., Reloading]) -> None:
    one = start()
    dashboard = one.server._window.dashboard
    assert dashboard is not None
    sampler = dashboard._board.sampler
    one.reload(web_server__password="another one")
    now = one.server._window.dashboard
    assert now is not None
    assert now is not dashboard
    assert now._board.sampler is sampler
    for port in (free_port(), 0, free_port()):
        one.reload(web_server__port=port)
    assert one.server._window.dashboard is not None
    assert one.server._window.dashboard._board.sampler is sampler


def test_its_certificate_is_read_again(start: Callable[..., Reloading], tmp_path: Path) -> None:
    authority, other = Authority(tmp_path, "authority"), Authority(tmp_path, "other")
    old, new = authority.issue("old"), other.issue("new")
    one = start(web_server__tls=files(old))
    port = one.server.web_port
    assert Dashboard(port, ca_file=authority.file).ask("GET", PATH).status == 200
    for there, here in ((new.cert, old.cert), (new.key, old.key)):
        Path(here).write_bytes(Path(there).read_bytes())
    one.reload()
    assert Dashboard(port, ca_file=other.file).ask("GET", PATH).status == 200


def test_a_certificate_that_cannot_be_read_changes_nothing(start: Callable[..., Reloading], tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    pair = authority.issue("server")
    one = start(web_server__tls=files(pair))
    Path(pair.key).unlink()
    fds = psutil.Process().num_fds()
    with pytest.raises(ConfigError, match=r"webServer.tls: open .*server\.key: no such file or directory"):
        one.reload(bind_port=free_port(), web_server__password="another one")
    assert psutil.Process().num_fds() == fds
    assert Dashboard(one.server.web_port, ca_file=authority.file).ask("GET", PATH).status == 200


def test_a_pprof_route_is_there_when_it_is_asked_for(start: Callable[..., Reloading]) -> None:
    one = start()
    api = Dashboard(one.server.web_port)
    assert api.ask("GET", "/debug/pprof/cmdline").status == api.ask("GET", "/metrics").status == 404
    one.reload(web_server__pprof_enable=True, enable_prometheus=True)
    assert api.ask("GET", "/debug/pprof/cmdline").status == api.ask("GET", "/metrics").status == 200


def test_no_requests_are_left_when_it_closes(start: Callable[..., Reloading]) -> None:
    one = start()
    port = one.server.web_port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as half:
        half.sendall(b"GET / HTTP/1.1\r\n")
        dashboard = one.server._window.dashboard
        assert dashboard is not None
        eventually(lambda: dashboard._server.connections == 1)
        one.server.close()
        assert half.recv(1) == b""
