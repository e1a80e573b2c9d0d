"""vhostTrustedProxies: who may say for whom a connection or a request comes, and what becomes of others who try."""

import contextlib
import socket
from collections.abc import Iterator

import gevent
import pytest

from tests.support.lab import Lab
from tests.support.names import Front, client_hello, connect_head, front, get_head, read_answer, read_head, web_ports
from tests.support.program import Program
from tests.support.proxied import HEADERS, SIGNATURE, v1_header, v2_header
from tests.support.services import Backlog
from tests.support.users import receive_all, receive_exact

HOST = "www.example.test"
PATIENCE = 5.0  # seconds for an answer
TRUSTED, STRANGER = "127.0.0.5", "127.0.0.9"
LIST = {"vhostTrustedProxies": ["192.0.2.0/24", "127.0.0.4/30"]}
KINDS = ("http", "https", "tcpmux")
VISITORS = {"IPv4": (("203.0.113.7", 4711), ("198.51.100.1", 80)), "IPv6": (("2001:db8::7", 4711), ("2001:db8::1", 80))}
CLAIM = v1_header(*VISITORS["IPv4"])
beyond_frp = pytest.mark.usefixtures("frpg_only")


class Setup:
    """A server with trusted proxies, and one proxy whose service is played by the test."""

    def __init__(self, lab: Lab, kind: str, options: dict[str, object]) -> None:
        settled = web_ports() | options
        self.front: Front = front(kind, settled)
        self.service: Backlog = lab.backlog()
        self.server: Program = lab.frps(settled)
        proxy = self.front.proxy("web", self.service.port, HOST)
        # http is asked with X-Forwarded-For, which has to be right without this too.
        if kind != "http":
            proxy["transport.proxyProtocolVersion"] = "v1"
        lab.frpc(self.server.port, [proxy])

    def request(self) -> bytes:
        """What a visitor of this kind says first."""
        if self.front.kind == "https":
            return client_hello(HOST)
        return connect_head(f"{HOST}:22") if self.front.kind == "tcpmux" else get_head(HOST)

    def visitor_seen(self, connection: socket.socket) -> str:
        """The visitor's address as the service's connection tells it."""
        if self.front.kind == "http":
            return fields(read_head(connection))["x-forwarded-for"].decode()
        return read_line(connection).split(b" ")[2].decode()


def read_line(connection: socket.socket) -> bytes:
    line = bytearray()
    while not line.endswith(b"\r\n") and (byte := connection.recv(1)):
        line += byte
    return bytes(line)


def fields(head: bytes) -> dict[str, bytes]:
    """Fields by lower-case name; values of one name joined as they come."""
    result: dict[str, bytes] = {}
    for line in head.rstrip().split(b"\r\n")[1:]:
        name, _, value = line.partition(b": ")
        key = name.decode().lower()
        result[key] = result[key] + b", " + value if key in result else value
    return result


