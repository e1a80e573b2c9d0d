"""Frames of wire protocol v2."""

import pytest

from frpg.errors import ProtocolError
from frpg.proto.frames import MAX_PAYLOAD, V2_MAGIC, FrameDecoder, FrameType, encode_frame
from tests.vectors import load, pieces

HELLO = load("hello")
STREAM = bytes.fromhex(HELLO["client hello frame"]) + encode_frame(FrameType.MESSAGE, b"\x00\x0b{}") + b"\x00\x10\x00"


def test_magic() -> None:
    assert bytes.fromhex(load("frames_v2")["magic"]) == V2_MAGIC


def test_client_hello_frame() -> None:
    payload = HELLO["client hello"].encode()
    assert encode_frame(FrameType.CLIENT_HELLO, payload).hex() == HELLO["client hello frame"]


@pytest.mark.parametrize("step", [*range(1, 20), 100, len(STREAM)])
def test_frames_are_the_same_however_the_bytes_are_cut(step: int) -> None:
    decoder = FrameDecoder()
    frames = []
    for piece in pieces(STREAM, step):
        decoder.receive_data(piece)
        while frame := decoder.next_frame():
            frames.append(frame)
    assert frames == [(FrameType.CLIENT_HELLO, HELLO["client hello"].encode()), (FrameType.MESSAGE, b"\x00\x0b{}")]
    assert decoder.unread() == b"\x00\x10\x00"
    assert decoder.unread() == b""


def test_a_decoder_goes_on_after_unread() -> None:
    decoder = FrameDecoder()
    decoder.receive_data(STREAM)
    decoder.next_frame()
    rest = decoder.unread()
    assert decoder.next_frame() is None
    decoder.receive_data(rest)
    assert decoder.next_frame() == (FrameType.MESSAGE, b"\x00\x0b{}")


def test_the_largest_payload_and_the_next() -> None:
    decoder = FrameDecoder()
    decoder.receive_data(encode_frame(FrameType.MESSAGE, bytes(MAX_PAYLOAD)))
    assert decoder.next_frame() == (FrameType.MESSAGE, bytes(MAX_PAYLOAD))
    with pytest.raises(ProtocolError, match="exceeds"):
        encode_frame(FrameType.MESSAGE, bytes(MAX_PAYLOAD + 1))


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("0010000000010001", "exceeds the limit"),
        ("00100000ffffffff", "exceeds the limit"),
        ("0010000100000000", "unsupported frame flags"),
        ("0010800000000000", "unsupported frame flags"),
    ],
)
def test_a_wrong_header_fails_before_its_payload_comes(header: str, text: str) -> None:
    decoder = FrameDecoder()
    decoder.receive_data(bytes.fromhex(header))
    with pytest.raises(ProtocolError, match=text):
        decoder.next_frame()
