"""Proxies of type https: visitors are told apart by the name in their ClientHello, and their TLS stays untouched."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from tests.support.certificates import SERVER_NAME, Authority, Pair
from tests.support.duplex import Receipt, digest, talk
from tests.support.lab import Lab
from tests.support.names import UNRECOGNIZED_NAME, Front, client_hello, front, trusting, web_ports
from tests.support.proxied import HEADERS
from tests.support.rawclient import NEW_PROXY, NEW_PROXY_RESP, RawClient
from tests.support.services import Backlog
from tests.support.users import connect, receive_all, receive_exact

ENCRYPTED = {"transport.useEncryption": True, "transport.useCompression": True}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture
def web() -> Front:
    return front("https", web_ports())


def start(lab: Lab, web: Front, *proxies: dict[str, object], **options: object) -> None:
    lab.frpc(lab.frps({"vhostHTTPSPort": web.port, **options}).port, proxies)


def server_side(connection: socket.socket, pair: Pair) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    return context.wrap_socket(connection, server_side=True)


def tls_echo(lab: Lab, pair: Pair) -> int:
    """Local port of a TLS service with this certificate that returns what it gets."""

    def serve(connection: socket.socket) -> None:
        with server_side(connection, pair) as served:
            while data := served.recv(65536):
                served.sendall(data)

    return lab.service(serve)


@contextlib.contextmanager
def visiting(port: int, context: ssl.SSLContext, name: str | None) -> Iterator[ssl.SSLSocket]:
    with connect(port) as connection, context.wrap_socket(connection, server_hostname=name) as visitor:
        yield visitor


def certificate_seen(port: int, name: str | None) -> bytes:
    """The certificate of who answers for `name`, which must also echo."""
    with visiting(port, trusting(), name) as visitor:
        visitor.sendall(b"over TLS")
        assert receive_exact(visitor, 8) == b"over TLS"
        return visitor.getpeercert(binary_form=True) or b""


def certificate_of(pair: Pair) -> bytes:
    return ssl.PEM_cert_to_DER_cert(Path(pair.cert).read_text(encoding="ascii"))


@pytest.mark.parametrize("stages", [{}, ENCRYPTED], ids=["plain", "both"])
def test_visitor_verifies_the_certificate_of_the_service_itself(
    lab: Lab, web: Front, authority: Authority, stages: dict[str, bool]
) -> None:
    pair = authority.issue("service")
    start(lab, web, web.proxy("web", tls_echo(lab, pair), SERVER_NAME, **stages))
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=authority.file)
        context.minimum_version = context.maximum_version = version
        with visiting(web.port, context, SERVER_NAME) as visitor:
            assert visitor.getpeercert(binary_form=True) == certificate_of(pair)
            visitor.sendall(b"over TLS")
            assert receive_exact(visitor, 8) == b"over TLS"


def test_each_name_leads_to_its_service(lab: Lab, web: Front, authority: Authority) -> None:
    pairs = {name: authority.issue(name) for name in ("exact", "wild", "deep", "sub")}
    ports = {name: tls_echo(lab, pair) for name, pair in pairs.items()}
    start(
        lab,
        web,
        web.proxy("exact", ports["exact"], "Www.Example.test"),
        web.proxy("wild", ports["wild"], "*.example.test"),
        web.proxy("deep", ports["deep"], "*.deep.example.test"),
        web.proxy("sub", ports["sub"], subdomain="sub"),
        subDomainHost="hosts.test",
    )
    expected = {
        "www.example.test": "exact",
        "WWW.example.test": "exact",
        "other.example.test": "wild",
        "a.b.example.test": "wild",
        "a.deep.example.test": "deep",
        "deep.example.test": "wild",
        "sub.hosts.test": "sub",
    }
    seen = {name: certificate_seen(web.port, name) for name in expected}
    assert seen == {name: certificate_of(pairs[service]) for name, service in expected.items()}


@pytest.mark.parametrize("name", ["example.test", "nobody.test", "x.sub.hosts.test", None])
def test_unknown_name_gets_the_alert_and_the_end(lab: Lab, web: Front, name: str | None) -> None:
    start(lab, web, web.proxy("wild", 1, "*.example.test"), web.proxy("sub", 1, "sub.hosts.test"))
    with connect(web.port) as visitor:
        visitor.sendall(client_hello(name))
        assert receive_all(visitor) == UNRECOGNIZED_NAME
    with connect(web.port) as connection, pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        trusting().wrap_socket(connection, server_hostname=name)


def test_visitor_without_a_name_goes_to_the_star_domain_only(lab: Lab, web: Front, authority: Authority) -> None:
    named, star = authority.issue("named"), authority.issue("star")
    start(
        lab,
        web,
        web.proxy("named", tls_echo(lab, named), "www.example.test"),
        web.proxy("star", tls_echo(lab, star), "*"),
    )
    assert certificate_seen(web.port, None) == certificate_of(star)
    assert certificate_seen(web.port, "nobody.test") == certificate_of(star)
    assert certificate_seen(web.port, "www.example.test") == certificate_of(named)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: www.example.test\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x00\x05hello",  # a TLS record that is no ClientHello
        b"\x16\x03\x01\x00\x00" * 3,
        b"\x80\x2e\x01\x03\x01" + bytes(41),  # as SSL 2 said hello
        b"\x00" * 64,
    ],
    ids=["http", "ssh", "other handshake", "empty records", "ssl 2", "zeros"],
)
def test_what_is_not_tls_is_closed_without_a_word_to_the_service(lab: Lab, web: Front, data: bytes) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("star", service.port, "*"))
    with connect(web.port) as visitor:
        visitor.sendall(data)
        assert receive_all(visitor) == b""
    assert service.is_idle()
    with connect(web.port) as visitor, reached(service, visitor, client_hello("any.test")):
        pass  # the port is still open to others


@contextlib.contextmanager
def reached(service: Backlog, visitor: socket.socket, hello: bytes, cut: int = 0) -> Iterator[socket.socket]:
    """`hello` sent whole, or in pieces of `cut` bytes, and got by the service without a change."""
    visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    step = cut or len(hello)
    for start in range(0, len(hello), step):
        visitor.sendall(hello[start : start + step])
        gevent.sleep(0)
    with service.accept() as served:
        served.settimeout(10)
        assert receive_exact(served, len(hello)) == hello
        yield served


@pytest.mark.parametrize("extra, cut", [(0, 1), (2000, 1), (6000, 700), (20_000, 1000)])
def test_hello_arrives_whole_however_it_comes(lab: Lab, web: Front, extra: int, cut: int) -> None:
    """20 000 bytes do not fit into one TLS record."""
    service = lab.backlog()
    start(lab, web, web.proxy("web", service.port, "www.example.test"))
    hello = client_hello("www.example.test", extra=extra)
    assert len(hello) > extra
    with connect(web.port) as visitor, reached(service, visitor, hello, cut) as served:
        served.sendall(b"answer")
        assert receive_exact(visitor, 6) == b"answer"


def test_what_follows_the_hello_is_delivered(lab: Lab, web: Front) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("web", service.port, "www.example.test"))
    with connect(web.port) as visitor, reached(service, visitor, client_hello("www.example.test") + b"early" * 1000):
        pass


@pytest.mark.parametrize("stages", [{}, ENCRYPTED], ids=["plain", "both"])
def test_both_directions_at_once_keep_every_byte(
    lab: Lab, web: Front, authority: Authority, stages: dict[str, bool]
) -> None:
    size, service, pair = 3_000_000, lab.backlog(), authority.issue("service")
    start(lab, web, web.proxy("web", service.port, SERVER_NAME, **stages))

    def serve() -> Receipt:
        with service.accept() as connection, server_side(connection, pair) as served:
            return talk(served, 2, size, size)

    server = gevent.spawn(serve)
    with visiting(web.port, trusting(), SERVER_NAME) as visitor:
        got = talk(visitor, 1, size, size)
        assert (got, server.get(timeout=30)) == (Receipt(size, digest(2, size)), Receipt(size, digest(1, size)))


@pytest.mark.parametrize("version", HEADERS)
def test_service_learns_who_its_visitor_is(lab: Lab, web: Front, version: str) -> None:
    service = lab.backlog()
    start(lab, web, web.proxy("web", service.port, "www.example.test", **{"transport.proxyProtocolVersion": version}))
    with connect(web.port) as visitor:
        visitor.sendall(hello := client_hello("www.example.test"))
        header = HEADERS[version](visitor.getsockname(), visitor.getpeername())
        with service.accept() as served:
            assert receive_exact(served, len(header) + len(hello)) == header + hello


def test_taken_domain_is_refused_and_the_others_go_on(lab: Lab, web: Front, authority: Authority) -> None:
    pairs = [authority.issue(f"service{number}") for number in range(2)]
    server = lab.frps({"vhostHTTPSPort": web.port})
    lab.frpc(server.port, [web.proxy("first", tls_echo(lab, pairs[0]), "www.example.test")])
    second = tls_echo(lab, pairs[1])
    taken = web.proxy("taken", second, customDomains=["new.example.test", "WWW.example.test"])
    client = lab.start_frpc(server.port, {"proxies": [taken, web.proxy("good", second, "good.example.test")]})
    client.wait_for("[taken] start error: router config conflict")
    client.wait_for("[good] start proxy success")
    assert certificate_seen(web.port, "www.example.test") == certificate_of(pairs[0])
    assert certificate_seen(web.port, "good.example.test") == certificate_of(pairs[1])
    with connect(web.port) as visitor:  # what the refused proxy had got already was given back
        visitor.sendall(client_hello("new.example.test"))
        assert receive_all(visitor) == UNRECOGNIZED_NAME


@pytest.mark.parametrize(
    "options, reason",
    [
        ({"customDomains": ["a.hosts.test"]}, "custom domain [a.hosts.test] should not belong to subdomain host"),
        ({"subdomain": "a.b"}, "'.' and '*' are not supported in subdomain"),
        ({"subdomain": "*"}, "'.' and '*' are not supported in subdomain"),
    ],
)
def test_bad_names_are_refused(lab: Lab, web: Front, options: dict[str, object], reason: str) -> None:
    server = lab.frps({"vhostHTTPSPort": web.port, "subDomainHost": "hosts.test"})
    proxies = [web.proxy("bad", 1, **options), web.proxy("good", 1, "hosts.test")]
    client = lab.start_frpc(server.port, {"proxies": proxies})
    client.wait_for(f"[bad] start error: {reason}")
    client.wait_for("[good] start proxy success")


def test_server_without_the_port_refuses_the_type(lab: Lab, web: Front) -> None:
    client = lab.start_frpc(lab.frps().port, {"proxies": [web.proxy("web", 1, "www.example.test")]})
    client.wait_for("[web] start error: type [https] not supported when vhost https port is not set")


def test_name_is_free_again_when_the_client_has_gone(lab: Lab, web: Front, authority: Authority) -> None:
    pair = authority.issue("service")
    server, proxy = lab.frps({"vhostHTTPSPort": web.port}), web.proxy("web", tls_echo(lab, pair), "www.example.test")
    lab.frpc(server.port, [proxy]).kill()
    server.wait_for("client exit success")
    with connect(web.port) as visitor:
        visitor.sendall(client_hello("www.example.test"))
        assert receive_all(visitor) == UNRECOGNIZED_NAME
    lab.frpc(server.port, [proxy])
    assert certificate_seen(web.port, "www.example.test") == certificate_of(pair)


@pytest.mark.parametrize("wire", ["v1", "v2"])
def test_client_of_each_wire_protocol_and_without_multiplexing(lab: Lab, web: Front, wire: str) -> None:
    service = lab.backlog()
    server = lab.frps({"vhostHTTPSPort": web.port, "transport.tcpMux": False})
    options = {"transport.tcpMux": False, "transport.wireProtocol": wire}
    lab.frpc(server.port, [web.proxy("web", service.port, "www.example.test")], options)
    with connect(web.port) as visitor, reached(service, visitor, client_hello("www.example.test")):
        pass


def test_client_is_told_where_its_proxy_is(lab: Lab, web: Front) -> None:
    options = {"vhostHTTPSPort": web.port, "subDomainHost": "hosts.test", "transport.tcpMux": False}
    server = lab.frps(options)
    with RawClient(connect(server.port)) as client:
        fields = {"custom_domains": ["a.test", "*.b.test"], "subdomain": "c"}
        client.send(NEW_PROXY, {"proxy_name": "web", "proxy_type": "https", **fields})
        while (answer := client.receive())[0] != NEW_PROXY_RESP:
            pass
    names = ("a.test", "*.b.test", "c.hosts.test")
    assert answer[1].get("error", "") == ""
    assert answer[1]["remote_addr"] == ",".join(f"{name}:{web.port}" for name in names)
