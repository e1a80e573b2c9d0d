"""Proxies of type tcpmux: visitors name the service with an HTTP CONNECT, then the connection is theirs."""

import contextlib
import socket
from collections.abc import Iterator

import gevent
import pytest

from tests.support.duplex import Receipt, digest, talk
from tests.support.lab import Lab
from tests.support.names import Front, connect_head, front, read_head, tunnel, web_ports
from tests.support.proxied import HEADERS
from tests.support.rawclient import NEW_PROXY, NEW_PROXY_RESP, RawClient
from tests.support.services import Backlog
from tests.support.tcpmux import PASSTHROUGH, ask, credentials, named, refusal, start
from tests.support.users import connect, receive_all, receive_exact

ENCRYPTED = {"transport.useEncryption": True, "transport.useCompression": True}


@pytest.fixture
def web() -> Front:
    return front("tcpmux", web_ports())


def test_each_name_leads_to_its_service(lab: Lab, web: Front) -> None:
    start(
        lab,
        web,
        named(lab, web, "exact", "Www.Example.test"),
        named(lab, web, "wild", "*.example.test"),
        named(lab, web, "address", "192.0.2.7"),
        named(lab, web, "sub", "", subdomain="sub"),
        subDomainHost="hosts.test",
    )
    expected = {
        "www.example.test:22": "exact",
        "WWW.EXAMPLE.TEST:443": "exact",
        "www.example.test": "exact",
        "www.example.test.:1": "exact",
        "a.b.example.test:22": "wild",
        "192.0.2.7:22": "address",
        "sub.hosts.test:22": "sub",
    }
    assert {target: ask(web.port, target) for target in expected} == expected


def test_name_in_the_request_line_counts_and_not_the_host_header(lab: Lab, web: Front) -> None:
    start(lab, web, named(lab, web, "target", "target.test"), named(lab, web, "header", "header.test"))
    with connect(web.port) as visitor:
        visitor.sendall(b"CONNECT target.test:22 HTTP/1.1\r\nHost: header.test:22\r\n\r\n")
        assert read_head(visitor).startswith(b"HTTP/1.1 200")
        visitor.sendall(b"hello")
        assert receive_all(visitor) == b"target"


def test_success_is_two_lines_and_then_raw_bytes_both_ways(lab: Lab, web: Front) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("mux", service.port, "mux.test"))
    with connect(web.port) as visitor:
        visitor.sendall(connect_head("mux.test:22"))
        assert read_head(visitor) == b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        with service.accept() as served:
            served.sendall(b"SSH-2.0-server speaks first\r\n")
            assert receive_exact(visitor, 29) == b"SSH-2.0-server speaks first\r\n"
            visitor.sendall(b"\0\r\n\r\n\xff")
            assert receive_exact(served, 6) == b"\0\r\n\r\n\xff"  # and nothing of the CONNECT before it


@pytest.mark.parametrize("stages", [{}, ENCRYPTED], ids=["plain", "both"])
def test_both_directions_at_once_keep_every_byte(lab: Lab, web: Front, stages: dict[str, bool]) -> None:
    size, service = 3_000_000, lab.backlog()
    start(lab, web, web.proxy("mux", service.port, "mux.test", **stages))
    with tunnel(web.port, "mux.test:22") as visitor, service.accept() as served:
        served.settimeout(30)
        answer = gevent.spawn(talk, served, 2, size, size)
        got = talk(visitor, 1, size, size)
        assert (got, answer.get(timeout=30)) == (Receipt(size, digest(2, size)), Receipt(size, digest(1, size)))


@pytest.mark.parametrize("cut", [1, 7])
def test_request_may_come_in_pieces(lab: Lab, web: Front, cut: int) -> None:
    start(lab, web, named(lab, web, "mux", "mux.test"))
    request = connect_head("mux.test:22", "User-Agent: a visitor of few bytes", f"X-Long: {'y' * 3000}")
    with connect(web.port) as visitor:
        visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(request), cut):
            visitor.sendall(request[at : at + cut])
            gevent.sleep(0)
        assert read_head(visitor).startswith(b"HTTP/1.1 200")
        visitor.sendall(b"hello")
        assert receive_all(visitor) == b"mux"


@pytest.mark.usefixtures("frpg_only")  # frp drops them
@pytest.mark.parametrize("size", [5, 100_000])
def test_bytes_right_behind_the_request_are_delivered(lab: Lab, web: Front, size: int) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("mux", service.port, "mux.test"))
    early = (b"early" * size)[:size]
    with connect(web.port) as visitor:
        sender = gevent.spawn(visitor.sendall, connect_head("mux.test:22") + early)
        with service.accept() as served:
            assert receive_exact(served, size) == early
        sender.get(timeout=10)


def test_http_1_0_will_do(lab: Lab, web: Front) -> None:
    start(lab, web, named(lab, web, "mux", "mux.test"))
    with connect(web.port) as visitor:
        visitor.sendall(b"CONNECT mux.test:22 HTTP/1.0\r\n\r\n")
        assert b" 200 OK\r\n" in read_head(visitor)
        visitor.sendall(b"hello")
        assert receive_all(visitor) == b"mux"


