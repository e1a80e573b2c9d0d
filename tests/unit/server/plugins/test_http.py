import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from frpg.config.server import HttpPluginConfig
from frpg.errors import ConfigError
from frpg.net.address import Endpoint
from frpg.net.http_client import HttpError
from frpg.server.plugins import CloseProxyContent, NewUserConnContent, PingContent, Reject
from frpg.server.plugins.http import HttpPlugin
from frpg.server.plugins.plugin import PluginError
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.names import read_answer
from tests.support.services import tcp_service

PING = PingContent(privilege_key="k")
UNCHANGED = b'{"unchange":true}'


def answer(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


class Service:
    """Gives every request the same answer."""

    def __init__(self, response: bytes) -> None:
        self.response = response
        self.asked: list[tuple[str, str]] = []  # head, body
        self.connections = 0
        self.port = 0

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        while (request := read_answer(connection))[0]:
            self.asked.append((request[0].decode(), request[1].decode()))
            connection.sendall(self.response)


@contextlib.contextmanager
def service(response: bytes = answer(UNCHANGED)) -> Iterator[Service]:
    served = Service(response)
    with tcp_service(served.serve) as served.port:
        yield served


@contextlib.contextmanager
def plugin(addr: str | int, path: str = "/handler", **fields: object) -> Iterator[HttpPlugin]:
    addr = f"127.0.0.1:{addr}" if isinstance(addr, int) else addr
    config = HttpPluginConfig(name="p", addr=addr, path=path, ops=["Ping"], **fields)  # type: ignore[arg-type]
    made = HttpPlugin(config, "httpPlugins[0]")
    try:
        yield made
    finally:
        made.close()


def test_the_question_goes_where_frps_asks_it() -> None:
    with service() as served, plugin(served.port) as asked:
        assert asked.ask("Ping", PING, "0123456789abcdef", 10) is PING
    ((head, body),) = served.asked
    first, *lines = head.rstrip().split("\r\n")
    assert first == "POST /handler?op=Ping&version=0.1.0 HTTP/1.1"
    expected = {"Content-Type: application/json", "X-Frp-Reqid: 0123456789abcdef", f"Content-Length: {len(body)}"}
    assert expected <= set(lines)
    assert body == (
        '{"version":"0.1.0","op":"Ping","content":{"user":{"user":"","metas":null,"run_id":""},"privilege_key":"k"}}'
    )


@pytest.mark.parametrize(
    ("path", "target"), [("", "/?op="), ("/a/b", "/a/b?op="), ("/a?key=1", "/a?key=1&op="), ("/a b", "/a%20b?op=")]
)
def test_address_and_path_are_one_url(path: str, target: str) -> None:
    with service() as served, plugin(f"http://127.0.0.1:{served.port}", path) as asked:
        asked.ask("Ping", PING, "id", 10)
    assert served.asked[0][0].startswith(f"POST {target}")


def test_connections_are_kept() -> None:
    with service() as served, plugin(served.port) as asked:
        for _ in range(5):
            asked.ask("Ping", PING, "id", 10)
        assert served.connections == 1


def test_a_refusal_and_a_change() -> None:
    with service(answer(b'{"reject":true,"reject_reason":"no"}')) as served, plugin(served.port) as asked:
        with pytest.raises(Reject, match="no"):
            asked.ask("Ping", PING, "id", 10)
        served.response = answer(b'{"content":{"privilege_key":"other"}}')
        assert asked.ask("Ping", PING, "id", 10) == PingContent(privilege_key="other")


@pytest.mark.parametrize("status", ["500 Oops", "404 Not Found", "201 Created", "302 Found"])
def test_any_status_but_200_is_an_error(status: str) -> None:
    error = pytest.raises(PluginError, match=f"do http request error code: {status[:3]}")
    with service(answer(UNCHANGED, status)) as served, plugin(served.port) as asked, error:
        asked.ask("Ping", PING, "id", 10)


def test_of_a_notice_the_status_counts_only() -> None:
    content = CloseProxyContent(proxy_name="p")
    with service(answer(b"thanks")) as served, plugin(served.port) as asked:
        assert asked.ask("CloseProxy", content, "id", 10) is content


def test_an_answer_for_a_user_needs_a_decision() -> None:
    with service(answer(b"{}")) as served, plugin(served.port) as asked, pytest.raises(PluginError):
        asked.ask("NewUserConn", NewUserConnContent(), "id", 10)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def garbage(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0\r\n\r\n")


@pytest.mark.parametrize(
    ("handle", "error"),
    [
        (endless, HttpError),
        (silent, TimeoutError),
        (garbage, HttpError),
    ],
)
def test_garbage_ends_at_the_deadline_or_before(
    handle: Callable[[socket.socket], None], error: type[Exception]
) -> None:
    with tcp_service(handle) as port, plugin(port) as asked, pytest.raises(error):
        asked.ask("Ping", PING, "id", 0.5)


def test_no_answer_at_all() -> None:
    with tcp_service(silent) as port:
        pass
    with plugin(port) as asked, pytest.raises(OSError, match="connection refused"):
        asked.ask("Ping", PING, "id", 10)


# --- TLS


@contextlib.contextmanager
def secure(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a service with a certificate of `authority`."""
    from frpg.net import dial

    def everywhere(_host: str, port: int, _resolver: object = None) -> list[Endpoint]:
        return [(socket.AF_INET, ("127.0.0.1", port))]

    monkeypatch.setattr(dial, "resolve", everywhere)
    pair = authority.issue("plugin")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    served = Service(answer(UNCHANGED))

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            served.serve(wrapped)

    with tcp_service(serve) as port:
        yield f"https://{SERVER_NAME}:{port}"


@pytest.mark.parametrize("verify", [None, True])
def test_tls_is_verified_unless_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verify: bool | None
) -> None:
    authority = Authority(tmp_path, "ca")
    with secure(authority, monkeypatch) as addr:
        with plugin(addr, tls_verify=verify) as asked, pytest.raises(ssl.SSLCertVerificationError):
            asked.ask("Ping", PING, "id", 10)
        with plugin(addr, tls_verify=verify, trusted_ca_file=authority.file) as asked:
            assert asked.ask("Ping", PING, "id", 10) is PING


def test_tls_without_verification(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with secure(Authority(tmp_path, "ca"), monkeypatch) as addr, plugin(addr, tls_verify=False) as asked:
        assert asked.ask("Ping", PING, "id", 10) is PING


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"addr": "plugin.test:port"}, r"httpPlugins\[3\]\.addr: not a URL"),
        ({"addr": ""}, r"httpPlugins\[3\]\.addr: not a URL"),
        ({"addr": "https://a", "trusted_ca_file": "absent.crt"}, r"httpPlugins\[3\]\.trustedCaFile: .*absent\.crt"),
    ],
)
def test_faults_name_the_place(fields: dict[str, str], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        HttpPlugin(HttpPluginConfig(ops=["Login"], **fields), "httpPlugins[3]")  # type: ignore[arg-type]


def test_a_plugin_that_is_never_asked_needs_no_address() -> None:
    HttpPlugin(HttpPluginConfig(), "httpPlugins[0]").close()
