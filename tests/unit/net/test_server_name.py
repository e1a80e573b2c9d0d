import ssl

import pytest

from frpg.net.server_name import read_server_name
from frpg.proto.sni import MAX_HELLO, NotTls
from tests.unit.server.fakes import FakeStream


def hello(name: str) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_the_name_is_read_and_nothing_is_used_up() -> None:
    content = hello("A.Test")
    stream = FakeStream()
    for position in range(0, len(content), 100):
        stream.feed(content[position : position + 100])
    assert read_server_name(stream, 1) == "a.test"
    assert stream.recv_exact(len(content)) == content


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        (FakeStream(b"GET / HTTP/1.1\r\n"), NotTls),
        (FakeStream(b"\x16\x03\x01\xff\xff" + bytes([1]) * MAX_HELLO), NotTls),
        (FakeStream(b"\x16\x03", ended=True), ConnectionError),
        (FakeStream(b"\x16\x03"), TimeoutError),
    ],
)
def test_what_names_nobody(stream: FakeStream, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_server_name(stream, 0.02)