@pytest.mark.parametrize("options", [{}, PASSTHROUGH], ids=["direct", "passthrough"])
@pytest.mark.parametrize("target", ["nobody.test:22", "mux.test.test:22", "test:22"])
def test_unknown_name_is_not_found(lab: Lab, web: Front, options: dict[str, bool], target: str) -> None:
    start(lab, web, web.proxy("mux", 1, "mux.test"), **options)
    head, body = refusal(web.port, connect_head(target))
    assert head.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert b"\r\ncontent-type: text/html" in head.lower()
    assert b"html" in body


@pytest.mark.parametrize("options", [{}, PASSTHROUGH], ids=["direct", "passthrough"])
@pytest.mark.parametrize(
    "data",
    [
        b"GET http://mux.test/ HTTP/1.1\r\nHost: mux.test\r\n\r\n",
        b"connect mux.test:22 HTTP/1.1\r\nHost: mux.test\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\r\n\r\n\r\n",
    ],
    ids=["get", "lower case", "ssh", "tls", "empty lines"],
)
def test_what_is_no_connect_is_closed_without_a_word(
    lab: Lab, web: Front, options: dict[str, bool], data: bytes
) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("mux", service.port, "*"), **options)
    with connect(web.port) as visitor:
        visitor.sendall(data)
        assert receive_all(visitor) == b""
    assert service.is_idle()


@contextlib.contextmanager
def passed_through(web: Front, service: Backlog, request: bytes) -> Iterator[tuple[socket.socket, socket.socket]]:
    """(visitor, service's connection) once the service has got `request` byte for byte."""
    with connect(web.port) as visitor:
        visitor.sendall(request)
        with service.accept() as served:
            assert receive_exact(served, len(request)) == request
            yield visitor, served


def test_passthrough_leaves_the_answer_to_the_service(lab: Lab, web: Front) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("mux", service.port, "mux.test"), **PASSTHROUGH)
    request = b"CONNECT mux.test:22 HTTP/1.1\r\nhOsT: mux.test\r\nX-Odd:   kept \r\n\r\nearly"
    with passed_through(web, service, request) as (visitor, served):
        served.sendall(b"HTTP/1.1 299 Mine\r\n\r\nraw")
        assert receive_exact(visitor, 24) == b"HTTP/1.1 299 Mine\r\n\r\nraw"
        visitor.sendall(b"later")
        assert receive_exact(served, 5) == b"later"


@pytest.mark.parametrize("options", [{}, PASSTHROUGH], ids=["direct", "passthrough"])
@pytest.mark.parametrize("version", HEADERS)
def test_service_learns_who_its_visitor_is(lab: Lab, web: Front, version: str, options: dict[str, bool]) -> None:
    service = lab.backlog()
    proxy = web.proxy("mux", service.port, "mux.test", **{"transport.proxyProtocolVersion": version})
    start(lab, web, proxy, **options)
    request = connect_head("mux.test:22")
    with connect(web.port) as visitor:
        visitor.sendall(request)
        expected = HEADERS[version](visitor.getsockname(), visitor.getpeername()) + (request if options else b"")
        with service.accept() as served:
            assert receive_exact(served, len(expected)) == expected


def test_taken_name_is_refused_and_the_others_go_on(lab: Lab, web: Front) -> None:
    server = lab.frps({"tcpmuxHTTPConnectPort": web.port})
    lab.frpc(server.port, [named(lab, web, "first", "mux.test")])
    proxies = [
        named(lab, web, "taken", "MUX.test"),
        named(lab, web, "other user", "mux.test", routeByHTTPUser="ann"),
        named(lab, web, "good", "good.test"),
    ]
    client = lab.start_frpc(server.port, {"proxies": proxies})
    client.wait_for("[taken] start error: router config conflict")
    client.wait_for("[other user] start proxy success")
    client.wait_for("[good] start proxy success")
    assert ask(web.port, "mux.test:22") == "first"
    assert ask(web.port, "mux.test:22", credentials("ann", "")) == "other user"
    assert ask(web.port, "good.test:22") == "good"


def test_server_without_the_port_refuses_the_type(lab: Lab, web: Front) -> None:
    client = lab.start_frpc(lab.frps().port, {"proxies": [web.proxy("mux", 1, "mux.test")]})
    client.wait_for("[mux] start error: tcpmux with multiplexer httpconnect not supported because this feature is not")


def test_unknown_multiplexer_is_refused(lab: Lab, web: Front) -> None:
    server = lab.frps({"tcpmuxHTTPConnectPort": web.port, "transport.tcpMux": False})
    assert new_proxy(server.port, multiplexer="other")["error"] == "unknown multiplexer [other]"
    assert new_proxy(server.port, multiplexer="")["error"] == "unknown multiplexer []"
    answer = new_proxy(server.port, multiplexer="httpconnect")
    assert (answer.get("error", ""), answer["remote_addr"]) == ("", f"a.test:{web.port}")


def new_proxy(server_port: int, **fields: str) -> dict[str, str]:
    """What a server without tcpMux answers to a tcpmux proxy."""
    with RawClient(connect(server_port)) as client:
        asked = {"proxy_name": "mux", "proxy_type": "tcpmux", "custom_domains": ["a.test"], **fields}
        client.send(NEW_PROXY, asked)
        while (answer := client.receive())[0] != NEW_PROXY_RESP:
            pass
        return answer[1]


def test_server_says_where_it_listens(lab: Lab, web: Front) -> None:
    server = lab.frps({"tcpmuxHTTPConnectPort": web.port})
    place = f"127.0.0.1:{web.port}"
    assert server.matching(f"tcpmux httpconnect multiplexer listen on {place}, passthrough: false")
