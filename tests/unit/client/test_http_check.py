import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import AsyncResult

from frpg.client import http_check
from frpg.client.http_check import HttpCheck
from frpg.config.common import HttpHeader
from frpg.config.proxies import HealthCheckConfig, TcpProxyConfig
from frpg.net.address import Endpoint
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.names import read_head
from tests.support.services import tcp_service

WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Service:
    """Answers one request after the other with `answers`, the last one for ever."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.heads: list[list[str]] = []  # lines of each request
        self.port = 0

    def serve(self, connection: socket.socket) -> None:
        while head := read_head(connection):
            self.heads.append(head.decode().rstrip().split("\r\n"))
            connection.sendall(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])

    def asked(self) -> list[str]:
        return [head[0] for head in self.heads]


@contextlib.contextmanager
def service(*answers: bytes) -> Iterator[Service]:
    served = Service(*answers)
    with tcp_service(served.serve) as served.port:
        yield served


def everywhere(_host: str, port: int) -> list[Endpoint]:
    """A resolver."""
    return [(socket.AF_INET, ("127.0.0.1", port))]


def check(port: int, path: str = "/health", *headers: tuple[str, str], ip: str = "127.0.0.1") -> None:
    options = HealthCheckConfig(type="http", path=path, timeout_seconds=5)
    options.http_headers = [HttpHeader(name=name, value=value) for name, value in headers]
    HttpCheck(TcpProxyConfig(name="web", local_ip=ip, local_port=port, health_check=options), everywhere)()


def moved(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    "answer",
    [
        WELL,
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 299 Fine\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + WELL,
    ],
)
def test_2xx_is_good(answer: bytes) -> None:
    with service(answer) as served:
        check(served.port)
    assert served.asked() == ["GET /health HTTP/1.1"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404 Not Found"),
        (b"HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n", "answered 503"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "answered 304 Not Modified"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "answered 302 Found"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "got more than 100 headers"),
    ],
)
def test_anything_else_is_not(answer: bytes, error: str) -> None:
    with service(answer) as served, pytest.raises(OSError, match=error):
        check(served.port)


def test_a_service_that_hangs_up_is_ill() -> None:
    with tcp_service(lambda connection: None) as port, pytest.raises(OSError, match=r"reset|without response"):
        check(port)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_all_of_it_has_one_deadline(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HealthCheckConfig, "timeout", 0.05)
    with service(said) as served, pytest.raises(TimeoutError, match=r"no answer within 0\.05 s"):
        check(served.port)


def test_a_body_without_an_end_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HealthCheckConfig, "timeout", 0.1)
    with service(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n") as served:
        check(served.port)


def test_of_a_long_body_only_a_part_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_check, "MAX_BODY", 1 << 17)
    left: AsyncResult[int] = AsyncResult()

    def flood(connection: socket.socket) -> None:
        read_head(connection)
        sent = 0
        with contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                sent += connection.send(bytes(65536))
        left.set(sent)

    with tcp_service(flood) as port:
        check(port)
        assert left.get(timeout=5) > 1 << 17  # and the check has come to its end


def test_every_check_has_its_own_connection_and_says_so() -> None:
    with service(WELL) as served:
        check(served.port)
        check(served.port)
    assert "Connection: close" in served.heads[1]
    assert f"Host: 127.0.0.1:{served.port}" in served.heads[1]


def test_headers_are_as_given_and_the_last_of_a_name_wins() -> None:
    with service(WELL) as served:
        check(served.port, "/", ("X-One", "1"), ("Host", "health.test"), ("x-one", "ü"), ("User-Agent", "me"))
    lines = served.heads[0][1:]
    assert lines == ["Host: health.test", "User-Agent: me", "Connection: close", "x-one: ü"]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("health", "/health"),
        ("/a/b?c=d&e=%20f", "/a/b?c=d&e=%20f"),
        ("/ä b", "/%C3%A4%20b"),
        ("?only=query", "/?only=query"),
        ("/x#fragment", "/x"),
    ],
)
def test_the_path_becomes_a_target(path: str, target: str) -> None:
    with service(WELL) as served:
        check(served.port, path)
    assert served.asked() == [f"GET {target} HTTP/1.1"]


@pytest.mark.parametrize(("name", "value"), [("X\r\nY", "1"), ("X", "1\r\nY: 2"), ("ü", "1")])
def test_a_header_that_none_can_be_is_never_sent(name: str, value: str) -> None:
    with service(WELL) as served:
        with pytest.raises(OSError, match=r"[Ii]nvalid header|ascii"):
            check(served.port, "/", (name, value))
        assert served.heads == []


# --- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(status: int) -> None:
    with service(moved("../b?c", status), moved("d", status), WELL) as served:
        check(served.port, "/x/a", ("Host", "health.test"))
    assert served.asked() == ["GET /x/a HTTP/1.1", "GET /b?c HTTP/1.1", "GET /d HTTP/1.1"]
    assert all("Host: health.test" in head for head in served.heads)


def test_redirects_end() -> None:
    with service(moved("/health")) as served:
        with pytest.raises(OSError, match="more than 10 redirects"):
            check(served.port)
        assert len(served.heads) == 11


def test_ten_redirects_are_not_too_many() -> None:
    with service(*[moved("/health")] * 10, WELL) as served:
        check(served.port)


def test_another_host_gets_neither_the_host_header_nor_the_secrets() -> None:
    with service(WELL) as other, service(moved(f"http://other.test:{other.port}")) as served:
        check(served.port, "/", ("Host", "health.test"), ("Authorization", "secret"), ("cookie", "secret"), ("X", "1"))
    assert other.heads[0][0] == "GET / HTTP/1.1"
    assert f"Host: other.test:{other.port}" in other.heads[0]
    assert "X: 1" in other.heads[0]
    assert "secret" not in str(other.heads)
    assert "secret" in str(served.heads)


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/", "file:///etc/passwd", "http://[::1/"])
def test_a_redirect_to_nowhere_is_a_failure(location: str) -> None:
    with service(moved(location)) as served, pytest.raises(OSError, match=r"redirect to|Invalid IPv6 URL"):
        check(served.port)


def test_a_redirect_to_https_is_followed_and_the_certificate_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path, "authority")
    pair = authority.issue("service")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    secure = Service(WELL)

    def serve_tls(connection: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as tls:
            secure.serve(tls)

    with tcp_service(serve_tls) as port, service(moved(f"https://{SERVER_NAME}:{port}/safe")) as served:
        with pytest.raises(ssl.SSLCertVerificationError):
            check(served.port)
        monkeypatch.setenv("SSL_CERT_FILE", authority.file)
        check(served.port)
    assert secure.asked() == ["GET /safe HTTP/1.1"]


# --- where it goes


def test_ipv6_has_its_brackets() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        served = Service(WELL)

        def serve() -> None:
            with listener.accept()[0] as connection:
                served.serve(connection)

        server = gevent.spawn(serve)
        port = listener.getsockname()[1]
        check(port, ip="::1")
        server.get(timeout=5)
    assert f"Host: [::1]:{port}" in served.heads[0]


def test_names_go_to_the_given_resolver() -> None:
    with service(WELL) as served:
        check(served.port, ip="service.test")
    assert f"Host: service.test:{served.port}" in served.heads[0]


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_proxies_of_the_environment_are_left_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(WELL) as served, service(b"HTTP/1.1 502 Bad\r\n\r\n") as proxy:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        check(served.port)
        assert proxy.heads == []
