"""The PROXY header that a local service gets in front of a connection or of a user's first datagram."""

import contextlib
import ipaddress
import socket
import struct

import pytest

from tests.support.lab import Lab, tcp_proxy, udp_proxy
from tests.support.services import ACCEPT_SECONDS
from tests.support.users import TIMEOUT, receive_exact

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
Address = tuple[str, int]


def v1_header(source: Address, destination: Address) -> bytes:
    family = f"TCP{ipaddress.ip_address(source[0]).version}"
    return f"PROXY {family} {source[0]} {destination[0]} {source[1]} {destination[1]}\r\n".encode()


def v2_header(source: Address, destination: Address, protocol: int = 1) -> bytes:
    hosts = [ipaddress.ip_address(address[0]) for address in (source, destination)]
    family = 0x10 if hosts[0].version == 4 else 0x20
    addresses = b"".join(host.packed for host in hosts) + struct.pack("!HH", source[1], destination[1])
    return SIGNATURE + struct.pack("!BBH", 0x21, family | protocol, len(addresses)) + addresses


HEADERS = {"v1": v1_header, "v2": v2_header}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("version", HEADERS)
def test_tcp_service_learns_who_its_user_is(lab: Lab, version: str, host: str) -> None:
    service = lab.backlog()
    proxy = tcp_proxy("pp", service.port, **{"transport.proxyProtocolVersion": version})
    server = lab.frps({"bindAddr": host})
    lab.frpc(server.port, [proxy], {"serverAddr": host})
    with socket.create_connection((host, proxy["remotePort"]), timeout=TIMEOUT) as user, service.accept() as served:
        header = HEADERS[version](user.getsockname()[:2], user.getpeername()[:2])
        user.sendall(b"GET /")
        assert receive_exact(served, len(header) + 5) == header + b"GET /"
        served.sendall(b"answer")
        assert receive_exact(user, 6) == b"answer"


@pytest.mark.parametrize("stages", [{}, {"transport.useEncryption": True, "transport.useCompression": True}])
def test_header_comes_before_a_user_says_anything(lab: Lab, stages: dict[str, bool]) -> None:
    service = lab.backlog()
    proxy = tcp_proxy("pp", service.port, **{"transport.proxyProtocolVersion": "v1"}, **stages)
    lab.frpc(lab.frps().port, [proxy])
    with socket.create_connection(("127.0.0.1", proxy["remotePort"])) as user, service.accept() as served:
        header = v1_header(user.getsockname(), user.getpeername())
        assert receive_exact(served, len(header)) == header


@pytest.mark.parametrize("version", HEADERS)
def test_udp_service_gets_it_with_the_first_datagram_of_each_user(lab: Lab, version: str) -> None:
    with contextlib.ExitStack() as stack:
        service, *users = (stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)) for _ in range(3))
        service.settimeout(ACCEPT_SECONDS)
        service.bind(("127.0.0.1", 0))
        proxy = udp_proxy("pp", service.getsockname()[1], **{"transport.proxyProtocolVersion": version})
        lab.frpc(lab.frps().port, [proxy])
        for user in users:
            user.connect(("127.0.0.1", proxy["remotePort"]))
            user.send(b"first")
            v2 = v2_header(user.getsockname(), service.getsockname(), protocol=2)
            header = v2 if version == "v2" else b"PROXY UNKNOWN\r\n"
            assert service.recv(2000) == header + b"first"
            user.send(b"second")
            assert service.recv(2000) == b"second"
