import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from frpg.errors import ConfigError
from frpg.net.address import Endpoint
from frpg.net.http_client import MAX_REQUESTS, Answer, HttpClient, HttpError, verifying_context
from frpg.net.tls import client_context
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.names import read_answer, read_head
from tests.support.services import Backlog, backlog, tcp_service
from tests.support.waiting import eventually

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Service:
    """Answers each request with `answer`; remembers what it was asked, and on which connection."""

    def __init__(self, answer: bytes = OK, requests: int = 1000) -> None:
        self.asked: list[tuple[int, bytes, bytes]] = []  # connection, head, body
        self.port = 0
        self._answer = answer
        self._requests = requests  # answered on one connection
        self._connections = 0

    def serve(self, connection: socket.socket) -> None:
        self._connections += 1
        number = self._connections
        for _ in range(self._requests):
            head, body = read_answer(connection)  # a request with a body is read like an answer
            if not head:
                return
            self.asked.append((number, head, body))
            connection.sendall(self._answer)

    @property
    def connections(self) -> list[int]:
        """The number of the connection that each request came on."""
        return [number for number, _, _ in self.asked]


@contextlib.contextmanager
def service(answer: bytes = OK, requests: int = 1000) -> Iterator[Service]:
    served = Service(answer, requests)
    with tcp_service(served.serve) as served.port:
        yield served


@contextlib.contextmanager
def client(base: str | int = "", **options: object) -> Iterator[HttpClient]:
    url = f"http://127.0.0.1:{base}" if isinstance(base, int) else base
    made = HttpClient(url, **options)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def everywhere(_host: str, port: int) -> list[Endpoint]:
    """A resolver."""
    return [(socket.AF_INET, ("127.0.0.1", port))]


def test_head_and_body_arrive_as_asked() -> None:
    with service() as served, client(served.port) as http:
        answer = http.request("POST", "/ask?a=1", fields={"Content-Type": "text/plain"}, body=b"hello")
    assert (answer.status, answer.body) == (200, b"ok")
    (_, head, body) = served.asked[0]
    first, *lines = head.decode().rstrip().split("\r\n")
    assert first == "POST /ask?a=1 HTTP/1.1"
    assert {f"Host: 127.0.0.1:{served.port}", "Content-Type: text/plain", "Content-Length: 5"} <= set(lines)
    assert body == b"hello"


def test_an_absolute_url_leaves_the_base_aside() -> None:
    with service() as served, client("http://elsewhere.test") as http:
        assert http.request("GET", f"http://me:pw@127.0.0.1:{served.port}/x").body == b"ok"
    head = served.asked[0][1]
    assert head.startswith(b"GET /x HTTP/1.1\r\n") and b"\r\nAuthorization: Basic bWU6cHc=\r\n" in head


@pytest.mark.parametrize("status", [301, 404, 500])
def test_no_status_is_an_error_and_no_redirect_is_followed(status: int) -> None:
    answer = f"HTTP/1.1 {status} X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n".encode()
    with service(answer) as served, client(served.port) as http:
        assert http.request("GET").status == status
    assert len(served.asked) == 1


@pytest.mark.parametrize("fields", [{"X-A": "1\r\nX-B: 2"}, {"X A": "1"}])
def test_a_field_that_is_none_is_refused(fields: dict[str, str]) -> None:
    with client(1) as http, pytest.raises(ValueError, match="field"):
        http.request("GET", fields=fields)


# --- connections


def test_a_connection_is_kept_and_used_again() -> None:
    with service() as served, client(served.port) as http:
        for _ in range(3):
            http.request("GET")
    assert served.connections == [1, 1, 1]


def test_requests_at_one_time_have_a_connection_each() -> None:
    with service() as served, client(served.port) as http:
        waiting = [gevent.spawn(http.request, "GET") for _ in range(3)]
        gevent.joinall(waiting, timeout=10, raise_error=True)
    assert sorted(served.connections) == [1, 2, 3]


def test_a_connection_that_the_service_closes_meanwhile_is_forgotten() -> None:
    with service(requests=1) as served, client(served.port) as http:
        http.request("GET")
        eventually(lambda: http.idle == 0, what="the end was not noticed")
        http.request("GET")
    assert served.connections == [1, 2]


