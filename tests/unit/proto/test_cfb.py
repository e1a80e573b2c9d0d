"""AES-128-CFB streams."""

import random

import pytest

from frpg.proto.cfb import Cfb, derive_key
from tests.vectors import load, pieces

VECTORS = load("cfb")


@pytest.mark.parametrize("vector", VECTORS["keys"])
def test_golden_keys(vector: dict[str, str]) -> None:
    assert derive_key(vector["secret"].encode()).hex() == vector["key"]


@pytest.mark.parametrize("vector", VECTORS["streams"])
def test_golden_streams(vector: dict[str, str]) -> None:
    secret, plaintext = vector["secret"].encode(), bytes.fromhex(vector["plaintext"])
    wire = bytes.fromhex(vector["wire"])
    assert Cfb(secret, iv=bytes.fromhex(vector["iv"])).encode(plaintext) == wire
    for step in range(1, len(wire) + 1):
        reader = Cfb(secret)
        assert b"".join(map(reader.decode, pieces(wire, step))) == plaintext


def test_the_writes_of_a_stream_join() -> None:
    plaintext = random.Random(1).randbytes(1000)
    whole = Cfb(b"k", iv=bytes(16)).encode(plaintext)
    writer = Cfb(b"k", iv=bytes(16))
    assert b"".join(writer.encode(memoryview(piece)) for piece in pieces(plaintext, 37)) == whole
    writer = Cfb(b"k", iv=bytes(16))
    assert b"".join(writer.encode(bytearray(piece)) for piece in pieces(plaintext, 16)) == whole


def test_the_iv_is_random_and_goes_out_with_the_first_byte() -> None:
    writer = Cfb(b"k")
    assert writer.encode(b"") == b""
    first = writer.encode(b"abc")
    assert len(first) == 19
    assert len(writer.encode(b"abc")) == 3
    assert Cfb(b"k").encode(b"abc")[:16] != first[:16]


def test_the_directions_are_independent() -> None:
    ours, theirs = Cfb(b"k"), Cfb(b"k")
    assert ours.decode(theirs.encode(b"speaks first")) == b"speaks first"
    assert theirs.decode(ours.encode(b"answers")) == b"answers"
    assert theirs.decode(memoryview(ours.encode(b"again"))) == b"again"


def test_a_wrong_secret_gives_other_bytes() -> None:
    assert Cfb(b"other").decode(Cfb(b"k").encode(b"hello frp")) != b"hello frp"
