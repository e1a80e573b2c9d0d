"""The authenticated stream of v2."""

import random

import pytest

from frpg.errors import ProtocolError
from frpg.proto.aead import ALGORITHMS, MAX_PLAINTEXT, Aead, _Nonces, hchacha20
from tests.vectors import load, pieces

VECTORS = load("aead")
K1, K2 = bytes(range(32)), bytes(range(32, 64))
NONCE_SIZES = {"aes-256-gcm": 12, "xchacha20-poly1305": 24}


@pytest.mark.parametrize("vector", VECTORS["streams"], ids=lambda vector: vector["algorithm"])
def test_golden_streams(vector: dict[str, str]) -> None:
    writes = [bytes.fromhex(write) for write in VECTORS["plaintext"]]
    key, nonce, wire = (bytes.fromhex(vector[name]) for name in ("key", "nonce", "wire"))
    writer = Aead(vector["algorithm"], key, K1, nonce=nonce)
    assert b"".join(map(writer.encode, writes)) == wire
    for step in range(1, len(wire) + 1):
        reader = Aead(vector["algorithm"], K1, key)
        assert b"".join(map(reader.decode, pieces(wire, step))) == b"".join(writes)


def test_golden_hchacha20() -> None:
    key, head = (bytes.fromhex(VECTORS["hchacha20"][name]) for name in ("key", "head"))
    assert hchacha20(key, head).hex() == VECTORS["hchacha20"]["subkey"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_large_writes_become_records_of_the_largest_size(algorithm: str) -> None:
    plaintext = random.Random(2).randbytes(2 * MAX_PLAINTEXT + 1)
    wire = Aead(algorithm, K1, K2).encode(memoryview(plaintext))
    assert len(wire) == NONCE_SIZES[algorithm] + 3 * (4 + 16) + len(plaintext)
    reader = Aead(algorithm, K2, K1)
    assert b"".join(map(reader.decode, pieces(wire, 10007))) == plaintext


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_both_directions_of_one_stage(algorithm: str) -> None:
    client, server = Aead(algorithm, K1, K2), Aead(algorithm, K2, K1)
    for text in (b"one", b"two"):
        assert server.decode(client.encode(text)) == text
        assert client.decode(bytearray(server.encode(text[::-1]))) == text[::-1]
    assert client.encode(b"") == b""


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_empty_record_is_legal(algorithm: str) -> None:
    writer, nonce = Aead(algorithm, K1, K2, nonce=bytes(NONCE_SIZES[algorithm])), bytes(NONCE_SIZES[algorithm])
    empty = writer._writer.seal(nonce, b"", nonce + b"\x00\x00\x00\x10")
    reader = Aead(algorithm, K2, K1)
    assert reader.decode(nonce + b"\x00\x00\x00\x10" + empty) == b""
    assert reader._buffer == b""


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("position", [0, 11, -1, -17, -20, -21])
def test_any_changed_byte_is_found(algorithm: str, position: int) -> None:
    wire = bytearray(Aead(algorithm, K1, K2).encode(b"0123456789"))
    wire[position] ^= 1
    reader = Aead(algorithm, K2, K1)
    with pytest.raises(ProtocolError, match="authentication"):
        reader.decode(wire + bytes(100))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_records_cannot_be_repeated_or_left_out(algorithm: str) -> None:
    writer = Aead(algorithm, K1, K2)
    first, second, third = writer.encode(b"1"), writer.encode(b"2"), writer.encode(b"3")
    reader = Aead(algorithm, K2, K1)
    assert reader.decode(first + second) == b"12"
    with pytest.raises(ProtocolError):
        reader.decode(second)
    with pytest.raises(ProtocolError):
        Aead(algorithm, K2, K1).decode(first + third)


@pytest.mark.parametrize("length", [0, 15, MAX_PLAINTEXT + 17, 0xFFFFFFFF])
def test_a_wrong_length_fails_before_the_record_comes(length: int) -> None:
    with pytest.raises(ProtocolError, match="AEAD record of"):
        Aead("aes-256-gcm", K1, K2).decode(bytes(12) + length.to_bytes(4, "big"))


def test_nonces_end_before_they_wrap() -> None:
    nonces = _Nonces(b"\xff\xfe", 100)
    assert [nonces.take(), nonces.take()] == [b"\xff\xfe", b"\xff\xff"]
    with pytest.raises(ProtocolError, match="used up"):
        nonces.take()


def test_nonces_end_at_the_limit_of_the_key() -> None:
    nonces = _Nonces(b"\x00\xff", 2)
    assert [nonces.take(), nonces.take()] == [b"\x00\xff", b"\x01\x00"]
    with pytest.raises(ProtocolError, match="used up"):
        nonces.take()


def test_xchacha_carries_into_the_part_that_makes_the_key() -> None:
    nonce = bytes(15) + b"\x01" + b"\xff" * 8
    writer = Aead("xchacha20-poly1305", K1, K2, nonce=nonce)
    wire = writer.encode(b"before") + writer.encode(b"after")
    assert writer._writer._prefix == bytes(15) + b"\x02"  # type: ignore[attr-defined]
    assert Aead("xchacha20-poly1305", K2, K1).decode(wire) == b"beforeafter"


def test_the_stream_nonce_is_random_and_goes_out_first() -> None:
    one, two = (Aead("aes-256-gcm", K1, K2).encode(b"x") for _ in range(2))
    assert one[:12] != two[:12]