@contextlib.contextmanager
def come(port: int, source: str) -> Iterator[socket.socket]:
    """A connection from this address of the machine."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=(source, 0)) as visitor:
        visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield visitor


@beyond_frp
@pytest.mark.parametrize("family", VISITORS)
@pytest.mark.parametrize("version", HEADERS)
@pytest.mark.parametrize("kind", KINDS)
def test_proxy_header_of_a_trusted_peer_gives_the_visitor(lab: Lab, kind: str, version: str, family: str) -> None:
    setup = Setup(lab, kind, LIST)
    with come(setup.front.port, TRUSTED) as visitor:
        visitor.sendall(HEADERS[version](*VISITORS[family]) + setup.request())
        with setup.service.accept() as served:
            assert setup.visitor_seen(served) == VISITORS[family][0][0]


@beyond_frp
@pytest.mark.parametrize("version", HEADERS)
@pytest.mark.parametrize("kind", KINDS)
def test_header_may_come_byte_by_byte(lab: Lab, kind: str, version: str) -> None:
    setup = Setup(lab, kind, LIST)
    data = HEADERS[version](*VISITORS["IPv4"]) + setup.request()
    with come(setup.front.port, TRUSTED) as visitor:
        for at in range(len(data)):
            visitor.sendall(data[at : at + 1])
            gevent.sleep(0)
        with setup.service.accept() as served:
            assert setup.visitor_seen(served) == VISITORS["IPv4"][0][0]


@beyond_frp
@pytest.mark.parametrize("kind", ["https", "tcpmux"])
def test_service_gets_port_and_bytes_behind_the_header_unchanged(lab: Lab, kind: str) -> None:
    setup = Setup(lab, kind, LIST)
    request = setup.request()
    expected = (request if kind == "https" else b"") + b"early"
    with come(setup.front.port, TRUSTED) as visitor:
        visitor.sendall(CLAIM + request + b"early")
        with setup.service.accept() as served:
            assert read_line(served).split(b" ")[4] == b"4711"
            assert receive_exact(served, len(expected)) == expected


@beyond_frp
@pytest.mark.parametrize(
    "header", [b"PROXY UNKNOWN\r\n", SIGNATURE + b"\x20\x00\x00\x00", b""], ids=["v1", "v2", "none"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_trusted_peer_may_speak_for_itself(lab: Lab, kind: str, header: bytes) -> None:
    setup = Setup(lab, kind, LIST)
    with come(setup.front.port, TRUSTED) as visitor:
        visitor.sendall(header + setup.request())
        with setup.service.accept() as served:
            assert setup.visitor_seen(served) == TRUSTED


@beyond_frp
@pytest.mark.parametrize("header", [CLAIM, v2_header(*VISITORS["IPv4"])], ids=["v1", "v2"])
@pytest.mark.parametrize("kind", KINDS)
def test_header_of_a_stranger_is_refused(lab: Lab, kind: str, header: bytes) -> None:
    setup = Setup(lab, kind, LIST)
    assert is_refused(setup, STRANGER, header)
    with come(setup.front.port, STRANGER) as visitor:  # without one the same stranger is served as himself
        visitor.sendall(setup.request())
        with setup.service.accept() as served:
            assert setup.visitor_seen(served) == STRANGER


def is_refused(setup: Setup, source: str, header: bytes) -> bool:
    """Whether `header` and a request end with no more than a 400, and the service hears of neither."""
    with come(setup.front.port, source) as visitor:
        with contextlib.suppress(ConnectionError):
            visitor.sendall(header + setup.request())
        try:
            answer = receive_all(visitor)
        except TimeoutError:  # it was brought to the service
            setup.service.drop()
            return False
    is_silent = answer == b"" or (setup.front.kind == "http" and answer.startswith(b"HTTP/1.1 400 "))
    return is_silent and setup.service.is_idle()


BROKEN = {
    "bare LF": b"PROXY TCP4 203.0.113.7 198.51.100.1 4711 80\n",
    "no port": b"PROXY TCP4 203.0.113.7 198.51.100.1 4711\r\n",
    "no address": b"PROXY TCP4 203.0.113.777 198.51.100.1 4711 80\r\n",
    "other family": b"PROXY TCP4 2001:db8::7 2001:db8::1 4711 80\r\n",
    "high port": b"PROXY TCP4 203.0.113.7 198.51.100.1 4711 80000\r\n",
    "negative port": b"PROXY TCP4 203.0.113.7 198.51.100.1 -1 80\r\n",
    "endless line": b"PROXY " + b"x" * 200 + b"\r\n",
    "short v2": SIGNATURE + b"\x21\x11\x00\x04" + bytes(4),
    "version 1 in v2": SIGNATURE + b"\x11\x11\x00\x0c" + bytes(12),
    "unknown command": SIGNATURE + b"\x2f\x11\x00\x0c" + bytes(12),
    "two headers": CLAIM * 2,
}


@beyond_frp
@pytest.mark.parametrize("kind", KINDS)
def test_broken_header_of_a_trusted_peer_is_refused(lab: Lab, kind: str) -> None:
    setup = Setup(lab, kind, LIST)
    accepted = [name for name, header in BROKEN.items() if not is_refused(setup, TRUSTED, header)]
    assert accepted == []


@beyond_frp
def test_visitors_of_one_service_are_not_mixed_up(lab: Lab) -> None:
    """Connections to the service are kept and used again; the address belongs to the request."""
    options = web_ports() | LIST
    web = front("http", options)
    lab.frpc(lab.frps(options).port, [web.proxy("web", lab.service(say_for_whom), HOST)])
    with contextlib.ExitStack() as stack:
        visitors = {f"203.0.113.{number}": stack.enter_context(come(web.port, TRUSTED)) for number in range(3)}
        for turn in range(3):
            for address, visitor in visitors.items():
                header = b"" if turn else v1_header((address, 4711), ("198.51.100.1", 80))
                visitor.sendall(header + get_head(HOST))
                assert read_answer(visitor)[1] == address.encode()


def say_for_whom(connection: socket.socket) -> None:
    """Answer each request with its X-Forwarded-For."""
    while head := read_head(connection):
        body = fields(head)["x-forwarded-for"]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


SAID = ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: outer.test"]


def heard(setup: Setup, source: str, *headers: str) -> list[bytes]:
    """X-Forwarded-For, -Proto and -Host that the service gets of a request with these headers."""
    with come(setup.front.port, source) as visitor:
        visitor.sendall(get_head(HOST, *headers))
        with setup.service.accept() as served:
            got = fields(read_head(served))
    return [got[f"x-forwarded-{what}"] for what in ("for", "proto", "host")]


@beyond_frp
def test_what_a_trusted_peer_says_of_a_request_is_kept(lab: Lab) -> None:
    setup = Setup(lab, "http", LIST)
    trusted = TRUSTED.encode()
    assert heard(setup, TRUSTED, *SAID) == [b"203.0.113.7, " + trusted, b"https", b"outer.test"]
    assert heard(setup, TRUSTED) == [trusted, b"http", HOST.encode()]
    twice = [SAID[0], "X-Forwarded-For: 192.0.2.1"]
    assert heard(setup, TRUSTED, *twice)[0] == b"203.0.113.7, 192.0.2.1, " + trusted


@beyond_frp
def test_what_a_stranger_says_of_a_request_is_replaced(lab: Lab) -> None:
    setup = Setup(lab, "http", LIST)
    replaced = [STRANGER.encode(), b"http", HOST.encode()]
    assert heard(setup, STRANGER, *SAID) == replaced
    assert heard(setup, STRANGER) == replaced


def test_without_a_list_it_is_as_in_frp(lab: Lab) -> None:
    setup = Setup(lab, "http", {})
    assert heard(setup, STRANGER, *SAID) == [b"203.0.113.7, " + STRANGER.encode(), b"http", HOST.encode()]
    assert is_refused(setup, STRANGER, CLAIM)


@beyond_frp
@pytest.mark.parametrize("value", ["localhost", "127.0.0.1/33", "", "10.0.0", "::1/200"])
def test_nonsense_in_the_list_stops_the_server(lab: Lab, value: str) -> None:
    config = lab.config("frps", {"bindPort": 0, "vhostTrustedProxies": ["127.0.0.1", value]})
    server = lab.run(lab.ends.frps, "-c", str(config))
    assert server.wait_exit() == 1
    assert "vhostTrustedProxies" in server.text
