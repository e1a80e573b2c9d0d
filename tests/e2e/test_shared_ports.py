"""One port for clients that log in and for visitors of http and https proxies."""

import http.client
import socket
import ssl

import gevent
import pytest

from tests.support.certificates import SERVER_NAME, Authority, Pair
from tests.support.lab import Lab, tcp_proxy
from tests.support.names import UNRECOGNIZED_NAME, Front, client_hello, get_head, read_answer, trusting
from tests.support.ports import free_port
from tests.support.program import Program
from tests.support.users import connect, receive_all, tcp_echoes

SHARED = {
    "http": ("vhostHTTPPort",),
    "https": ("vhostHTTPSPort",),
    "both": ("vhostHTTPPort", "vhostHTTPSPort"),
}
FIRST_BYTE = {"transport.tls.disableCustomTLSFirstByte": False}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Authority(tmp_path_factory.mktemp("authority"), "authority").issue("service")


def start(lab: Lab, shared: str, **options: object) -> Program:
    port = free_port()
    return lab.frps({"bindPort": port, **dict.fromkeys(SHARED[shared], port), **options})


def web_service(lab: Lab, pair: Pair, kind: str) -> int:
    """A service that answers "http" or "https" to a request, the second over TLS."""
    serve = Front("http", 0).service(kind)

    def serve_tls(connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        with context.wrap_socket(connection, server_side=True) as served:
            serve(served)

    return lab.service(serve if kind == "http" else serve_tls)


def check_all(lab: Lab, server: Program, pair: Pair, shared: str, client_options: dict[str, object]) -> None:
    """A client with a proxy of each kind that the port is shared with, and a tcp proxy; all are visited."""
    kinds = [kind for kind in ("http", "https") if shared in (kind, "both")]
    proxies = [Front(kind, server.port).proxy(kind, web_service(lab, pair, kind), SERVER_NAME) for kind in kinds]
    echo = tcp_proxy("echo", lab.tcp_echo())
    lab.frpc(server.port, [*proxies, echo], client_options)
    for kind in kinds:
        for _ in range(3):
            assert browse(server.port, kind) == kind
    assert tcp_echoes(echo["remotePort"])


def browse(port: int, kind: str) -> str:
    """What a browser reads at `port`."""
    with connect(port) as connection:
        visitor = trusting().wrap_socket(connection, server_hostname=SERVER_NAME) if kind == "https" else connection
        with visitor:
            visitor.sendall(get_head(SERVER_NAME))
            return read_answer(visitor)[1].decode()


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
@pytest.mark.parametrize("shared", SHARED)
def test_clients_and_visitors_share_a_port(lab: Lab, pair: Pair, shared: str, mux: bool) -> None:
    server = start(lab, shared, **{"transport.tcpMux": mux})
    check_all(lab, server, pair, shared, {"transport.tcpMux": mux, **FIRST_BYTE})
    place = f"service listen on 127.0.0.1:{server.port}"
    assert bool(server.matching(f"http {place}")) == (shared != "https")
    assert not server.matching(f"https {place}")


@pytest.mark.parametrize("shared", SHARED)
def test_client_without_tls(lab: Lab, pair: Pair, shared: str) -> None:
    check_all(lab, start(lab, shared), pair, shared, {"transport.tls.enable": False})


def test_plain_tls_of_a_client_is_right_where_only_http_is_shared(lab: Lab, pair: Pair) -> None:
    server = start(lab, "http")
    check_all(lab, server, pair, "http", {"transport.tls.disableCustomTLSFirstByte": True})


@pytest.mark.parametrize("shared", ["https", "both"])
def test_plain_tls_of_a_client_goes_to_the_visitors_door_where_https_is_shared(lab: Lab, shared: str) -> None:
    client = lab.start_frpc(start(lab, shared).port, {"transport.tls.disableCustomTLSFirstByte": True})
    assert client.wait_exit() == 1
    assert client.matching("login to the server failed")


def test_forced_tls_does_not_concern_visitors(lab: Lab, pair: Pair) -> None:
    check_all(lab, start(lab, "both", **{"transport.tls.force": True}), pair, "both", FIRST_BYTE)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_each_method_of_a_browser_is_known(lab: Lab, method: str) -> None:
    server = start(lab, "both")
    visitor = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        visitor.request(method, "/", headers={"Host": "nobody.test"})
        with visitor.getresponse() as response:
            assert response.status == 404
            response.read()
    finally:
        visitor.close()


def test_first_bytes_may_come_one_by_one(lab: Lab, pair: Pair) -> None:
    server = start(lab, "both")
    check_all(lab, server, pair, "both", FIRST_BYTE)
    with connect(server.port) as visitor:
        drip(visitor, get_head(SERVER_NAME))
        assert read_answer(visitor)[1] == b"http"
    with connect(server.port) as visitor:
        drip(visitor, client_hello("nobody.test"))
        assert receive_all(visitor) == UNRECOGNIZED_NAME


def drip(visitor: socket.socket, data: bytes) -> None:
    visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(len(data)):
        visitor.sendall(data[at : at + 1])
        gevent.sleep(0)


def test_strangers_do_no_harm(lab: Lab, pair: Pair) -> None:
    """Knocks of every sort, while a client logs in and visitors come."""
    server = start(lab, "both")
    for knock in (
        b"",
        b"G",
        b"GET",
        b"\x16",
        b"\x16\x03\x01",
        b"PROPFIND / HTTP/1.1\r\n\r\n",
        b"\x17\x16",
        b"\xff" * 50,
    ):
        with connect(server.port) as stranger:
            stranger.sendall(knock)
    check_all(lab, server, pair, "both", FIRST_BYTE)


@pytest.mark.parametrize("kind", ["http", "https"])
def test_equal_ports_at_different_addresses_are_two_listeners(lab: Lab, kind: str) -> None:
    server = start(lab, kind, proxyBindAddr="127.0.0.2")
    lab.frpc(server.port, [Front(kind, server.port).proxy(kind, 1, SERVER_NAME)])
    with socket.create_connection(("127.0.0.2", server.port), timeout=10) as visitor:
        if kind == "http":
            visitor.sendall(get_head("nobody.test"))
            assert read_answer(visitor)[0].startswith(b"HTTP/1.1 404")
        else:
            visitor.sendall(client_hello("nobody.test"))
            assert receive_all(visitor) == UNRECOGNIZED_NAME


@pytest.mark.parametrize(
    "names", [("vhostHTTPPort", "vhostHTTPSPort"), ("bindPort", "tcpmuxHTTPConnectPort")], ids=["two vhosts", "tcpmux"]
)
def test_other_pairs_cannot_share(lab: Lab, names: tuple[str, str]) -> None:
    port = free_port()
    options = {"bindAddr": "127.0.0.1", "bindPort": free_port(), **dict.fromkeys(names, port)}
    server = lab.run(lab.ends.frps, "-c", str(lab.config("frps", options)))
    assert server.wait_exit() == 1
    assert str(port) in server.lines[-1]
    assert not server.matching("started successfully")
