import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from frpg.client.connector import Connector, Dialer
from frpg.config.client import ClientConfig
from frpg.errors import ConfigError, NotSupported
from frpg.net.listener import Listener
from frpg.net.mux import MuxSession
from frpg.net.stream import Stream
from frpg.net.tls import server_context, tls_server
from tests.unit.client.making import client_config

Serve = Callable[[Stream], None]


@pytest.fixture
def listen() -> Iterator[Callable[[Serve], int]]:
    """Serves connections with the given function; gives the port."""
    listeners: list[Listener] = []

    def make(serve: Serve) -> int:
        listener = Listener(("127.0.0.1", 0), serve)
        listeners.append(listener)
        listener.start()
        return listener.port

    yield make
    for listener in listeners:
        listener.close()


def echo_line(stream: Stream) -> None:
    stream.sendall(stream.recv_exact(5).upper())
    stream.recv()
    stream.close()


def says_hello(stream: Stream) -> bool:
    stream.sendall(b"hello")
    return stream.recv_exact(5) == b"HELLO"


def connector(config: ClientConfig) -> Connector:
    return Connector(Dialer(config, None), tcp_mux=config.transport.tcp_mux, mux_keepalive=30)


def test_without_mux_each_stream_is_a_connection(listen: Callable[[Serve], int]) -> None:
    count = []

    def serve(stream: Stream) -> None:
        count.append(stream)
        echo_line(stream)

    way = connector(client_config(listen(serve)))
    way.open()
    assert count == []
    streams = [way.connect(), way.connect()]
    assert all(says_hello(stream) for stream in streams)
    assert len(count) == 2
    way.close()
    for stream in streams:
        assert not stream.is_closed
        stream.close()
    with pytest.raises(ConnectionError):
        way.connect()


def test_with_mux_all_streams_share_one_connection(listen: Callable[[Serve], int]) -> None:
    sessions: list[MuxSession] = []

    def serve(stream: Stream) -> None:
        sessions.append(MuxSession(stream, is_client=False, on_stream=echo_line))

    way = connector(client_config(listen(serve), mux=True))
    way.open()
    streams = [way.connect(), way.connect()]
    assert all(says_hello(stream) for stream in streams)
    assert len(sessions) == 1
    way.close()
    for stream in streams:
        with pytest.raises(ConnectionError):
            stream.recv()
        stream.close()
    with pytest.raises(ConnectionError):
        way.connect()
    sessions[0].close()


@pytest.mark.parametrize("custom_byte", [False, True])
def test_tls_with_and_without_the_custom_first_byte(listen: Callable[[Serve], int], custom_byte: bool) -> None:
    context = server_context()

    def serve(stream: Stream) -> None:
        first = stream.recv(1)
        if custom_byte:
            assert first == b"\x17"
        else:
            stream.unread(first)
        echo_line(tls_server(stream, context))

    config = client_config(listen(serve), tls=True)
    config.transport.tls.disable_custom_tls_first_byte = not custom_byte
    stream = connector(config).connect()
    assert says_hello(stream)
    stream.close()


def test_a_server_whose_certificate_is_not_of_the_trusted_authority_is_refused(
    listen: Callable[[Serve], int], tmp_path: Path
) -> None:
    context = server_context()
    port = listen(lambda stream: tls_server(stream, context) and None)
    (tmp_path / "ca.pem").write_text(other_certificate())
    config = client_config(port, tls=True)
    config.transport.tls.trusted_ca_file = str(tmp_path / "ca.pem")
    with pytest.raises(ssl.SSLCertVerificationError):
        connector(config).connect()


def other_certificate() -> str:
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "other")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("option", ["trusted_ca_file", "cert_file"])
def test_a_certificate_file_that_is_missing_is_an_error_of_the_login(
    listen: Callable[[Serve], int], tmp_path: Path, option: str
) -> None:
    config = client_config(listen(echo_line), tls=True)
    setattr(config.transport.tls, option, str(tmp_path / "none.pem"))
    config.transport.tls.key_file = str(tmp_path / "none.key")
    with pytest.raises(OSError, match=r"none\.pem"):
        connector(config).connect()


def test_a_certificate_file_that_is_none_is_an_error_of_the_login(
    listen: Callable[[Serve], int], tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    config = client_config(listen(echo_line), tls=True)
    config.transport.tls.trusted_ca_file = str(tmp_path / "ca.pem")
    with pytest.raises(OSError, match=r"ca\.pem"):
        connector(config).connect()


def test_the_local_address_is_used(listen: Callable[[Serve], int]) -> None:
    peers = []

    def serve(stream: Stream) -> None:
        peers.append(stream.remote_addr[0])
        echo_line(stream)

    config = client_config(listen(serve))
    config.transport.connect_server_local_ip = "127.0.0.3"
    stream = connector(config).connect()
    assert says_hello(stream)
    stream.close()
    assert peers == ["127.0.0.3"]


@pytest.mark.parametrize("text", ["", "no address"])
def test_a_local_address_that_is_none_is_ignored(listen: Callable[[Serve], int], text: str) -> None:
    config = client_config(listen(echo_line))
    config.transport.connect_server_local_ip = text
    stream = connector(config).connect()
    assert says_hello(stream)
    stream.close()


def test_an_outbound_proxy_is_asked_for_the_server(listen: Callable[[Serve], int]) -> None:
    heads = []

    def serve(stream: Stream) -> None:
        heads.append(stream.recv())
        stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        echo_line(stream)

    config = client_config(7000)
    config.server_addr = "frps.test"
    config.transport.proxy_url = f"http://127.0.0.1:{listen(serve)}"
    stream = connector(config).connect()
    assert says_hello(stream)
    stream.close()
    assert heads[0].startswith(b"CONNECT frps.test:7000 HTTP/1.1\r\n")


def test_names_go_to_the_given_resolver(listen: Callable[[Serve], int]) -> None:
    import socket

    port = listen(echo_line)
    asked: list[Any] = []

    def resolver(host: str, port: int) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, ("127.0.0.1", port))]

    config = client_config(port)
    config.server_addr = "frps.test"
    stream = Dialer(config, resolver).dial()
    assert says_hello(stream)
    stream.close()
    assert asked == ["frps.test"]


def test_a_proxy_url_that_cannot_be_used_is_refused_at_start() -> None:
    config = client_config(7000)
    config.transport.proxy_url = "ftp://192.0.2.1:21"
    with pytest.raises(ConfigError):
        Dialer(config, None)
    config.transport.proxy_url = "ntlm://192.0.2.1:21"
    with pytest.raises(NotSupported):
        Dialer(config, None)
