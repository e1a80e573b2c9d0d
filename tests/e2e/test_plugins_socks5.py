"""A SOCKS5 server behind a server: curl and dig use it."""

import random
import socket

import gevent
import pytest

from tests.support.binaries import Ends
from tests.support.dns import ADDRESS, dig, dns_server
from tests.support.lab import Lab, nest, tcp_proxy, udp_proxy
from tests.support.nginx import serve_files
from tests.support.ports import free_port
from tests.support.socks import Bridge, UdpAssociation, write_address
from tests.support.tools import need, run
from tests.support.users import TIMEOUT, connect, receive_all, receive_exact

USER, PASSWORD = "abc", "s3cret"
LOGIN = {"username": USER, "password": PASSWORD}
TYPES = {"plain": {}, "both": {"transport.useEncryption": True, "transport.useCompression": True}}


def socks(plugin: dict[str, object] | None = None, **options: object) -> dict[str, object]:
    named = {f"plugin.{key}": value for key, value in {"type": "socks5", **(plugin or {})}.items()}
    return tcp_proxy("socks", 0, **named, **options)


def publish(lab: Lab, plugin: dict[str, object] | None = None, **options: object) -> int:
    """The remote port of a SOCKS server."""
    mux = options.pop("mux", True)
    proxy = socks(plugin, **options)
    lab.frpc(lab.frps({"transport.tcpMux": mux}).port, [proxy], {"transport.tcpMux": mux})
    return proxy["remotePort"]


def ask(port: int, request: bytes, login: bytes = b"") -> bytes:
    """All that the server answers to a request that it refuses."""
    with connect(port) as user:
        user.sendall((b"\5\1\2" + login if login else b"\5\1\0") + request)
        return receive_all(user)


def open_tunnel(port: int, host: str, target: int) -> socket.socket:
    """A connection to the server at `port` that has become one to `target`; the caller closes it."""
    user = connect(port)
    user.sendall(b"\5\1\0")
    assert receive_exact(user, 2) == b"\5\0"
    user.sendall(b"\5\1\0" + write_address(host, target))
    assert receive_exact(user, 10)[:4] == b"\5\0\0\1"
    return user


@pytest.fixture
def our_frpc(ends: Ends) -> None:
    """Skip a test of what the official client does not do."""
    if ends.frpc.is_official:
        pytest.skip("goes beyond official frpc")


