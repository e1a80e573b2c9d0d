"""The fast path of datagrams against the framings."""

import random

import pytest

from frpg.errors import ProtocolError
from frpg.proto import packets
from frpg.proto.codec import encode_json, udp_packet
from frpg.proto.frames import FrameType, encode_frame
from frpg.proto.framing import V1_HEADER, Framing, V1Framing, V2Framing
from frpg.proto.messages import Message, NewProxy, Ping, Pong, UdpAddress, UdpPacket
from frpg.proto.packets import Packet, PacketCodec
from tests.vectors import load, pieces

FRAMINGS = [V1Framing(), V2Framing(), V2Framing("msgpack")]
by_framing = pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: f"v{framing.version}-{framing.codec}")
PACKETS: list[Packet] = [
    (b"ping", "192.0.2.1", 40000),
    (b"", "192.0.2.1", 40000),
    (b'\x00\xff"{}', "2001:db8::1", 53),
    (b"x", "fe80::1%eth0", 65535),
    (bytes(range(256)) * 5, "192.0.2.1", 40000),
    (random.Random(6).randbytes(7000), "192.0.2.2", 1),
]


def raw(framing: Framing, body: bytes) -> bytes:
    """A UDPPacket frame with this body."""
    if framing.version == 1:
        return V1_HEADER.pack(ord("u"), len(body)) + body
    return encode_frame(FrameType.MESSAGE, b"\x00\x0d" + body)


@by_framing
@pytest.mark.parametrize("packet", PACKETS, ids=lambda packet: f"{len(packet[0])}-{packet[1]}")
def test_frames_are_those_of_the_framing(framing: Framing, packet: Packet) -> None:
    frame = PacketCodec(framing).encode(*packet)
    decoder = framing.decoder()
    decoder.receive_data(frame)
    assert decoder.next_message() == udp_packet(*packet)
    assert PacketCodec(framing).decoder().receive_data(framing.encode(udp_packet(*packet))) == [packet]
    if framing.codec == "json":
        assert frame == framing.encode(udp_packet(*packet))


def test_golden_frames() -> None:
    assert PacketCodec(V1Framing()).encode(*PACKETS[0]).hex() == load("frames_v1")["frames"]["udp packet"]
    own = load("own_msgpack")["frames"]["udp packet, fast path"]
    assert PacketCodec(V2Framing("msgpack")).encode(*PACKETS[0]).hex() == own


def test_frames_of_official_frp() -> None:
    captured = load("captured_v1")["frames"]
    decoder = PacketCodec(V1Framing()).decoder()
    wire = bytes.fromhex(captured["udp packet"] + captured["udp packet, empty"])
    assert decoder.receive_data(wire) == [(b"ping", "127.0.0.1", 40000), (b"", "127.0.0.1", 40000)]


@by_framing
@pytest.mark.parametrize("step", [1, 2, 3, 8, 9, 10, 11, 100, 1400, 10**6])
def test_packets_are_the_same_however_the_bytes_are_cut(framing: Framing, step: int) -> None:
    codec = PacketCodec(framing)
    wire = b"".join([codec.ping(), *(codec.encode(*packet) for packet in PACKETS), codec.ping()])
    decoder, received = codec.decoder(), []
    for piece in pieces(wire, step):
        received += decoder.receive_data(memoryview(bytearray(piece)))
    assert received == [Ping(), *PACKETS, Ping()]


@by_framing
def test_other_messages_and_packets_without_address_are_ignored(framing: Framing) -> None:
    messages: list[Message] = [
        Pong(),
        NewProxy(proxy_name="n"),
        UdpPacket(),
        UdpPacket(content=b"x"),
        UdpPacket(content=b"x", local_addr=UdpAddress(ip="192.0.2.1", port=1)),
        UdpPacket(content=b"x", remote_addr=UdpAddress(port=1)),
        Ping(timestamp=1, privilege_key="k"),
    ]
    decoder = PacketCodec(framing).decoder()
    assert decoder.receive_data(b"".join(map(framing.encode, messages))) == [messages[-1]]