def close_instead_of_answer(reuse: Callable[[Backlog, HttpClient], None]) -> None:
    """One request is answered; the connection closes as the second one is sent on it."""
    with backlog() as taken, client(taken.port) as http:
        first = gevent.spawn(http.request, "GET")
        with taken.accept() as connection:
            read_head(connection)
            connection.sendall(OK)
            assert first.get(timeout=10).body == b"ok"

            def end() -> None:
                read_head(connection)
                connection.shutdown(socket.SHUT_RDWR)

            ending = gevent.spawn(end)
            reuse(taken, http)
            ending.get(timeout=10)


def test_a_request_that_may_be_repeated_is_when_a_kept_connection_ends_under_it() -> None:
    def reuse(taken: Backlog, http: HttpClient) -> None:
        second = gevent.spawn(http.request, "GET", may_repeat=True)
        with taken.accept() as connection:
            read_head(connection)
            connection.sendall(OK)
            assert second.get(timeout=10).body == b"ok"

    close_instead_of_answer(reuse)


def test_another_request_is_not_repeated() -> None:
    def reuse(taken: Backlog, http: HttpClient) -> None:
        with pytest.raises(ConnectionError, match="without an answer"):
            http.request("POST", body=b"pay")
        assert taken.is_idle()

    close_instead_of_answer(reuse)


def test_a_new_connection_that_ends_without_an_answer_is_an_error() -> None:
    with service(requests=0) as served, client(served.port) as http, pytest.raises(ConnectionError):
        http.request("GET", may_repeat=True)
    assert served.connections == []


def test_an_unused_connection_is_closed_in_time() -> None:
    with service() as served, client(served.port, idle_timeout=0.01) as http:
        http.request("GET")
        eventually(lambda: http.idle == 0, what="still open")


def test_few_connections_are_kept() -> None:
    with service() as served, client(served.port, max_idle=2) as http:
        waiting = [gevent.spawn(http.request, "GET") for _ in range(5)]
        gevent.joinall(waiting, timeout=10, raise_error=True)
        assert http.idle == 2


def test_after_close_nothing_is_kept() -> None:
    with service() as served, client(served.port) as http:
        http.request("GET")
        http.close()
        assert http.idle == 0
        http.request("GET")
        assert http.idle == 0


def test_bytes_that_nobody_asked_for_are_no_answer_to_the_next_request() -> None:
    with backlog() as taken, client(taken.port) as http:
        first = gevent.spawn(http.request, "GET")
        with taken.accept() as connection:
            read_head(connection)
            connection.sendall(OK)
            first.get(timeout=10)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            eventually(lambda: http.idle == 0, what="the connection is still trusted")


# --- deadlines and bounds


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def slow_head(connection: socket.socket) -> None:
    for byte in OK * 100:
        connection.sendall(bytes((byte,)))
        gevent.sleep(0.01)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1\r\nx\r\n")
        gevent.sleep(0.01)


@pytest.mark.parametrize("handle", [silent, slow_head, endless])
def test_the_deadline_is_for_all_of_it(handle: Callable[[socket.socket], None]) -> None:
    def serve(connection: socket.socket) -> None:
        if handle is not silent:
            read_head(connection)
        handle(connection)

    with tcp_service(serve) as port, client(port, timeout=0.2) as http:
        with pytest.raises(TimeoutError, match=r"no answer within 0\.2 s"):
            http.request("GET")
        assert http.idle == 0


