"""Stages behave alike, alone and stacked."""

import random
from collections.abc import Callable

import pytest

from frpg.proto.aead import Aead
from frpg.proto.cfb import Cfb
from frpg.proto.snappy import Snappy
from frpg.proto.stage import Buffer, Stage

K1, K2 = bytes(32), bytes(range(32))
PAIRS: dict[str, Callable[[], tuple[list[Stage], list[Stage]]]] = {
    "cfb": lambda: ([Cfb(b"k")], [Cfb(b"k")]),
    "snappy": lambda: ([Snappy()], [Snappy()]),
    "gcm": lambda: ([Aead("aes-256-gcm", K1, K2)], [Aead("aes-256-gcm", K2, K1)]),
    "xchacha": lambda: ([Aead("xchacha20-poly1305", K1, K2)], [Aead("xchacha20-poly1305", K2, K1)]),
    "snappy, cfb": lambda: ([Snappy(), Cfb(b"k")], [Snappy(), Cfb(b"k")]),
}


def encode(stages: list[Stage], data: Buffer) -> bytes:
    for stage in stages:
        data = stage.encode(data)
    return bytes(data)


def decode(stages: list[Stage], data: Buffer) -> bytes:
    for stage in reversed(stages):
        data = stage.decode(data)
    return bytes(data)


@pytest.mark.parametrize("name", PAIRS)
def test_random_writes_and_cuts_in_both_directions(name: str) -> None:
    chance = random.Random(5)
    ends = PAIRS[name]()
    for writer, reader in (ends, ends[::-1]):
        sent, wire, received = bytearray(), bytearray(), bytearray()
        for _ in range(60):
            write = chance.choice((chance.randbytes, lambda size: b"abcd" * size))(chance.randrange(3000))
            sent += write
            wire += encode(writer, memoryview(bytearray(write)))
        while wire:
            cut = chance.choice((1, 2, 17, 1400, 65536))
            received += decode(reader, memoryview(bytes(wire[:cut])))
            del wire[:cut]
        assert received == sent


@pytest.mark.parametrize("name", PAIRS)
def test_every_write_can_be_read_at_once(name: str) -> None:
    writer, reader = PAIRS[name]()
    for index in range(20):
        text = b"line %d\n" % index
        assert decode(reader, encode(writer, text)) == text


@pytest.mark.parametrize("name", PAIRS)
def test_the_callers_buffer_is_not_kept(name: str) -> None:
    writer, reader = PAIRS[name]()
    shared = bytearray(b"first write")
    wire = encode(writer, memoryview(shared))
    shared[:] = b"-----------"
    incoming = bytearray(wire)
    head = decode(reader, memoryview(incoming)[:-1])
    rest = incoming[-1:]
    incoming.clear()
    assert head + decode(reader, rest) == b"first write"


@pytest.mark.parametrize("name", PAIRS)
def test_nothing_in_nothing_out(name: str) -> None:
    writer, reader = PAIRS[name]()
    assert encode(writer, b"") == b""
    assert decode(reader, b"") == b""
