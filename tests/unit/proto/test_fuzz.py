"""Random and damaged bytes into every decoder: nothing but ProtocolError comes out, and little is kept."""

import contextlib
import random
import tracemalloc
from collections.abc import Callable

import pytest

from frpg.errors import ProtocolError
from frpg.proto.aead import Aead
from frpg.proto.cfb import Cfb
from frpg.proto.codec import decode_json, decode_msgpack, udp_packet
from frpg.proto.frames import FrameDecoder, encode_frame
from frpg.proto.framing import Framing, V1Framing, V2Framing
from frpg.proto.hello import ClientHello, ServerHello
from frpg.proto.messages import (
    BY_TYPE_BYTE,
    Login,
    NatHoleResp,
    NewProxy,
    Ping,
    StartWorkConn,
)
from frpg.proto.packets import PacketCodec
from frpg.proto.snappy import IDENTIFIER, Snappy

Feed = Callable[[bytes], object]
ROUNDS = 300
SOME = [
    Login(version="0.70.1", metas={"a": "ü"}, timestamp=1700000000),
    NewProxy(proxy_name="n", use_encryption=True, locations=["/"], headers={"a": "b"}),
    StartWorkConn(proxy_name="ssh", src_addr="192.0.2.1", src_port=1),
    Ping(timestamp=1),
    udp_packet(b"ping", "192.0.2.1", 40000),
    NatHoleResp(candidate_addrs=["192.0.2.1:1"]),
]


def messages(framing: Framing) -> Feed:
    decoder = framing.decoder()

    def feed(data: bytes) -> None:
        decoder.receive_data(data)
        while decoder.next_message() is not None:
            pass

    return feed


def frames() -> Feed:
    decoder = FrameDecoder()

    def feed(data: bytes) -> None:
        decoder.receive_data(data)
        while decoder.next_frame() is not None:
            pass

    return feed


def valid(framing: Framing) -> bytes:
    return b"".join(map(framing.encode, SOME))


def packets(framing: Framing) -> tuple[Callable[[], Feed], bytes]:
    codec = PacketCodec(framing)
    wire = codec.encode(b"ping", "192.0.2.1", 40000) + codec.ping() + codec.encode(bytes(300), "fe80::1%eth0", 5)
    return lambda: codec.decoder().receive_data, wire


V1, V2, OWN = V1Framing(), V2Framing(), V2Framing("msgpack")
GCM, XCHACHA = "aes-256-gcm", "xchacha20-poly1305"
STREAMS: dict[str, tuple[Callable[[], Feed], bytes]] = {
    "v1": (lambda: messages(V1), valid(V1)),
    "v2": (lambda: messages(V2), valid(V2)),
    "msgpack": (lambda: messages(OWN), valid(OWN)),
    "frames": (frames, encode_frame(1, b"{}") + encode_frame(16, bytes(100))),
    "packets v1": packets(V1),
    "packets v2": packets(V2),
    "packets msgpack": packets(OWN),
    "snappy": (lambda: Snappy().decode, Snappy().encode(b"abcd" * 100 + random.Random(7).randbytes(300))),
    "cfb": (lambda: Cfb(b"k").decode, Cfb(b"k").encode(bytes(100))),
    "gcm": (lambda: Aead(GCM, bytes(32), bytes(32)).decode, Aead(GCM, bytes(32), bytes(32)).encode(b"hello")),
    "xchacha": (lambda: Aead(XCHACHA, bytes(32), bytes(32)).decode, Aead(XCHACHA, bytes(32), bytes(32)).encode(b"x")),
}


def damaged(chance: random.Random, data: bytes) -> bytes:
    """`data` with some bytes changed, cut out or put in."""
    result = bytearray(data)
    for _ in range(chance.randrange(1, 5)):
        place = chance.randrange(len(result))
        what = chance.randrange(3)
        if what == 0:
            result[place] = chance.choice((0, 0x7B, 0x80, 0xFF, chance.randrange(256)))
        elif what == 1:
            del result[place : place + chance.randrange(1, 10)]
            result += b"\x00"
        else:
            result[place:place] = chance.randbytes(chance.randrange(1, 10))
    return bytes(result)


def attempt(feed: Feed, chance: random.Random, data: bytes) -> None:
    """Feed `data` cut at random; a ProtocolError is a proper end, anything else fails the test."""
    with contextlib.suppress(ProtocolError):
        while data:
            step = chance.choice((1, 2, 3, 10, 100, 5000))
            feed(data[:step])
            data = data[step:]


@pytest.mark.parametrize("name", STREAMS)
def test_streams(name: str) -> None:
    make, wire = STREAMS[name]
    chance = random.Random(name)
    for _ in range(ROUNDS):
        attempt(make(), chance, chance.randbytes(chance.randrange(300)))
        attempt(make(), chance, damaged(chance, wire))
        attempt(make(), chance, wire[: chance.randrange(len(wire))] + chance.randbytes(100))


@pytest.mark.parametrize("name", STREAMS)
def test_bytes_without_end_are_not_kept(name: str) -> None:
    make, wire = STREAMS[name]
    feed, piece = make(), bytes(65536)
    tracemalloc.start()
    try:
        with contextlib.suppress(ProtocolError):
            feed(wire)
            for _ in range(24):
                feed(piece)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 512 << 10
    assert peak < 2 << 20


def test_what_is_kept_of_a_snappy_stream_is_less_than_a_chunk() -> None:
    reader = Snappy()
    reader.decode(IDENTIFIER)
    for _ in range(20):
        reader.decode(b"\x00\xce\x2a\x01")  # 76494 bytes of a chunk that never ends well
        with contextlib.suppress(ProtocolError):
            for _ in range(10):
                reader.decode(bytes(10000))
        assert len(reader._buffer) < 100_000
        reader = Snappy()
        reader.decode(IDENTIFIER)


@pytest.mark.parametrize("decode", [decode_json, decode_msgpack])
def test_bodies(decode: Callable[[type, bytes], object]) -> None:
    framing = V2 if decode is decode_json else OWN
    bodies = [framing.encode(message)[10:] for message in SOME]
    chance = random.Random(decode.__name__)
    for _ in range(ROUNDS):
        for cls in BY_TYPE_BYTE.values():
            for data in (chance.randbytes(chance.randrange(60)), damaged(chance, chance.choice(bodies))):
                with contextlib.suppress(ProtocolError):
                    decode(cls, data)


@pytest.mark.parametrize("decode", [ClientHello.decode, ServerHello.decode])
def test_hellos(decode: Callable[[bytes], object]) -> None:
    wire = ClientHello.make("tcp", tls=True, tcp_mux=True).encode()
    other = ServerHello(algorithm=GCM, server_random=bytes(32)).encode()
    chance = random.Random(8)
    for _ in range(ROUNDS):
        for data in (chance.randbytes(chance.randrange(60)), damaged(chance, wire), damaged(chance, other)):
            with contextlib.suppress(ProtocolError):
                decode(data)
