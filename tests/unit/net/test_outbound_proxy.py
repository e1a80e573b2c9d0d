import base64
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest

from frpg.errors import ConfigError, NotSupported
from frpg.net.dial import dial
from frpg.net.outbound_proxy import OutboundProxy
from frpg.net.stream import Stream

Script = Callable[[socket.socket], None]
TARGET = ("frps.test", 7000)


class FakeProxy:
    """Runs `script` on the one connection it accepts, then says `hello` as the target would."""

    def __init__(self, script: Script, context: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.greenlet = gevent.spawn(self.serve)

    def serve(self) -> None:
        sock, _ = self.listener.accept()
        if self.context:
            sock = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        with sock, contextlib.suppress(OSError):  # the client may leave early
            self.script(sock)

    def close(self) -> None:
        self.greenlet.kill()
        self.listener.close()


@pytest.fixture
def fake() -> Iterator[Callable[..., FakeProxy]]:
    made: list[FakeProxy] = []

    def make(script: Script, context: ssl.SSLContext | None = None) -> FakeProxy:
        made.append(FakeProxy(script, context))
        return made[-1]

    yield make
    for proxy in made:
        proxy.close()


def tunnel(proxy: FakeProxy, url: str, target: tuple[str, int] = TARGET, **options: object) -> Stream:
    outbound = OutboundProxy(url.replace("PORT", str(proxy.port)), **options)  # type: ignore[arg-type]
    return outbound.tunnel(dial("127.0.0.1", proxy.port), target, timeout=5)


def read_head(sock: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += sock.recv(1)
    return head


def expect(sock: socket.socket, data: bytes) -> None:
    got = b""
    while len(got) < len(data) and (piece := sock.recv(len(data) - len(got))):
        got += piece
    assert got == data


# --- HTTP


@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_connect_is_asked_for_and_what_follows_the_answer_is_kept(fake: Callable[..., FakeProxy], cut: int) -> None:
    heads = []

    def script(sock: socket.socket) -> None:
        heads.append(read_head(sock))
        answer = b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\nhello"
        for i in range(0, len(answer), cut):
            sock.sendall(answer[i : i + cut])
            gevent.sleep(0)

    stream = tunnel(fake(script), "http://127.0.0.1:PORT")
    assert stream.recv_exact(5) == b"hello"
    stream.close()
    assert heads == [b"CONNECT frps.test:7000 HTTP/1.1\r\nHost: frps.test:7000\r\nUser-Agent: Mozilla/5.0\r\n\r\n"]


def test_an_ipv6_target_stands_in_brackets(fake: Callable[..., FakeProxy]) -> None:
    heads = []

    def script(sock: socket.socket) -> None:
        heads.append(read_head(sock))
        sock.sendall(b"HTTP/1.0 200\r\n\r\n")

    tunnel(fake(script), "http://127.0.0.1:PORT", ("2001:db8::1", 7000)).close()
    assert heads[0].startswith(b"CONNECT [2001:db8::1]:7000 HTTP/1.1\r\nHost: [2001:db8::1]:7000\r\n")


def test_credentials_are_sent_unquoted_in_basic_form(fake: Callable[..., FakeProxy]) -> None:
    heads = []

    def script(sock: socket.socket) -> None:
        heads.append(read_head(sock))
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    tunnel(fake(script), "http://user:p%40ss@127.0.0.1:PORT").close()
    assert b"\r\nProxy-Authorization: Basic " + base64.b64encode(b"user:p@ss") + b"\r\n" in heads[0]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "status 407 Proxy Authentication Required"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "status 204"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200", "closed the connection"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20000, "too long"),
    ],
)
def test_any_other_answer_is_an_error(fake: Callable[..., FakeProxy], answer: bytes, text: str) -> None:
    def script(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(answer)

    with pytest.raises(OSError, match=text):
        tunnel(fake(script), "http://127.0.0.1:PORT")


def test_a_silent_proxy_is_left(fake: Callable[..., FakeProxy]) -> None:
    proxy = fake(lambda sock: gevent.sleep(60))
    outbound = OutboundProxy(f"http://127.0.0.1:{proxy.port}")
    stream = dial("127.0.0.1", proxy.port)
    with pytest.raises(TimeoutError):
        outbound.tunnel(stream, TARGET, timeout=0.05)
    assert stream.is_closed


def test_an_https_proxy_is_verified(fake: Callable[..., FakeProxy], tmp_path: Path) -> None:
    server, client = certificate_of("localhost", tmp_path)

    def script(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nhello")

    stream = tunnel(fake(script, server), "https://localhost:PORT", context=client)
    assert stream.recv_exact(5) == b"hello"
    stream.close()
    with pytest.raises(ssl.SSLCertVerificationError):
        tunnel(fake(script, server), "https://127.0.0.1:PORT", context=client)
    with pytest.raises(ssl.SSLCertVerificationError):
        tunnel(fake(script, server), "https://localhost:PORT")


def certificate_of(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server with a self-made certificate for `name`, and of a client that trusts it."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = folder / "proxy.pem"
    file.write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


# --- SOCKS5

GRANTED = b"\5\0\0\1" + bytes(6)


@pytest.mark.parametrize(
    ("target", "address"),
    [
        (("192.0.2.1", 7000), b"\1\xc0\0\2\1\x1b\x58"),
        (("2001:db8::1", 7000), b"\4" + socket.inet_pton(socket.AF_INET6, "2001:db8::1") + b"\x1b\x58"),
        (("frps.test", 7000), b"\3\x09frps.test\x1b\x58"),
    ],
)
@pytest.mark.parametrize("bound", [b"\1" + bytes(6), b"\4" + bytes(18), b"\3\4name\0\0"])
def test_socks5_asks_for_the_target_by_its_kind(
    fake: Callable[..., FakeProxy], target: tuple[str, int], address: bytes, bound: bytes
) -> None:
    def script(sock: socket.socket) -> None:
        expect(sock, b"\5\1\0")
        sock.sendall(b"\5\0")
        expect(sock, b"\5\1\0" + address)
        sock.sendall(b"\5\0\0" + bound + b"hello")

    stream = tunnel(fake(script), "socks5://127.0.0.1:PORT", target)
    assert stream.recv_exact(5) == b"hello"
    stream.close()


def test_socks5_logs_in_when_asked_to(fake: Callable[..., FakeProxy]) -> None:
    def script(sock: socket.socket) -> None:
        expect(sock, b"\5\2\0\2")
        sock.sendall(b"\5\2")
        expect(sock, b"\1\4user\6secret")
        sock.sendall(b"\1\0")
        expect(sock, b"\5\1\0\3\x09frps.test\x1b\x58")
        sock.sendall(GRANTED + b"hello")

    stream = tunnel(fake(script), "socks5://user:secret@127.0.0.1:PORT")
    assert stream.recv_exact(5) == b"hello"
    stream.close()


@pytest.mark.parametrize(
    ("url", "answers", "text"),
    [
        ("socks5://127.0.0.1:PORT", [b"\4\0"], "SOCKS version 4"),
        ("socks5://127.0.0.1:PORT", [b"\5\xff"], "none of our authentication methods"),
        ("socks5://127.0.0.1:PORT", [b"\5\2"], "none of our authentication methods"),
        ("socks5://u:p@127.0.0.1:PORT", [b"\5\2", b"\1\1"], "user or password refused"),
        ("socks5://127.0.0.1:PORT", [b"\5\0", b"\5\5\0\1" + bytes(6)], "connection refused"),
        ("socks5://127.0.0.1:PORT", [b"\5\0", b"\5\x63\0\1" + bytes(6)], "failure 99"),
        ("socks5://127.0.0.1:PORT", [b"\5\0", b"\5\0\0\2" + bytes(6)], "address type 2"),
        ("socks5://127.0.0.1:PORT", [b"\5"], "closed"),
    ],
)
def test_socks5_failures_are_told(fake: Callable[..., FakeProxy], url: str, answers: list[bytes], text: str) -> None:
    def script(sock: socket.socket) -> None:
        for answer in answers:
            sock.recv(1000)
            sock.sendall(answer)

    with pytest.raises(OSError, match=text):
        tunnel(fake(script), url)


# --- URLs


@pytest.mark.parametrize(
    "url",
    [
        "192.0.2.1:8080",
        "ftp://192.0.2.1:8080",
        "http://192.0.2.1",
        "http://:8080",
        "http://192.0.2.1:99999",
        "http://[::1:80",
        "socks5://" + "u" * 256 + "@192.0.2.1:1080",
    ],
)
def test_a_bad_url_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        OutboundProxy(url.replace("://", "://me:hunter2@", 1) if "@" not in url else url)
    assert "transport.proxyURL" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_ntlm_is_named_as_not_supported() -> None:
    with pytest.raises(NotSupported, match="NTLM"):
        OutboundProxy("ntlm://user:secret@192.0.2.1:8080")


def test_the_text_of_a_proxy_hides_its_password() -> None:
    assert str(OutboundProxy("http://user:secret@[::1]:8080")) == "http://[::1]:8080"
