"""haproxy and nginx in front of the server: the real address of a visitor arrives through all of them."""

import socket

import pytest

from tests.support import nginx
from tests.support.lab import Lab
from tests.support.names import Front, client_hello, connect_head, front, get_head, read_answer, web_ports
from tests.support.ports import free_port
from tests.support.services import Backlog
from tests.support.tools import need, wait_listening
from tests.support.users import TIMEOUT, receive_exact

pytestmark = [pytest.mark.program, pytest.mark.usefixtures("frpg_only")]
HOST = "www.example.test"
VISITOR = "127.0.0.7"
TRUST = {"vhostTrustedProxies": ["127.0.0.1"]}
HAPROXY = """\
defaults
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen front
    bind 127.0.0.1:{port}
    {options}
    server frps 127.0.0.1:{target} source 127.0.0.1 {send}
"""


def haproxy(lab: Lab, target: int, *, send: str = "", options: str = "mode tcp") -> int:
    """Port of a haproxy that leads to `target`."""
    (program,) = need("haproxy")
    port = free_port()
    text = HAPROXY.format(port=port, target=target, send=send, options=options)
    lab.command(program, "-db", "-f", str(lab.write("haproxy.cfg", text)))
    wait_listening(port)
    return port


def stream(lab: Lab, target: int) -> int:
    """Port of an nginx that leads to `target`, with a PROXY header of version 1."""
    nginx.pass_connections(lab, {(port := free_port()): target})
    return port


FRONTS = {
    "haproxy v1": lambda lab, target: haproxy(lab, target, send="send-proxy"),
    "haproxy v2": lambda lab, target: haproxy(lab, target, send="send-proxy-v2"),
    "nginx": stream,
}


def come(port: int) -> socket.socket:
    """A connection from VISITOR."""
    return socket.create_connection(("127.0.0.1", port), TIMEOUT, source_address=(VISITOR, 0))


def start(lab: Lab, kind: str) -> tuple[Front, Backlog]:
    """(the way in, the service): a server that trusts this machine, and a client with one proxy."""
    options = web_ports() | TRUST
    web, service = front(kind, options), lab.backlog()
    more = {} if kind == "http" else {"transport.proxyProtocolVersion": "v1"}
    lab.frpc(lab.frps(options).port, [web.proxy("web", service.port, HOST, **more)])
    return web, service


@pytest.mark.parametrize("program", FRONTS)
@pytest.mark.parametrize("kind", ["https", "tcpmux"])
def test_address_arrives_at_the_service(lab: Lab, kind: str, program: str) -> None:
    web, service = start(lab, kind)
    request = client_hello(HOST) if kind == "https" else connect_head(f"{HOST}:22") + b"hello"
    with come(FRONTS[program](lab, web.port)) as visitor:
        visitor.sendall(request)
        with service.accept() as served:
            start_of_header = f"PROXY TCP4 {VISITOR} ".encode()
            assert receive_exact(served, len(start_of_header)) == start_of_header


@pytest.mark.parametrize("program", FRONTS)
def test_address_arrives_in_the_request(lab: Lab, program: str) -> None:
    web, service = start(lab, "http")
    assert forwarded_for(service, FRONTS[program](lab, web.port)) == VISITOR


def forwarded_for(service: Backlog, port: int) -> str:
    return fields(service, port)["x-forwarded-for"]


def fields(service: Backlog, port: int) -> dict[str, str]:
    """Fields of a request of VISITOR, as the service gets it; it is answered, too."""
    with come(port) as visitor:
        visitor.sendall(get_head(HOST, "Connection: close"))
        with service.accept() as served:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += receive_exact(served, 1)
            served.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            assert read_answer(visitor)[1] == b"ok"
    return dict(line.lower().split(": ", 1) for line in head.decode().rstrip().split("\r\n")[1:])


def test_haproxy_that_speaks_http_is_believed(lab: Lab) -> None:
    web, service = start(lab, "http")
    options = "mode http\n    option forwardfor\n    http-request set-header X-Forwarded-Proto https"
    seen = fields(service, haproxy(lab, web.port, options=options))
    assert seen["x-forwarded-for"] == f"{VISITOR}, 127.0.0.1"
    assert seen["x-forwarded-proto"] == "https"
    assert seen["host"] == HOST