@by_framing
@pytest.mark.parametrize(
    "body",
    [
        b'{"c":"cGluZw==","l":null,"r":{"IP":"192.0.2.1","Port":7,"Zone":""}}',
        b'{"c":"cGluZw==","l":{"IP":"","Port":0,"Zone":""},"r":{"IP":"192.0.2.1","Port":7}}',
        b' { "r" : {"Port":7,"IP":"192.0.2.1"}, "c" : "cGluZw==" }',
        b'{"c":"cGlu\\u005aw==","r":{"IP":"192.0.2.1","Port":7}}',
        b'{"C":"cGluZw==","R":{"ip":"192.0.2.1","port":7}}',
        b'{"c":"cGluZw==","r":{"IP":"::ffff:192.0.2.1","Port":7,"Zone":""},"x":"' + b"x" * 300 + b'"}',
    ],
)
def test_any_json_of_a_packet_is_understood(framing: Framing, body: bytes) -> None:
    if framing.codec == "msgpack":
        body = body.lstrip()  # JSON among msgpack is known by its first byte
    assert PacketCodec(framing).decoder().receive_data(raw(framing, body)) == [(b"ping", "192.0.2.1", 7)]


@by_framing
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"c":"cGluZw","r":{"IP":"192.0.2.1","Port":7}}',
        b'{"c":"c GluZw==","r":{"IP":"192.0.2.1","Port":7}}',
        b'{"c":"cGluZw==","c":"cGluZw==","r":{"IP":"192.0.2.1","Port":7}}',
        b'{"c":"cGluZw==","r":{"IP":"192.0.2.1","Port":65536}}',
        b'{"c":"cGluZw==","r":{"IP":"host","Port":7}}',
        b'{"c":"cGluZw==","r":{"IP":"192.0.2.1","Port":7}} x',
        b'{"c":"cGluZw==',
        b'{"c":"',
        b"\x93\xc5",
        b"\x93\xc5\x00\x04ping",
        b"\x93\xc5\x00\x04ping\xa9192.0.2.1",
        b"\x93\xc5\x00\x04ping\xa9192.0.2.1\x07\x07",
        b"\x93\xc5\x00\x04ping\xa4host\x07",
        b"\x93\xc5\xff\xffping\xa9192.0.2.1\x07",
        b"\x93\xa4ping\xa9192.0.2.1\x07",
    ],
)
def test_what_is_no_packet(framing: Framing, body: bytes) -> None:
    with pytest.raises(ProtocolError):
        PacketCodec(framing).decoder().receive_data(raw(framing, body))


@pytest.mark.parametrize(
    ("framing", "head"),
    [
        (V1Framing(), "00"),
        (V1Framing(), "75ffffffffffffffff"),
        (V1Framing(), "750000000000002801"),
        (V2Framing(), "0011000000000002"),
        (V2Framing(), "0010000100000002"),
        (V2Framing(), "0010000000010001"),
    ],
)
def test_a_wrong_header_fails_before_the_rest_comes(framing: Framing, head: str) -> None:
    decoder = PacketCodec(framing).decoder()
    with pytest.raises(ProtocolError):
        for byte in bytes.fromhex(head):
            decoder.receive_data(bytes([byte]))


@by_framing
def test_a_datagram_that_the_peer_would_not_read_is_not_sent(framing: Framing) -> None:
    codec = PacketCodec(framing)
    largest = max(size for size in range(7000, 65600) if codec.encode(bytes(size), "192.0.2.1", 40000))
    assert largest == {"v1-json": 7638, "v2-json": 49110, "v2-msgpack": 65517}[f"v{framing.version}-{framing.codec}"]
    assert codec.encode(bytes(largest + 1), "192.0.2.1", 40000) == b""
    frame = codec.encode(bytes(largest), "192.0.2.1", 40000)
    assert codec.decoder().receive_data(frame) == [(bytes(largest), "192.0.2.1", 40000)]


def test_remembered_addresses_are_bounded() -> None:
    codec = PacketCodec(V1Framing())
    decoder = codec.decoder()
    for port in range(5000):
        decoder.receive_data(codec.encode(b"x", "192.0.2.1", port))
    for cache in (packets._json_tail, packets._json_address):
        assert cache.cache_info().currsize == packets._ADDRESSES
    before = packets._json_address.cache_info().currsize
    odd = encode_json(udp_packet(b"x", "192.0.2.1", 1))[:-1] + b',"x":"' + b"x" * 200 + b'"}'
    assert decoder.receive_data(raw(V1Framing(), odd)) == [(b"x", "192.0.2.1", 1)]
    assert packets._json_address.cache_info().currsize == before