def test_a_long_answer_is_an_error() -> None:
    with (
        service(b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n") as served,
        client(served.port, max_body=100) as http,
    ):
        with pytest.raises(HttpError, match="longer than 100 bytes"):
            http.request("GET")
        assert http.idle == 0


def test_more_requests_than_are_allowed_wait_for_their_turn() -> None:
    release, running = Event(), 0

    def serve(connection: socket.socket) -> None:
        nonlocal running
        read_head(connection)
        running += 1
        release.wait(10)
        connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    with tcp_service(serve) as port, client(port) as http:
        waiting = [gevent.spawn(http.request, "GET") for _ in range(MAX_REQUESTS + 5)]
        eventually(lambda: running == MAX_REQUESTS, what="the requests have not come")
        with pytest.raises(TimeoutError):
            http.request("GET", timeout=0.05)
        assert running == MAX_REQUESTS
        release.set()
        gevent.joinall(waiting, timeout=10, raise_error=True)


def test_a_killed_request_closes_its_connection() -> None:
    with backlog() as taken, client(taken.port) as http:
        asking = gevent.spawn(http.request, "GET")
        with taken.accept() as connection:
            read_head(connection)
            asking.kill()
            connection.settimeout(10)
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""


def test_nobody_there_is_an_error() -> None:
    with backlog() as taken:
        port = taken.port
    with client(port) as http, pytest.raises(OSError, match="connection refused"):
        http.request("GET")


# --- TLS


@contextlib.contextmanager
def secure_service(authority: Authority) -> Iterator[Service]:
    pair = authority.issue("plugin")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    served = Service()

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            served.serve(wrapped)

    with tcp_service(serve) as served.port:
        yield served


def secure_request(served: Service, context: ssl.SSLContext | None, name: str = SERVER_NAME) -> Answer:
    with client(f"https://{name}:{served.port}", tls=context, resolver=everywhere) as http:
        http.request("GET")
        return http.request("GET")


def test_tls_is_verified_by_the_authority_of_the_configuration(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    with secure_service(authority) as served:
        assert secure_request(served, verifying_context(authority.file)).body == b"ok"
        assert served.connections == [1, 1]
        with pytest.raises(ssl.SSLCertVerificationError):
            secure_request(served, verifying_context(authority.file), "other.test")


def test_tls_is_verified_unless_switched_off(tmp_path: Path) -> None:
    with secure_service(Authority(tmp_path, "ca")) as served:
        with pytest.raises(ssl.SSLCertVerificationError):
            secure_request(served, None)
        assert secure_request(served, client_context()).body == b"ok"


# --- proxies


def test_a_proxy_forwards_plain_requests_and_learns_its_password() -> None:
    with service() as proxy, client("http://a.test:81/x", proxy=f"http://me:p%40w@127.0.0.1:{proxy.port}") as http:
        assert http.request("POST", body=b"hello").body == b"ok"
    (_, head, body) = proxy.asked[0]
    assert head.startswith(b"POST http://a.test:81/x HTTP/1.1\r\nHost: a.test:81\r\n") and body == b"hello"
    assert b"\r\nProxy-Authorization: Basic bWU6cEB3\r\n" in head


def test_a_proxy_makes_a_tunnel_for_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    heads: list[bytes] = []
    with secure_service(authority) as served:

        def serve(connection: socket.socket) -> None:
            heads.append(read_head(connection))
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with socket.create_connection(("127.0.0.1", served.port)) as onward:
                back = gevent.spawn(pipe, onward, connection)
                pipe(connection, onward)
                back.kill()

        with tcp_service(serve) as port:
            proxy, tls = f"http://me:pw@127.0.0.1:{port}", verifying_context(authority.file)
            with client(f"https://{SERVER_NAME}:443/", proxy=proxy, tls=tls) as http:
                assert http.request("GET").body == b"ok"
    assert heads[0].startswith(f"CONNECT {SERVER_NAME}:443 HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization" not in served.asked[0][1]


def pipe(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)


def test_the_environment_is_asked_only_when_it_is_given() -> None:
    with service() as proxy:
        environ = {"HTTP_PROXY": f"127.0.0.1:{proxy.port}"}
        with client("http://a.test/", environ=environ) as http:
            assert http.request("GET").body == b"ok"
        with client("http://a.test/", resolver=nowhere) as http, pytest.raises(OSError, match="no such host"):
            http.request("GET")


def nowhere(host: str, _port: int) -> list[Endpoint]:
    raise OSError("no such host")


def test_a_proxy_that_is_none_is_refused_without_its_password() -> None:
    with pytest.raises(ConfigError) as caught:
        HttpClient(proxy="gopher://me:secret@p:1")
    assert "secret" not in str(caught.value) and "transport" not in str(caught.value)
