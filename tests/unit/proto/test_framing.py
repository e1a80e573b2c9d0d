"""Messages in a byte stream."""

import struct

import pytest

from frpg.errors import ProtocolError
from frpg.proto.cfb import Cfb
from frpg.proto.codec import udp_packet
from frpg.proto.frames import FrameType, encode_frame
from frpg.proto.framing import V1_LIMIT, V2_MAGIC, Framing, V1Framing, V2Framing
from frpg.proto.messages import (
    Login,
    LoginResp,
    Message,
    NatHoleSid,
    NewProxy,
    NewProxyResp,
    NewVisitorConn,
    NewWorkConn,
    Ping,
    Pong,
    ReqWorkConn,
    StartWorkConn,
)
from tests.vectors import load, pieces, unhex

V1, V2, NAT_HOLE = load("frames_v1"), load("frames_v2"), load("nathole")
CAPTURED = unhex(load("captured_v1")["frames"])
OWN = unhex(load("own_msgpack")["frames"])
KEY = "3d8aac6cc09d79da303be74c311e5808"
START = StartWorkConn(proxy_name="ssh", src_addr="192.0.2.1", dst_addr="198.51.100.2", src_port=40000, dst_port=6000)
PACKET = udp_packet(b"ping", "192.0.2.1", 40000)
GOLDEN_V1: dict[str, Message] = {
    "ping": Ping(),
    "ping signed": Ping(privilege_key=KEY, timestamp=1700000000),
    "pong": Pong(),
    "req work conn": ReqWorkConn(),
    "login resp": LoginResp(version="0.70.1", run_id="0123456789abcdef"),
    "new proxy": NewProxy(proxy_name="ssh", proxy_type="tcp", remote_port=6000),
    "start work conn": START,
    "udp packet": PACKET,
    "new proxy resp": NewProxyResp(proxy_name="a<b>&c", error="x"),
    "login": Login(
        version="0.70.1",
        hostname="h",
        os="linux",
        arch="amd64",
        privilege_key=KEY,
        timestamp=1700000000,
        pool_count=1,
    ),
}
GOLDEN_OWN: dict[str, Message] = {
    "start work conn": START,
    "ping": Ping(),
    "udp packet": PACKET,
    "udp packet ipv6": udp_packet(b"ping", "fe80::1%eth0", 53),
}
FRAMINGS = [V1Framing(), V2Framing(), V2Framing("msgpack")]


def decode(framing: Framing, data: bytes) -> list[Message]:
    decoder = framing.decoder()
    decoder.receive_data(data)
    messages = []
    while message := decoder.next_message():
        messages.append(message)
    return messages


def test_every_v1_vector_is_used() -> None:
    assert GOLDEN_V1.keys() == V1["frames"].keys()


@pytest.mark.parametrize("name", GOLDEN_V1)
def test_golden_v1(name: str) -> None:
    assert V1Framing().encode(GOLDEN_V1[name]).hex() == V1["frames"][name]
    assert decode(V1Framing(), bytes.fromhex(V1["frames"][name])) == [GOLDEN_V1[name]]


@pytest.mark.parametrize("name", CAPTURED)
def test_what_official_frp_sent_comes_out_again_to_the_byte(name: str) -> None:
    (message,) = decode(V1Framing(), CAPTURED[name])
    assert V1Framing().encode(message) == CAPTURED[name]


def test_golden_v2() -> None:
    assert V2Framing().encode(ReqWorkConn()).hex() == V2["frames"]["req work conn"]
    assert V2Framing().encode(Ping()).hex() == V2["frames"]["ping"]
    opening = V2_MAGIC + V2Framing("msgpack").encode(NewWorkConn(run_id="0123456789abcdef"))
    assert opening.hex() == V2["work stream opening"]
    assert decode(V2Framing(), bytes.fromhex(V2["frames"]["req work conn"] + V2["frames"]["ping"])) == [
        ReqWorkConn(),
        Ping(),
    ]


@pytest.mark.parametrize("name", GOLDEN_OWN)
def test_golden_msgpack(name: str) -> None:
    assert V2Framing("msgpack").encode(GOLDEN_OWN[name]) == OWN[name]
    assert decode(V2Framing("msgpack"), OWN[name]) == [GOLDEN_OWN[name]]