@pytest.mark.program
@pytest.mark.parametrize("options", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("login", [{}, LOGIN], ids=["open", "password"])
@pytest.mark.parametrize("way", ["--socks5", "--socks5-hostname"])
def test_curl_gets_pages(lab: Lab, way: str, login: dict[str, object], options: dict[str, object]) -> None:
    (program,) = need("curl")
    local = free_port()
    serve_files(lab, local, {"page": b"a real page\n"})
    user = ["--proxy-user", f"{USER}:{PASSWORD}"] if login else []
    common = ["--silent", "--show-error", "--fail", "--noproxy", "", "--max-time", "50"]
    place = [way, f"127.0.0.1:{publish(lab, login, **options)}"]
    urls = [f"http://localhost:{local}/page", f"http://127.0.0.1:{local}/page"]
    assert run(program, *common, *place, *user, *urls) == "a real page\n" * 2
    assert PASSWORD not in "\n".join(program.text for program in lab.programs)


@pytest.mark.parametrize("mux", [True, False], ids=["mux", "nomux"])
@pytest.mark.parametrize("options", TYPES.values(), ids=TYPES)
def test_a_tunnel_carries_everything(lab: Lab, options: dict[str, object], mux: bool) -> None:
    port, target = publish(lab, mux=mux, **options), lab.tcp_echo()
    payload = random.Random(1).randbytes(3_000_000)
    for host in ("127.0.0.1", "localhost"):
        with open_tunnel(port, host, target) as user:
            sending = gevent.spawn(user.sendall, payload)
            assert receive_exact(user, len(payload)) == payload
            sending.get(timeout=TIMEOUT)


def test_a_target_that_is_not_there(lab: Lab) -> None:
    request = b"\5\1\0" + write_address("127.0.0.1", free_port())
    assert ask(publish(lab), request) == b"\5\0\5\5\0\1" + bytes(6)


@pytest.mark.program
def test_names_are_those_of_the_client(lab: Lab, our_frpc: None) -> None:
    dns, target = dns_server(lab, "--address=/inside.test/127.0.0.1"), lab.tcp_echo()
    proxy = socks()
    lab.frpc(lab.frps().port, [proxy], {"dnsServer": f"127.0.0.1:{dns}"})
    with open_tunnel(proxy["remotePort"], "host.inside.test", target) as user:
        user.sendall(b"hello")
        assert receive_exact(user, 5) == b"hello"


def test_wrong_passwords(lab: Lab) -> None:
    port, target = publish(lab, LOGIN), b"\5\1\0" + write_address("127.0.0.1", lab.tcp_echo())
    assert ask(port, b"") == b"\5\xff"
    for login in (b"\1\3abc\5wrong", b"\1\3abd\6s3cret"):
        assert ask(port, target, login) == b"\5\2\1\1"


def test_the_end_of_a_target_is_the_users(lab: Lab, our_frpc: None) -> None:
    backlog = lab.backlog()
    with open_tunnel(publish(lab), "127.0.0.1", backlog.port) as user:
        with backlog.accept() as service:
            service.sendall(b"all there is")
        assert receive_all(user) == b"all there is"


# --- datagrams


@pytest.mark.parametrize("login", [{}, LOGIN], ids=["open", "password"])
def test_datagrams_of_this_machine(lab: Lab, our_frpc: None, login: dict[str, object]) -> None:
    port, targets = publish(lab, login), [("127.0.0.1", lab.udp_echo()) for _ in range(2)]
    with UdpAssociation(port, (USER, PASSWORD) if login else None) as association:
        assert association.reply == 0
        for size in (0, 1, 1400, 8000):
            content = random.Random(size).randbytes(size)
            for target in targets:
                assert association.ask(target, content) == content


def behind_a_udp_proxy(lab: Lab, **options: object) -> tuple[int, int]:
    """Remote ports of a SOCKS server and of the udp proxy that leads to its datagrams."""
    local, remote = free_port(), free_port()
    server = socks({"udpPort": local, "udpAdvertise": f"127.0.0.1:{remote}"})
    datagrams = udp_proxy("datagrams", local, remote, **{"transport.proxyProtocolVersion": "v2", **options})
    lab.frpc(lab.frps().port, [server, datagrams])
    return server["remotePort"], remote


@pytest.mark.parametrize("options", TYPES.values(), ids=TYPES)
def test_datagrams_through_a_udp_proxy(lab: Lab, our_frpc: None, options: dict[str, object]) -> None:
    port, remote = behind_a_udp_proxy(lab, **options)
    target = "127.0.0.1", lab.udp_echo()
    with UdpAssociation(port) as one, UdpAssociation(port) as other:
        assert (one.relay, other.relay) == (("127.0.0.1", remote),) * 2
        for content in (b"one", b"two", bytes(1200)):
            assert one.ask(target, content) == content
            assert other.ask(target, content.upper()) == content.upper()
        one.connection.close()
        assert other.ask(target, b"still here") == b"still here"


@pytest.mark.program
def test_dig_through_the_whole_way(lab: Lab, our_frpc: None) -> None:
    port, _ = behind_a_udp_proxy(lab)
    target = "127.0.0.1", dns_server(lab)
    with UdpAssociation(port) as association, Bridge(association, target) as bridge:
        for number in range(5):
            assert dig(bridge.port, f"host{number}.tunnel.test") == f"{ADDRESS}\n"


def test_a_udp_port_that_is_taken_is_a_start_error(lab: Lab, our_frpc: None) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        proxy = socks({"udpPort": taken.getsockname()[1]})
        client = lab.start_frpc(lab.frps().port, {"proxies": [nest(proxy)]})
        assert "address already in use" in client.wait_for("[socks] start error")
