from __future__ import annotations

import ssl
from contextlib import ExitStack

import gevent
import pytest

from frpg.errors import ConfigError
from frpg.net.tls import client_context, server_context, tls_client, tls_server
from tests.conformance.conftest import tcp_pair


@pytest.fixture
def stack() -> ExitStack:
    with ExitStack() as stack:
        yield stack


def test_a_client_that_verifies_refuses_the_self_signed_certificate(stack: ExitStack) -> None:
    left, right = tcp_pair(stack)
    server = gevent.spawn(tls_server, right, server_context())
    context = client_context()
    context.verify_mode = ssl.CERT_REQUIRED
    with pytest.raises(ssl.SSLError, match="certificate"):
        tls_client(left, context, "localhost")
    server.join(timeout=5)
    assert isinstance(server.exception, OSError)
    assert left.is_closed
    assert right.is_closed


def test_garbage_and_silence_end_the_handshake(stack: ExitStack) -> None:
    context = server_context()
    left, right = tcp_pair(stack)
    left.sendall(b"\x16" + b"garbage" * 10)
    with pytest.raises(ssl.SSLError):
        tls_server(right, context)
    left, right = tcp_pair(stack)
    with pytest.raises(TimeoutError):
        tls_server(right, context, timeout=0.05)
    assert right.is_closed
    left, right = tcp_pair(stack)
    left.close()
    with pytest.raises(OSError):
        tls_server(right, context)


def test_files_that_are_missing_or_no_certificates_are_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.pem"):
        server_context("missing.pem", "missing.key")
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    with pytest.raises(ConfigError, match=r"bad\.pem"):
        client_context(str(bad), str(bad))
    with pytest.raises(ConfigError, match="no valid PEM certificates found"):
        server_context(trusted_ca_file=str(bad))
