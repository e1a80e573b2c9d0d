"""The server name of a ClientHello: cut everywhere, over many records, from a real TLS library, and what is none."""

import random
import ssl

import pytest

from frpg.proto.sni import NotTls, server_name


def real_hello(name: str | None) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def field(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


def names(*entries: tuple[int, bytes]) -> bytes:
    """The extension server_name."""
    return b"\0\0" + field(field(b"".join(bytes((kind,)) + field(name, 2) for kind, name in entries), 2), 2)


def message(extensions: bytes | None, session: bytes = b"") -> bytes:
    body = b"\3\3" + bytes(32) + field(session, 1) + field(b"\x13\x01", 2) + field(b"\0", 1)
    return b"\1" + field(body if extensions is None else body + field(extensions, 2), 3)


def records(data: bytes, size: int = 16384) -> bytes:
    return b"".join(b"\x16\3\1" + field(data[at : at + size], 2) for at in range(0, len(data), size))


HELLO = records(message(b"\0\x0b" + field(b"abc", 2) + names((0, b"WWW.Example.test")) + b"\0\x10" + field(b"", 2)))


@pytest.mark.parametrize("name", ["a.test", "WWW.Example.Test", "x" * 63 + ".test", None])
def test_hellos_of_a_real_library(name: str | None) -> None:
    hello = real_hello(name)
    for end in range(len(hello)):
        assert server_name(hello[:end]) is None
    for more in (b"", b"\x14\3\1", b"garbage"):
        assert server_name(hello + more) == (name or "").lower()


@pytest.mark.parametrize("size", [20, 50, 51, 1000])
def test_hello_over_many_records_cut_everywhere(size: int) -> None:
    hello = records(message(names((0, b"a.test")), session=bytes(32)), size)
    for end in range(len(hello)):
        assert server_name(hello[:end]) is None
    assert server_name(hello + b"more") == "a.test"


@pytest.mark.parametrize(
    ("extensions", "name"),
    [
        (None, ""),
        (b"", ""),
        (b"\0\x0b" + field(b"x", 2), ""),
        (names((0, b"A.test.")), "a.test"),
        (names((7, b"other"), (0, b"b.test")), "b.test"),
        (names((7, b"other")), ""),
        (names(), ""),
        (names((0, b"")), ""),
        (names((0, b"first.test"), (0, b"second.test")), "first.test"),
        (names((0, b"first.test")) + names((0, b"second.test")), "first.test"),
        (names((0, b"x" * 255)), "x" * 255),
    ],
)
def test_names(extensions: bytes | None, name: str) -> None:
    assert server_name(records(message(extensions))) == name


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n", b"\x17\3\3\0\5hello", b"\x15\3\1\0\2\2\x28", b"\x16\2\0\0\5hello", b"\x16\3\1\0\1\2",
        b"\x80\x2e\1\3\1", b"\0", b"\x16\3\1\0\0", records(b"\2" + field(bytes(40), 3)),
        records(b"\1" + field(b"\3\3" + bytes(10), 3)), records(message(names((0, b"\xff\xfe")))),
        records(message(names((0, b"x" * 256)))), records(message(names((0, b"a." * 20_000)))),
        records(message(b"\0\0\0\4\0\xff\0\0")), records(message(b"\0\0\0\xff")), records(message(b"\0")),
    ],
)  # fmt: skip
def test_no_hello(data: bytes) -> None:
    with pytest.raises(NotTls):
        server_name(data)


def test_the_first_byte_is_enough_to_send_somebody_away() -> None:
    for first in set(range(256)) - {0x16}:
        with pytest.raises(NotTls):
            server_name(bytes((first,)))
    assert server_name(b"") is None
    assert server_name(b"\x16") is None


@pytest.mark.parametrize("size", [0, 1])
def test_many_tiny_records_are_not_put_together(size: int) -> None:
    # Each byte that comes has all of them looked at again.
    with pytest.raises(NotTls):
        server_name(b"\x16\3\1" + field(b"", 2) if not size else records(message(None, session=bytes(200)), size))


def test_garbage_is_refused_or_read() -> None:
    chance = random.Random(6)
    for _ in range(5000):
        data = bytearray(HELLO)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            name = server_name(bytes(data))
        except NotTls:
            continue
        assert name is None or len(name) <= 255
