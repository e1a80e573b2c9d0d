"""Compressed streams."""

import random

import pytest

from frpg.errors import ProtocolError
from frpg.proto.snappy import IDENTIFIER, Snappy
from tests.vectors import load, pieces

VECTORS = load("snappy")
HELLO = bytes.fromhex(VECTORS["streams"][0]["wire"])
HELLO_CHUNK = HELLO[len(IDENTIFIER) :]


def chunk(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + len(content).to_bytes(3, "little") + content


def chunks(stream: bytes) -> list[tuple[int, int]]:
    found, position = [], 0
    while position < len(stream):
        size = int.from_bytes(stream[position + 1 : position + 4], "little")
        found.append((stream[position], size))
        position += 4 + size
    return found


@pytest.mark.parametrize("vector", VECTORS["streams"])
def test_golden_streams(vector: dict[str, str]) -> None:
    plaintext, wire = bytes.fromhex(vector["plaintext"]), bytes.fromhex(vector["wire"])
    assert Snappy().encode(plaintext) == wire
    for step in range(1, len(wire) + 1):
        reader = Snappy()
        assert b"".join(map(reader.decode, pieces(wire, step))) == plaintext


def test_the_golden_crc_is_in_the_chunk() -> None:
    assert HELLO_CHUNK[4:8][::-1].hex() == VECTORS["masked crc of hello"]


def test_each_write_is_on_the_wire_at_once_and_the_identifier_only_once() -> None:
    writer, reader = Snappy(), Snappy()
    assert writer.encode(b"") == b""
    first, second = writer.encode(b"hello"), writer.encode(memoryview(b"hello"))
    assert first == HELLO
    assert second == HELLO_CHUNK
    assert reader.decode(first) == reader.decode(second) == b"hello"


def test_a_write_is_cut_into_chunks_of_64_kib() -> None:
    noise = random.Random(3).randbytes(3 * 65536 + 1)
    assert chunks(Snappy().encode(noise)) == [(0xFF, 6), *[(1, 65540)] * 3, (1, 5)]
    assert [kind for kind, _ in chunks(Snappy().encode(bytes(65537)))] == [0xFF, 0, 1]


@pytest.mark.parametrize("step", [1, 2, 3, 5, 1000, 65536, 10**7])
def test_any_cut_gives_the_same_bytes(step: int) -> None:
    chance = random.Random(4)
    writer, reader = Snappy(), Snappy()
    size = 3000 if step < 10 else 200_000
    plaintext = [chance.randbytes(size), b"abc" * size, chance.randbytes(1)]
    wire = b"".join(map(writer.encode, plaintext))
    assert b"".join(map(reader.decode, pieces(wire, step))) == b"".join(plaintext)
    assert not reader._buffer


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_chunks_to_skip_and_more_identifiers(step: int) -> None:
    padding = chunk(0xFE, b"") + chunk(0x80, bytes(300)) + chunk(0xFE, HELLO)
    wire = IDENTIFIER + padding + HELLO_CHUNK + IDENTIFIER + HELLO_CHUNK + padding + HELLO_CHUNK + HELLO_CHUNK
    reader = Snappy()
    assert b"".join(map(reader.decode, pieces(wire, step))) == b"hello" * 4


def test_a_chunk_to_skip_is_not_kept() -> None:
    reader = Snappy()
    reader.decode(IDENTIFIER + b"\x80\xff\xff\xff")
    for _ in range(0xFFFFFF // 65535):
        assert reader.decode(bytes(65535)) == b""
        assert not reader._buffer
    rest = 0xFFFFFF % 65535
    assert reader.decode(bytes(rest) + HELLO_CHUNK) == b"hello"


@pytest.mark.parametrize("empty", [chunk(1, b"\xd8\xea\x82\xa2"), chunk(0, b"\xd8\xea\x82\xa2\x00")])
def test_chunks_without_content(empty: bytes) -> None:
    assert Snappy().decode(IDENTIFIER + empty + HELLO_CHUNK + empty + HELLO_CHUNK) == b"hellohello"


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (HELLO_CHUNK, "without identifier"),
        (b"GET / HTTP/1.1", "without identifier"),
        (chunk(0x80, b""), "without identifier"),
        (chunk(0xFF, b"sNaPpy"), "identifier is wrong"),
        (b"\xff\x07\x00\x00", "identifier is wrong"),
        (b"\xff\x05\x00\x00", "identifier is wrong"),
        (HELLO + chunk(0xFF, b"snappy"), "identifier is wrong"),
        (HELLO + b"\x02\x00\x00\x00", "unknown type"),
        (HELLO + b"\x7f\xff\xff\xff", "unknown type"),
        (HELLO + b"\x01\x03\x00\x00", "chunk of 3 bytes"),
        (HELLO + b"\x00\x03\x00\x00", "chunk of 3 bytes"),
        (HELLO + b"\x01\x05\x00\x01", "chunk of 65541 bytes"),
        (HELLO + b"\x00\xcf\x2a\x01", "chunk of 76495 bytes"),
        (HELLO[:-1] + b"O", "checksum"),
        (IDENTIFIER + chunk(0, bytes(4) + b"\xff\xff\xff\xff\x0f"), "snappy"),  # claims 4 GiB
        (IDENTIFIER + chunk(0, bytes(4)), "snappy"),
        (IDENTIFIER + chunk(0, bytes(4) + b"\x05\xff\xff"), "snappy"),
    ],
)
def test_what_is_refused(wire: bytes, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        Snappy().decode(wire)
