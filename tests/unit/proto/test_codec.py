"""Messages as JSON and msgpack."""

import json
import tracemalloc

import msgpack
import pytest

from frpg.errors import ProtocolError
from frpg.proto.codec import decode_json, decode_msgpack, encode_json, encode_msgpack, encode_object, udp_packet
from frpg.proto.messages import (
    Login,
    NatHoleResp,
    NewProxy,
    NewProxyResp,
    Ping,
    StartWorkConn,
    UdpAddress,
    UdpPacket,
)
from tests.vectors import load

V1 = load("frames_v1")["json"]
LOGIN = Login(
    version="0.70.1",
    hostname="h",
    os="linux",
    arch="amd64",
    privilege_key="3d8aac6cc09d79da303be74c311e5808",
    timestamp=1700000000,
    pool_count=1,
)
GOLDEN = [
    ("login", LOGIN),
    ("udp packet ipv6", udp_packet(b"ping", "fe80::1%eth0", 53)),
    ("nat hole resp", NatHoleResp(transaction_id="t", error="e")),
]


@pytest.mark.parametrize(("name", "message"), GOLDEN)
def test_golden_json(name: str, message: object) -> None:
    assert encode_json(message).decode() == V1[name]
    assert decode_json(type(message), V1[name].encode()) == message


def test_characters_are_escaped_as_go_does() -> None:
    message = NewProxyResp(proxy_name="<>&\u2028\u2029ü\x7f\x01\n\"\\'")
    expected = '{"proxy_name":"\\u003c\\u003e\\u0026\\u2028\\u2029ü\x7f\\u0001\\n\\"\\\\\'"}'
    assert encode_json(message).decode() == expected
    assert decode_json(NewProxyResp, encode_json(message)) == message


def test_half_characters_are_written_as_the_replacement_character() -> None:
    message = Login(hostname="caf\udce9", client_id="ü")
    assert json.loads(encode_json(message))["hostname"] == "caf\ufffd"
    assert json.loads(encode_json(message))["client_id"] == "ü"
    assert decode_msgpack(Login, encode_msgpack(message)).client_id == "ü"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"null",
        b"[]",
        b"1",
        b'"x"',
        b"{}x",
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b"{\x00}",
        b'{"error":"\xff"}',
        b'{"error":"\xed\xa0\x80"}',
        b'{"error":"\x01"}',
        b"{'error':''}",
        b'{"error":NaN}',
        b'{"x":Infinity}',
        b'{"timestamp":1e3}',
        b'{"timestamp":1.0}',
        b'{"timestamp":9223372036854775808}',
        b'{"timestamp":' + b"9" * 5000 + b"}",
        b'{"x":' + b"9" * 5000 + b"}",
        b'{"timestamp":1,"timestamp":2}',
        b'{"x":{"y":1,"y":2}}',
        b"[" * 60000,
        b'{"x":' * 10000,
        b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"privilege_key":"' + b"a" * 70000 + b'"}',
    ],
)
def test_what_is_no_json_message(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_json(Ping, data)


def test_white_space_is_no_error() -> None:
    assert decode_json(Ping, b' {\r\n "timestamp" :\t1 } ') == Ping(timestamp=1)


MESSAGES = [
    LOGIN,
    Ping(),
    StartWorkConn(proxy_name="ü", src_addr="192.0.2.1", src_port=65535),
    NewProxy(proxy_name="n", use_encryption=True, locations=["/", ""], headers={"a": "1"}),
    NewProxy(proxy_name="n", proxy_type="http", proxy_protocol_version="v2"),
    udp_packet(b"\x00\xff", "192.0.2.1", 1),
    udp_packet(b"", "2001:db8::1", 1),
    udp_packet(bytes(300), "fe80::1%eth0", 1),
    UdpPacket(),
    UdpPacket(content=b"x", local_addr=UdpAddress(ip="192.0.2.1"), remote_addr=UdpAddress(ip="192.0.2.2", port=2)),
]


@pytest.mark.parametrize("message", MESSAGES)
def test_round_trips(message: object) -> None:
    assert decode_json(type(message), encode_json(message)) == message
    assert decode_msgpack(type(message), encode_msgpack(message)) == message


def test_msgpack_is_the_map_of_the_json_with_raw_bytes() -> None:
    assert msgpack.unpackb(encode_msgpack(LOGIN)) == json.loads(encode_json(LOGIN))
    packet = UdpPacket(content=b"x", local_addr=UdpAddress(ip="192.0.2.1"))
    assert msgpack.unpackb(encode_msgpack(packet)) == {"c": b"x", "l": {"IP": "192.0.2.1", "Port": 0, "Zone": ""}}


def test_a_udp_packet_is_an_array_in_msgpack() -> None:
    assert msgpack.unpackb(encode_msgpack(udp_packet(b"x", "fe80::1%eth0", 53))) == [b"x", "fe80::1%eth0", 53]


@pytest.mark.parametrize(
    ("cls", "data"),
    [
        (Ping, b""),
        (Ping, b"\x81"),
        (Ping, b"\x80\x00"),
        (Ping, b"\xc0"),
        (Ping, b"\xc1"),
        (Ping, b"\x90"),
        (Ping, b"\x01"),
        (Ping, msgpack.packb({1: 2})),
        (Ping, msgpack.packb({b"timestamp": 2})),
        (Ping, msgpack.packb({"x": {1: 2}})),
        (Ping, msgpack.packb({"timestamp": 1 << 63})),
        (Ping, msgpack.packb({"timestamp": 1.0})),
        (Ping, msgpack.packb({"privilege_key": b"x"})),
        (Ping, msgpack.packb({"x": msgpack.ExtType(1, b"xy")})),
        (Ping, msgpack.packb({"x": msgpack.Timestamp(1)})),
        (Ping, b"\x82" + msgpack.packb("timestamp") * 2),
        (Ping, b"\x82" + (msgpack.packb("timestamp") + b"\x01") * 2),
        (Ping, b"\x81\xa1x\xa1\xff"),
        (Ping, b"\xdf\xff\xff\xff\xff"),
        (Ping, b"\x81\xa1x\xdd\xff\xff\xff\xff"),
        (Ping, b"\x81\xa1x\xc6\xff\xff\xff\xff"),
        (Ping, b"\x81\xa1x" + b"\x91" * 60000),
        (Ping, b"\x81\xa1x\xda\xff\xff" + bytes(65535)),
        (UdpPacket, msgpack.packb([b"x", "192.0.2.1"])),
        (UdpPacket, msgpack.packb([b"x", b"192.0.2.1", 1])),
        (UdpPacket, msgpack.packb(["x", "192.0.2.1", 1])),
        (UdpPacket, msgpack.packb([b"x", "host", 1])),
        (UdpPacket, msgpack.packb([b"x", "192.0.2.1", 65536])),
    ],
)
def test_what_is_no_msgpack_message(cls: type, data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_msgpack(cls, data)


def test_nested_lengths_that_lie_take_little_memory() -> None:
    bomb = b"\x81\xa1x" + b"\xdc\x0f\xff" * 20000  # each claims 4095 items
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError):
            decode_msgpack(Ping, bomb)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_an_object_that_is_no_message_is_written_like_one() -> None:
    assert encode_object({"b": "<&>", "a": [1, None, {"ä": True}]}) == (
        '{"b":"\\u003c\\u0026\\u003e","a":[1,null,{"ä":true}]}'.encode()
    )