def test_golden_hole_punching_datagrams() -> None:
    secret, sid = NAT_HOLE["secret"].encode(), NAT_HOLE["sid"]
    request = NatHoleSid(transaction_id=NAT_HOLE["transaction_id"], sid=sid, nonce=NAT_HOLE["nonce"])
    reply = NatHoleSid(transaction_id=NAT_HOLE["transaction_id"], sid=sid, nonce=NAT_HOLE["nonce"], response=True)
    assert V1Framing().encode(request).hex() == NAT_HOLE["request frame"]
    for message, name, iv in ((request, "request", bytes(range(16))), (reply, "reply", bytes(range(16, 32)))):
        datagram = Cfb(secret, iv=iv).encode(V1Framing().encode(message))
        assert datagram.hex() == NAT_HOLE[f"{name} datagram"]
        assert decode(V1Framing(), Cfb(secret).decode(datagram)) == [message]


@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: f"v{framing.version}-{framing.codec}")
@pytest.mark.parametrize("step", [1, 2, 3, 7, 8, 9, 10, 11, 50, 10**6])
def test_messages_are_the_same_however_the_bytes_are_cut(framing: Framing, step: int) -> None:
    sent = [*GOLDEN_V1.values()]
    begun = framing.encode(Ping())[:5]
    decoder, received = framing.decoder(), []
    for piece in pieces(b"".join(map(framing.encode, sent)) + begun, step):
        decoder.receive_data(piece)
        while message := decoder.next_message():
            received.append(message)
    assert received == sent
    assert decoder.unread() == begun
    assert decoder.unread() == b""


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x00", "message type error"),
        (b"F", "message type error"),
        (b"h" + struct.pack(">q", V1_LIMIT + 1), "message length exceed the limit"),
        (b"h" + b"\x7f" + b"\xff" * 7, "message length exceed the limit"),
        (b"h" + b"\x80" + b"\x00" * 7, "message length error"),
        (b"h" + b"\xff" * 8, "message length error"),
        (b"h" + struct.pack(">q", 2) + b"[]", "no JSON object"),
        (b"h" + struct.pack(">q", 0), "Ping"),
    ],
)
def test_v1_refuses(data: bytes, text: str) -> None:
    decoder = V1Framing().decoder()
    decoder.receive_data(data)
    with pytest.raises(ProtocolError, match=text):
        decoder.next_message()


def test_v1_takes_the_largest_body_and_writes_none_above() -> None:
    fit = Pong(error="x" * (V1_LIMIT - len('{"error":""}')))
    assert decode(V1Framing(), V1Framing().encode(fit)) == [fit]
    with pytest.raises(ProtocolError, match="message length exceed the limit"):
        V1Framing().encode(Pong(error=fit.error + "x"))


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (encode_frame(FrameType.CLIENT_HELLO, b"{}"), "frame type 1 "),
        (encode_frame(17, b"\x00\x0b{}"), "frame type 17 "),
        (encode_frame(FrameType.MESSAGE, b"\x00"), "without message id"),
        (encode_frame(FrameType.MESSAGE, b"\x00\x00{}"), "unknown message id 0"),
        (encode_frame(FrameType.MESSAGE, b"\x00\x13{}"), "unknown message id 19"),
        (encode_frame(FrameType.MESSAGE, b"\x00\x0b"), "Ping"),
    ],
)
@pytest.mark.parametrize("codec", ["json", "msgpack"])
def test_v2_refuses(codec: str, frame: bytes, text: str) -> None:
    decoder = V2Framing(codec).decoder()  # type: ignore[arg-type]
    decoder.receive_data(frame)
    with pytest.raises(ProtocolError, match=text):
        decoder.next_message()


@pytest.mark.parametrize("message", [Login(), LoginResp(), NewWorkConn(), NewVisitorConn()])
def test_first_messages_are_json_whatever_the_codec(message: Message) -> None:
    frame = V2Framing("msgpack").encode(message)
    assert frame == V2Framing("json").encode(message)
    assert decode(V2Framing("msgpack"), frame) == [message]


def test_msgpack_understands_json_and_json_no_msgpack() -> None:
    assert decode(V2Framing("msgpack"), V2Framing("json").encode(START)) == [START]
    with pytest.raises(ProtocolError):
        decode(V2Framing("json"), V2Framing("msgpack").encode(START))
